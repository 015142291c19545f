from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "acquiring.exports"
    label = "exports"
    verbose_name = "Exports"
