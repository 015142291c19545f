"""The simulators' tables belong to no tenant: they are another company's books."""

from django.apps import AppConfig


class SandboxConfig(AppConfig):
    name = "acquiring.sandbox"
    label = "sandbox"
    verbose_name = "Provider simulators"
