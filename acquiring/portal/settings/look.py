"""The checkout's look, for all stores or for one, changed beside the checkout itself."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_POST

from acquiring.core import ids
from acquiring.portal.frame import page, place
from acquiring.portal.settings import forms
from acquiring.portal.settings.editing import edit
from merchants import branding, drafts, profile, queries, services
from merchants.models import Store
from merchants.queries import Desk


@csp_update({"frame-src": ["'self'"]})
@page("business.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The form, and what the checkout looks like with it."""
    store = _store(request, desk)
    store_id = store.pk if store else None
    form = _form(request, desk, store_id)
    query = f"?store={ids.show('sto', store_id)}" if store_id else ""

    def save(form: forms.Setting) -> None:
        assert isinstance(form, forms.Look)
        upload = form.cleaned_data["logo"]
        branding.save(
            desk.tenant.id,
            services.user_actor(desk.user),
            form.wanted(),
            upload.read(branding.LARGEST_LOGO_BYTES + 1) if upload else None,
            form.cleaned_data["remove_logo"],
            store_id,
            form.inherited,
        )

    context = {
        "look": queries.branding(desk.tenant.id, store_id),
        "store": store,
        "choices": _choices(desk, store_id),
        "draft_url": place(desk, "settings_draft") + query,
        "preview_url": _preview(desk, store_id, {}),
    }
    return edit(request, desk, "settings_branding", form, save, context, query)


@require_POST
@page("business.view")
def draft(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Where the checkout is shown in the look that is being typed: `{"address"}`."""
    store = _store(request, desk)
    store_id = store.pk if store else None
    form = _form(request, desk, store_id)
    form.is_valid()
    return JsonResponse({"address": _preview(desk, store_id, form.tried())})


def _form(request: HttpRequest, desk: Desk, store_id: UUID | None) -> forms.Look:
    chosen = branding.chosen_of(desk.tenant.id, store_id)
    initial = {name: value for name, value in chosen.items() if name != "logo"}
    data, files = request.POST or None, request.FILES or None
    if store_id is None:
        return forms.Look(data, files, initial=initial)
    everywhere = branding.chosen_of(desk.tenant.id)
    own = branding.own(desk.tenant.id, store_id)
    return forms.StoreLook(data, files, initial=initial, everywhere=everywhere, own=own)


def _store(request: HttpRequest, desk: Desk) -> Store | None:
    """The store whose look is changed; None for all. Raises Problem `not_found`."""
    shown = request.GET.get("store", "")
    return profile.store(desk.tenant.id, shown) if shown else None


def _choices(desk: Desk, current: UUID | None) -> list[dict[str, Any]]:
    """The stores to choose from, and in how many things each looks different."""
    here = place(desk, "settings_branding")
    apart = branding.stores_apart(desk.tenant.id)
    rows = queries.stores(desk.tenant.id)[: profile.MOST_STORES]
    return [
        {
            "name": row.name,
            "address": f"{here}?store={ids.show('sto', row.pk)}",
            "current": row.pk == current,
            "own": apart.get(row.pk, 0),
        }
        for row in rows
    ]


def _preview(desk: Desk, store_id: UUID | None, typed: dict[str, Any]) -> str:
    token = drafts.sign(desk.tenant, store_id, typed)
    return f"{reverse('checkout_preview', args=[token])}?locale={get_language()}"
