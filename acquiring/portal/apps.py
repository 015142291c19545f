from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "acquiring.portal"
    label = "portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        """Say which deeds may need a second person."""
        from acquiring.portal.approvals import deeds

        deeds.register()
