from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "acquiring.portal"
    label = "portal"
    verbose_name = "Portal"
