"""What every page of the admin shares: the theme, the audit log, and nothing secret.

Rooms register their models with `Editable` where people may change something, and with `ReadOnly`
where the product's own verbs are the only way. Changes that are more than a field belong into an
action that calls a service.
"""

from __future__ import annotations

from typing import Any

from django.db.models import BinaryField, Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin

from acquiring.core import audit, ids
from acquiring.core.errors import Problem


class Editable(ModelAdmin):
    """A model that people with the permission may change; each change is audited."""

    list_per_page = 50
    show_full_result_count = False  # counting millions of rows helps nobody
    compressed_fields = True
    warn_unsaved_form = True
    secret_fields: tuple[str, ...] = ()  # never shown, besides binary fields, which never are

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> list[str]:
        """Keep sealed and secret fields off the page."""
        sealed = [field.name for field in self.opts.fields if isinstance(field, BinaryField)]
        return [*(super().get_exclude(request, obj) or ()), *sealed, *self.secret_fields]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Store what was typed and who typed it, together."""
        super().save_model(request, obj, form, change)
        changes = {
            name: [str(form.initial.get(name)), str(form.cleaned_data.get(name))]
            for name in form.changed_data
            if name not in self.secret_fields
        }
        self.record(request, obj, "changed" if change else "added", changes)

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Delete, and say so in the audit log."""
        self.record(request, obj, "deleted")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        """Delete several, each with its own line in the audit log."""
        for obj in queryset:
            self.delete_model(request, obj)

    def record(
        self, request: HttpRequest, obj: Model, what: str, changes: dict[str, Any] | None = None
    ) -> None:
        """Write to the audit log that this person did something to this object."""
        subject = f"{self.opts.label_lower}:{obj.pk}"
        merchant_id = getattr(obj, "merchant_id", None)
        audit.record(actor(request), f"admin.{what}", subject, merchant_id, changes)

    def run(self, request: HttpRequest, queryset: QuerySet, verb: Any, done: str) -> None:
        """Call a service for each chosen object and say how it went; `verb` takes the object."""
        succeeded = 0
        for obj in queryset:
            try:
                verb(obj)
                succeeded += 1
            except Problem as problem:
                self.message_user(request, f"{obj}: {problem.message}", "error")
        if succeeded:
            self.message_user(request, f"{done}: {succeeded}")


class ReadOnly(Editable):
    """A model to look at: it is made, changed and ended by the product's own verbs."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_act_permission(self, request: HttpRequest) -> bool:
        """Whether the person's group lets them change this model by an action.

        Actions ask for it by `@action(permissions=["act"])`.
        """
        return request.user.has_perm(f"{self.opts.app_label}.change_{self.opts.model_name}")


class ByRoot:
    """What only superusers change: it would give who changes it rights that nobody gave them."""

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return is_root(request)

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return is_root(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_root(request)


def is_root(request: HttpRequest) -> bool:
    """Whether this is for one who may do everything."""
    return request.user.is_active and bool(getattr(request.user, "is_superuser", False))


def actor(request: HttpRequest) -> str:
    """The person behind a request as the audit log names them: somebody of the platform, whom
    merchants read by the platform's name alone.
    """
    assert request.user.pk is not None, "the admin is behind the login"
    return f"staff:{ids.show('usr', request.user.pk)}"
