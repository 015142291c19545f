from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "acquiring.vault"
    label = "vault"
    verbose_name = "Vault"
