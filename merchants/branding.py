"""How a merchant looks to shoppers: read by the checkout, changed in the settings.

It looks the same in all its stores, but for what a store has of its own.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import transaction
from django.db.models import Q, QuerySet

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from merchants import pictures
from merchants.models import COLOUR, RADIUS, Branding, Merchant, Store

LARGEST_RADIUS = 24
LARGEST_LOGO_BYTES = pictures.LARGEST_BYTES
# What a store may have of its own. `receipts`, whether they are sent at all, is for all stores.
OWN = (
    *("display_name", "logo", "colour", "radius", "support_email", "support_phone"),
    *("terms_url", "privacy_url", "receipt_footer"),
)
_COLUMNS = {"logo": "logo_digest"}  # where the row calls it otherwise
_SHOWN = (*(name for name in OWN if name not in {"display_name", "logo"}), "receipts")
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_TEXTS = {"display_name": 80, "receipt_footer": 500}
_PAGES = frozenset({"terms_url", "privacy_url", "website"})
_TELEPHONE = re.compile(r"\+[1-9][0-9]{6,14}")  # E.164


@dataclass(frozen=True, slots=True)
class Look:
    """What a shopper sees of a merchant. "" where it has not said; `logo_url` is a path here."""

    name: str
    legal_name: str
    country: str
    website: str = ""
    logo_url: str = ""
    colour: str = COLOUR  # "#rrggbb", not yet darkened for contrast
    radius: int = RADIUS  # of corners, pixels
    support_email: str = ""
    support_phone: str = ""
    terms_url: str = ""
    privacy_url: str = ""
    receipts: bool = False  # whether shoppers get one by e-mail
    receipt_footer: str = ""
    statement_descriptor: str = ""


def look(merchant_id: UUID, store_id: UUID | None = None) -> Look:
    """The merchant's look, or one of its stores', with the house's own where nothing was chosen.

    Two reads, three for a store.
    """
    merchant = Merchant.objects.select_related("business").get(pk=merchant_id)
    chosen = chosen_of(merchant_id, store_id)
    store = Store.objects.filter(merchant_id=merchant_id, pk=store_id).first() if store_id else None
    return Look(
        name=chosen["display_name"] or merchant.name,
        legal_name=merchant.business.legal_name,
        country=merchant.business.country,
        website=(store.website if store else "") or merchant.business.website,
        logo_url=logo_path(merchant_id, chosen["logo"]),
        **{name: chosen[name] for name in _SHOWN},
        statement_descriptor=merchant.statement_descriptor or merchant.name[:22],
    )


def chosen_of(merchant_id: UUID, store_id: UUID | None = None) -> dict[str, Any]:
    """What is chosen for all stores, or for one, by the names of OWN and `receipts`.

    `logo` is the picture's digest, "" for none.
    """
    rows = _rows(merchant_id).filter(Q(store=None) | Q(store=store_id))
    by_store = {row.store_id: row for row in rows}
    chosen = _choices(by_store.get(None) or Branding())
    of_store = by_store.get(store_id) if store_id else None
    own = _choices(of_store) if of_store else {}
    return chosen | {name: own[name] for name in (of_store.own if of_store else ())}


def own(merchant_id: UUID, store_id: UUID) -> frozenset[str]:
    """What of its look is the store's own, of OWN."""
    row = _rows(merchant_id).filter(store=store_id).first()
    return frozenset(row.own if row else ())


def stores_apart(merchant_id: UUID) -> dict[UUID, int]:
    """The stores that look different, and in how many things."""
    rows = _rows(merchant_id).exclude(store=None)
    return {row.store_id: len(row.own) for row in rows if row.store_id and row.own}


def logo_path(merchant_id: UUID, digest: str) -> str:
    """Where the logo is served, for ever: another picture has another address. "" without one."""
    return f"/logo/{ids.show('mer', merchant_id)}/{digest}" if digest else ""


def logo(shown_merchant: str, digest: str) -> pictures.Picture:
    """The logo at `logo_path`; raises Problem `not_found`."""
    merchant_id = ids.read("mer", shown_merchant)
    row = Branding.objects.filter(merchant_id=merchant_id, logo_digest=digest).first()
    if row is None or row.logo is None:
        raise Problem("not_found", "There is no such logo.")
    return pictures.Picture(bytes(row.logo), row.logo_type)


@transaction.atomic
def change(
    merchant_id: UUID, actor: str, wanted: Mapping[str, str | int], store_id: UUID | None = None
) -> None:
    """Change the fields that are given (not the logo); raises Problem naming a wrong one."""
    row = _locked(merchant_id, store_id)
    _put(row, actor, {name: check(name, value) for name, value in wanted.items()})


@transaction.atomic
def change_logo(
    merchant_id: UUID, actor: str, data: bytes | None, store_id: UUID | None = None
) -> None:
    """Show this picture, or none for None; raises Problem for a file that is no fit picture."""
    picture = pictures.read(data) if data is not None else None
    row = _locked(merchant_id, store_id)
    row.logo = picture.data if picture else None
    row.logo_type = picture.type if picture else ""
    digest = hashlib.sha256(picture.data).hexdigest()[:32] if picture else ""
    _put(row, actor, {"logo": digest})


