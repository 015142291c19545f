from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "acquiring.notices"
    label = "notices"
    verbose_name = "Notices"
