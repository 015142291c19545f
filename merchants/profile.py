"""What a business says about itself, and a merchant's stores: changed by its people."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from acquiring.core.money import is_currency
from merchants import branding, keys, services
from merchants.models import Business, Merchant, Store, User

MOST_STORES = 200
_DESCRIPTOR = re.compile(r"[A-Za-z0-9 .,&*+/-]{5,22}")


@transaction.atomic
def change_business(business: Business, actor: str, wanted: Mapping[str, str]) -> Business:
    """Change the trading name or the website; raises Problem naming a wrong one.

    The merchants take the trading name over; the legal facts are changed by an application only.
    """
    row = Business.objects.select_for_update().get(pk=business.pk)
    checked = {name: _business_field(name, value) for name, value in wanted.items()}
    changes = _changed(row, checked)
    if changes:
        row.save(update_fields=list(changes))
        audit.record(actor, "business.changed", ids.show("biz", row.pk), None, changes)
    if "trading_name" in changes:
        row.merchants.update(name=row.trading_name or row.legal_name)
        transaction.on_commit(keys.forget_all)
    return row


@transaction.atomic
def change_merchant(merchant_id: UUID, actor: str, wanted: Mapping[str, Any]) -> Merchant:
    """Change currencies, statement descriptor, time zone or language; raises Problem."""
    row = Merchant.objects.select_for_update().get(pk=merchant_id)
    checked = {name: _MERCHANT[name](value) for name, value in wanted.items()}
    changes = _changed(row, checked)
    if row.currencies and row.default_currency not in row.currencies:
        rule = "The default currency is one of those you take."
        raise Problem("invalid_field", rule, "currencies")
    if changes:
        row.save(update_fields=list(changes))
        shown = ids.show("mer", merchant_id)
        audit.record(actor, "merchant.changed", shown, merchant_id, changes)
        transaction.on_commit(keys.forget_all)
    return row


@transaction.atomic
def save_business(
    business: Business, merchant_id: UUID, actor: str, wanted: Mapping[str, str]
) -> None:
    """Change what shoppers read of a business and of its merchant together; raises Problem."""
    change_business(business, actor, {name: wanted[name] for name in ("trading_name", "website")})
    contacts = {name: wanted[name] for name in ("support_email", "support_phone")}
    branding.change(merchant_id, actor, contacts)
    descriptor = {"statement_descriptor": wanted["statement_descriptor"]}
    change_merchant(merchant_id, actor, descriptor)


def change_person(user: User, wanted: Mapping[str, str]) -> None:
    """Change a person's own time zone and language; raises Problem."""
    checked = {name: _MERCHANT[name](value) for name, value in wanted.items()}
    with transaction.atomic():
        row = User.objects.select_for_update().get(pk=user.pk)
        changes = _changed(row, checked)
        if changes:
            row.save(update_fields=list(changes))
            shown = ids.show("usr", user.pk)
            audit.record(f"user:{shown}", "person.changed", shown, None, changes)


@transaction.atomic
def create_store(merchant: Merchant, actor: str, wanted: Mapping[str, str]) -> Store:
    """Open a store; raises Problem naming the field."""
    if Store.objects.filter(merchant=merchant, closed_at=None).count() >= MOST_STORES:
        raise Problem("invalid_state", f"A merchant has at most {MOST_STORES} open stores.")
    country = services.check_country(wanted.get("country", ""))
    store = Store.objects.create(
        merchant=merchant,
        name=_store_name(wanted.get("name", "")),
        country=country.code,
        currency=country.currency,
        website=branding.check_contact("website", wanted.get("website", "").strip()),
        created_at=clock.now(),
    )
    _record_store(actor, "opened", store, {"name": store.name, "country": store.country})
    return store


@transaction.atomic
def change_store(merchant_id: UUID, shown: str, actor: str, wanted: Mapping[str, str]) -> Store:
    """Change a store's name or website; raises Problem."""
    row = _locked_store(merchant_id, shown)
    checked = {}
    if "name" in wanted:
        checked["name"] = _store_name(wanted["name"])
    if "website" in wanted:
        checked["website"] = branding.check_contact("website", wanted["website"].strip())
    changes = _changed(row, checked)
    if changes:
        row.save(update_fields=list(changes))
        _record_store(actor, "changed", row, changes)
    return row