@transaction.atomic
def inherit(merchant_id: UUID, actor: str, store_id: UUID, names: Iterable[str]) -> None:
    """Make these of the store's look what they are for all stores; raises Problem."""
    row = _locked(merchant_id, store_id)
    given_up = sorted(set(row.own) & set(names))
    if not given_up:
        return
    unsaid = _choices(Branding())
    changes = {name: [_choices(row)[name], None] for name in given_up}
    for name in given_up:
        setattr(row, _COLUMNS.get(name, name), unsaid[name])
    if "logo" in given_up:
        row.logo, row.logo_type = None, ""
    row.own = [name for name in row.own if name not in given_up]
    _save(row, actor, changes)


@transaction.atomic
def save(
    merchant_id: UUID,
    actor: str,
    wanted: Mapping[str, str | int],
    logo_data: bytes | None,
    without_logo: bool,
    store_id: UUID | None = None,
    inherited: Iterable[str] = (),
) -> None:
    """Change fields and logo together, or nothing; raises Problem.

    `inherited` names what a store takes over from all stores, whatever else is given for it.
    """
    left = frozenset(inherited) if store_id else frozenset()
    change(
        merchant_id, actor, {name: wanted[name] for name in wanted if name not in left}, store_id
    )
    if "logo" not in left and (without_logo or logo_data is not None):
        change_logo(merchant_id, actor, None if without_logo else logo_data, store_id)
    if store_id:
        inherit(merchant_id, actor, store_id, left)


def _rows(merchant_id: UUID) -> QuerySet[Branding]:
    return Branding.objects.defer("logo").filter(merchant_id=merchant_id)


def _choices(row: Branding) -> dict[str, Any]:
    return {name: getattr(row, _COLUMNS.get(name, name)) for name in (*OWN, "receipts")}


def _locked(merchant_id: UUID, store_id: UUID | None) -> Branding:
    if store_id and not Store.objects.filter(merchant_id=merchant_id, pk=store_id).exists():
        raise Problem("not_found", "There is no such store.", "store")
    rows = Branding.objects.filter(Q(store=store_id), merchant_id=merchant_id)
    if not rows.exists():
        row = Branding(merchant_id=merchant_id, store_id=store_id)
        Branding.objects.bulk_create([row], ignore_conflicts=True)
    return rows.select_for_update().get()


def _put(row: Branding, actor: str, wanted: Mapping[str, Any]) -> None:
    """Write what differs; what is given for a store becomes its own, even where it is the same."""
    before = _choices(row)
    changes = {
        name: [before[name], value] for name, value in wanted.items() if before[name] != value
    }
    mine = sorted({*row.own, *wanted}) if row.store_id else []
    if not changes and mine == row.own:
        return
    for name, value in wanted.items():
        setattr(row, _COLUMNS.get(name, name), value)
    row.own = mine
    _save(row, actor, changes or {"own": mine})


def _save(row: Branding, actor: str, changes: Mapping[str, Any]) -> None:
    row.updated_at = clock.now()
    row.save()
    shown = ids.show("sto", row.store_id) if row.store_id else ids.show("mer", row.merchant_id)
    audit.record(actor, "branding.changed", shown, row.merchant_id, dict(changes))


def check(name: str, value: str | int) -> str | int:
    """A field's value as it is kept; raises Problem naming it."""
    if name == "receipts":
        return bool(value)
    if name == "radius":
        if not isinstance(value, int) or not 0 <= value <= LARGEST_RADIUS:
            rule = "Corners have a radius of 0 to 24 pixels."
            raise Problem("invalid_field", rule, name)
        return value
    text = " ".join(str(value).split())
    if name in _TEXTS:
        if len(text) > _TEXTS[name]:
            raise Problem("invalid_field", _TOO_LONG[name], name)
        return text
    if name == "colour":
        if not _COLOUR.fullmatch(text.lower()):
            raise Problem("invalid_field", "A colour is # and six of 0-9 and a-f.", name)
        return text.lower()
    return check_contact(name, text)


def check_contact(name: str, text: str) -> str:
    """An address people are sent to (e-mail, telephone or page), or ""; raises Problem."""
    if not text:
        return ""
    try:
        if name == "support_email":
            validate_email(text)
        elif name == "support_phone":
            text = re.sub(r"[\s()./-]", "", text)
            if not _TELEPHONE.fullmatch(text):
                raise ValidationError(name)
        elif name in _PAGES:
            URLValidator(["http", "https"])(text)
    except ValidationError as error:
        raise Problem("invalid_field", _RULES.get(name, _RULES["website"]), name) from error
    return text


_TOO_LONG = {
    "display_name": "The name has at most 80 characters.",
    "receipt_footer": "The line has at most 500 characters.",
}
_RULES = {
    "support_email": "An e-mail address has one @ and a domain, such as help@shop.example.",
    "support_phone": "A telephone number begins with + and the country, such as +49 30 123456.",
    "website": "An address begins with https://, such as https://shop.example.",
}
