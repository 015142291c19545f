from django.apps import AppConfig


class ExportsConfig(AppConfig):
    name = "acquiring.exports"
    label = "exports"
    verbose_name = "Exports"

    def ready(self) -> None:
        from acquiring.exports import audit_log, kinds, lists

        for kind in (*lists.EVERY, audit_log.AUDIT):
            kinds.register(kind)
