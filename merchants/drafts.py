"""A look that is tried on before it is saved: signed by us, so that a page can be shown in it.

The token goes to a page of the checkout's own. It carries what was typed and tells whose it is, for
as long as somebody may be looking; nobody else can make a page of ours say what they like.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple
from uuid import UUID

from django.core import signing

from acquiring.core.errors import Problem
from merchants import branding, queries
from merchants.models import Merchant

LIFE_SECONDS = 3600
SALT = "merchants.drafts"


class Draft(NamedTuple):
    """Whose look is tried on, and how it would be."""

    merchant_id: UUID
    look: branding.Look


def sign(merchant: Merchant, store_id: UUID | None, typed: Mapping[str, Any]) -> str:
    """The token of a draft: what is saved, with what was typed. What cannot be is left out.

    `logo` is the digest of a picture that was saved before, "" for none: a new one is no word, so
    the editor shows it by itself.
    """
    tried = {name: typed[name] for name in branding.OWN if name in typed and _fits(name, typed)}
    if "display_name" in tried:
        tried["display_name"] = tried["display_name"] or merchant.name
    store = store_id.hex if store_id else ""
    return signing.dumps([merchant.pk.hex, store, tried], salt=SALT, compress=True)


def read(token: str) -> Draft:
    """The draft of a token; raises Problem `not_found` for a stale or foreign one."""
    try:
        merchant, store, tried = signing.loads(token, salt=SALT, max_age=LIFE_SECONDS)
    except signing.BadSignature as error:
        raise Problem("not_found", "This preview is over. Load the settings again.") from error
    merchant_id = UUID(merchant)
    saved = queries.branding(merchant_id, UUID(store) if store else None)
    name = tried.pop("display_name", saved.name)
    digest = tried.pop("logo", None)
    logo_url = saved.logo_url if digest is None else branding.logo_path(merchant_id, digest)
    return Draft(merchant_id, replace(saved, name=name, logo_url=logo_url, **tried))


def _fits(name: str, typed: Mapping[str, Any]) -> bool:
    try:
        if name != "logo":
            branding.check(name, typed[name])
    except Problem:
        return False
    return True
