"""The core: what every room stands on."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "acquiring.core"
    label = "core"
    verbose_name = "Core"

    def ready(self) -> None:
        from acquiring.core import checks  # noqa: F401 (registers the system checks)