@transaction.atomic
def close_store(merchant_id: UUID, shown: str, actor: str) -> Store:
    """Close a store: its past stays, nothing new is for it. The last open one cannot be closed."""
    row = _locked_store(merchant_id, shown)
    others = Store.objects.filter(merchant_id=merchant_id, closed_at=None).exclude(pk=row.pk)
    if not others.exists():
        raise Problem("invalid_state", "A merchant keeps at least one open store.")
    row.closed_at = clock.now()
    row.save(update_fields=["closed_at"])
    _record_store(actor, "closed", row, {})
    return row


def store(merchant_id: UUID, shown: str) -> Store:
    """One open store by its outside id; raises Problem `not_found`."""
    found = Store.objects.filter(merchant_id=merchant_id, closed_at=None, pk=ids.read("sto", shown))
    row = found.first()
    if row is None:
        raise Problem("not_found", f"There is no open store {shown[:60]}.")
    return row


def check_zone(name: str) -> str:
    """A time zone of the IANA data base; raises Problem."""
    if name not in available_timezones():
        raise Problem("invalid_field", f"There is no time zone {name[:40]!r}.", "time_zone")
    return name


def check_language(code: str) -> str:
    """A language the portal speaks; raises Problem."""
    if code not in dict(settings.LANGUAGES):
        raise Problem("invalid_field", f"There is no language {code[:10]!r}.", "language")
    return code


def check_currencies(codes: Iterable[str]) -> list[str]:
    """ISO 4217 codes, sorted and once each; [] is every currency. Raises Problem."""
    wanted = sorted({code.upper() for code in codes})
    for code in wanted:
        if not is_currency(code):
            raise Problem("invalid_field", f"There is no currency {code[:10]!r}.", "currencies")
    return wanted


def check_descriptor(text: str) -> str:
    """What a statement may show: the schemes' letters, 5 to 22 of them; "" is the name."""
    plain = " ".join(text.split())
    if plain and not (_DESCRIPTOR.fullmatch(plain) and re.search("[A-Za-z]", plain)):
        rule = "It has 5 to 22 letters, digits and . , & * + / -, with a letter among them."
        raise Problem("invalid_field", rule, "statement_descriptor")
    return plain


def _check_default_currency(code: str) -> str:
    if not is_currency(code):
        raise Problem("invalid_field", f"There is no currency {code[:10]!r}.", "default_currency")
    return code


_MERCHANT = {
    "currencies": check_currencies,
    "default_currency": _check_default_currency,
    "statement_descriptor": check_descriptor,
    "time_zone": check_zone,
    "language": check_language,
}


def _business_field(name: str, value: str) -> str:
    text = " ".join(value.split())
    if name == "website":
        return branding.check_contact(name, text)
    if not 2 <= len(text) <= 200:
        raise Problem("invalid_field", "The name has 2 to 200 characters.", name)
    return text


def _store_name(text: str) -> str:
    name = " ".join(text.split())
    if not 2 <= len(name) <= 200:
        raise Problem("invalid_field", "A store's name has 2 to 200 characters.", "name")
    return name


def _locked_store(merchant_id: UUID, shown: str) -> Store:
    store(merchant_id, shown)
    return Store.objects.select_for_update().get(merchant_id=merchant_id, pk=ids.read("sto", shown))


def _changed(row: Any, wanted: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Put what differs onto the row; returns it with what was there before."""
    changes = {
        name: [getattr(row, name), value]
        for name, value in wanted.items()
        if getattr(row, name) != value
    }
    for name, value in wanted.items():
        setattr(row, name, value)
    return changes


def _record_store(actor: str, action: str, row: Store, changes: Mapping[str, Any]) -> None:
    shown = ids.show("sto", row.pk)
    audit.record(actor, f"store.{action}", shown, row.merchant_id, dict(changes))
