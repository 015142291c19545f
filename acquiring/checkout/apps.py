from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "acquiring.checkout"
    label = "checkout"
    verbose_name = "Checkout"
