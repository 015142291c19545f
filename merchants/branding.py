"""How a merchant looks to shoppers: read by the checkout, changed in the settings."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import transaction

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from merchants import pictures
from merchants.models import COLOUR, RADIUS, Branding, Merchant

LARGEST_RADIUS = 24
LARGEST_LOGO_BYTES = pictures.LARGEST_BYTES
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


def look(merchant_id: UUID) -> Look:
    """The merchant's look, with the house's own where it has chosen nothing. Two reads."""
    merchant = Merchant.objects.select_related("business").get(pk=merchant_id)
    chosen = branding_of(merchant_id)
    return Look(
        name=chosen.display_name or merchant.name,
        legal_name=merchant.business.legal_name,
        country=merchant.business.country,
        website=merchant.business.website,
        logo_url=logo_path(chosen),
        colour=chosen.colour,
        radius=chosen.radius,
        support_email=chosen.support_email,
        support_phone=chosen.support_phone,
        terms_url=chosen.terms_url,
        privacy_url=chosen.privacy_url,
        receipts=chosen.receipts,
        receipt_footer=chosen.receipt_footer,
        statement_descriptor=merchant.statement_descriptor or merchant.name[:22],
    )


def branding_of(merchant_id: UUID) -> Branding:
    """The merchant's row without the logo's bytes; an unsaved one with the defaults if none."""
    found = Branding.objects.defer("logo").filter(merchant_id=merchant_id).first()
    return found or Branding(merchant_id=merchant_id)


def logo_path(row: Branding) -> str:
    """Where the logo is served, for ever: another picture has another address. "" without one."""
    if not row.logo_digest:
        return ""
    return f"/logo/{ids.show('mer', row.merchant_id)}/{row.logo_digest}"


def logo(shown_merchant: str, digest: str) -> pictures.Picture:
    """The logo at `logo_path`; raises Problem `not_found`."""
    merchant_id = ids.read("mer", shown_merchant)
    row = Branding.objects.filter(merchant_id=merchant_id, logo_digest=digest).first()
    if row is None or row.logo is None:
        raise Problem("not_found", "There is no such logo.")
    return pictures.Picture(bytes(row.logo), row.logo_type)


@transaction.atomic
def change(merchant_id: UUID, actor: str, wanted: Mapping[str, str | int]) -> Branding:
    """Change the fields that are given (not the logo); raises Problem naming a wrong one."""
    row = _locked(merchant_id)
    checked = {name: _checked(name, value) for name, value in wanted.items()}
    changes = {
        name: [getattr(row, name), value]
        for name, value in checked.items()
        if getattr(row, name) != value
    }
    if changes:
        for name, value in checked.items():
            setattr(row, name, value)
        _save(row, actor, changes)
    return row


@transaction.atomic
def change_logo(merchant_id: UUID, actor: str, data: bytes | None) -> Branding:
    """Show this picture, or none for None; raises Problem for a file that is no fit picture."""
    picture = pictures.read(data) if data is not None else None
    row = _locked(merchant_id)
    before = row.logo_digest
    row.logo = picture.data if picture else None
    row.logo_type = picture.type if picture else ""
    row.logo_digest = hashlib.sha256(picture.data).hexdigest()[:32] if picture else ""
    if row.logo_digest != before:
        _save(row, actor, {"logo": [before, row.logo_digest]})
    return row


@transaction.atomic
def save(
    merchant_id: UUID,
    actor: str,
    wanted: Mapping[str, str | int],
    logo_data: bytes | None,
    without_logo: bool,
) -> None:
    """Change fields and logo together, or nothing; raises Problem."""
    change(merchant_id, actor, wanted)
    if without_logo:
        change_logo(merchant_id, actor, None)
    elif logo_data is not None:
        change_logo(merchant_id, actor, logo_data)


def _locked(merchant_id: UUID) -> Branding:
    Branding.objects.get_or_create(merchant_id=merchant_id)
    return Branding.objects.select_for_update().get(merchant_id=merchant_id)


def _save(row: Branding, actor: str, changes: Mapping[str, list]) -> None:
    row.updated_at = clock.now()
    row.save()
    shown = ids.show("mer", row.merchant_id)
    audit.record(actor, "branding.changed", shown, row.merchant_id, changes)


def _checked(name: str, value: str | int) -> str | int:
    """The value as it is kept; raises Problem."""
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
