from django.apps import AppConfig


class ScreeningConfig(AppConfig):
    name = "merchants.screening"
    verbose_name = "Screening"
