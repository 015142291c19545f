from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "acquiring.exports"
    label = "exports"
    verbose_name = "Exports"

    def ready(self) -> None:
        from acquiring.exports import kinds, lists

        for kind in lists.EVERY:
            kinds.register(kind)
