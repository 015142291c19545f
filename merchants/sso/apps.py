from django.apps import AppConfig


class SingleSignOnConfig(AppConfig):
    name = "merchants.sso"
    label = "sso"
    verbose_name = "Single sign-on"
