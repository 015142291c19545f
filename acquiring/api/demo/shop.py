"""The demo merchant: made once, found again by every later run."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import NamedTuple

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction

from acquiring.connectors import registry
from acquiring.core import ids
from merchants import accounts, branding, keys, services
from merchants.models import ApiKey, Merchant, Mode, ProviderAccount, User
from merchants.organisations import belonging, stewards

NAME = "Caravel Demo Store"
COUNTRY = "NL"
GROUP = "Caravel Demo"
SECOND = ("Caravel Demo Tickets", "SG")  # of the same organisation, untouched
OWNER = "demo@example.com"
COLLEAGUES = {"developer": "developer@example.com", "read_only": "viewer@example.com"}
# Wallets first at the provider that knows most of them, cards at the first that takes cards only;
# then everybody else, in the order of their names.
PRIORITIES = {"stripe": 10, "antom": 20, "adyen": 30}
OTHERS = 40


class Shop(NamedTuple):
    """The merchant, and what the file says of it."""

    merchant: Merchant
    facts: dict[str, str]

    def __repr__(self) -> str:
        return f"Shop({self.merchant})"


def open_shop(path: Path) -> Shop:
    """The demo merchant and its facts in the file at `path`, mode 0600.

    The first time everything is made; later logins and keys stay as they are. Where the file was
    lost, the people get a new password and the merchant new keys. Raises SandboxAway.
    """
    facts = _read(path)
    owner = User.objects.filter(email=OWNER).first()
    if owner is None:
        merchant, facts = _found()
    else:
        mine = Merchant.objects.filter(business__memberships__user=owner, mode=Mode.TEST)
        merchant = mine.earliest("id")
        if not _opens(facts, merchant):
            facts = _new_secrets(owner, merchant)
    _open_the_second(merchant)
    _follow_the_sandbox()
    _add_the_others(merchant)
    facts |= {"base_url": settings.BASE_URL, "sandbox_url": settings.SANDBOX_URL}
    _write(path, facts)
    return Shop(merchant, facts)


@transaction.atomic
def _found() -> tuple[Merchant, dict[str, str]]:
    password = _password()
    owner = User.objects.create_superuser(OWNER, password, name="Demo Owner")
    actor = services.user_actor(owner)
    signed = services.sign_up(owner, NAME, COUNTRY)
    for row in ProviderAccount.objects.filter(merchant_id=signed.merchant.id):
        services.change_account(row, actor, priority=PRIORITIES[row.provider])
    for role, email in COLLEAGUES.items():
        person = User.objects.create_user(email, password, name=f"Demo {role.replace('_', '-')}")
        EmailAddress.objects.create(user=person, email=email, verified=True, primary=True)
        services.add_member(signed.business, person, role, actor)
    services.approve(signed.business, actor)
    branding.change(signed.merchant.id, actor, {"receipts": True})
    return signed.merchant, _facts(
        signed.merchant, password, signed.secret_key, signed.publishable_key
    )


@transaction.atomic
def _open_the_second(merchant: Merchant) -> None:
    """Another business of the demo's organisation, for who has seen one; once."""
    organisation = merchant.business.organisation
    owner = User.objects.filter(email=OWNER).first()
    if owner is not None and organisation.businesses.count() == 1:
        belonging.open_another(organisation, owner, *SECOND)
        stewards.rename(organisation, owner, GROUP)


def _new_secrets(owner: User, merchant: Merchant) -> dict[str, str]:
    password = _password()
    for person in User.objects.filter(email__in=[OWNER, *COLLEAGUES.values()]):
        person.set_password(password)
        person.save(update_fields=["password"])
    actor = services.user_actor(owner)
    secret = keys.issue(merchant, ApiKey.Kind.SECRET, actor, name="Demo", created_by=owner)
    public = keys.issue(merchant, ApiKey.Kind.PUBLISHABLE, actor, name="Demo", created_by=owner)
    return _facts(merchant, password, secret.secret, public.secret)


def _facts(merchant: Merchant, password: str, secret: str, publishable: str) -> dict[str, str]:
    return {
        "merchant": ids.show("mer", merchant.id),
        "email": OWNER,
        **COLLEAGUES,
        "password": password,
        "secret_key": secret,
        "publishable_key": publishable,
    }


def _opens(facts: dict[str, str], merchant: Merchant) -> bool:
    """Whether what the file says is still true of this database."""
    known = keys.authenticate(facts.get("secret_key", ""))
    return known is not None and known.merchant_id == merchant.id and "password" in facts


def _follow_the_sandbox() -> None:
    """Connect the test accounts again whose simulators, or whose own webhooks, have moved.

    Ports are the next free ones, so another run of this installation may have other addresses. The
    accounts that the month is paid through are connected at once, the others by the next look.
    """
    for row in ProviderAccount.objects.filter(merchant__mode=Mode.TEST).select_related("merchant"):
        at = f"{settings.SANDBOX_URL}/{row.provider}"
        if row.base_url != at:
            row.base_url, row.connected_at = at, None
            row.save(update_fields=["base_url", "connected_at"])
        if row.connected_at is None and row.provider in PRIORITIES:
            accounts.connect_sandbox(row)


def _add_the_others(merchant: Merchant) -> None:
    """An account at every provider there is; the worker connects them."""
    rows = ProviderAccount.objects.filter(merchant_id=merchant.id)
    known = set(rows.values_list("provider", flat=True))
    for name in sorted(registry.names()):
        if name not in known:
            accounts.add_account(merchant, name, "system", priority=OTHERS)


def _password() -> str:
    return secrets.token_urlsafe(12)


def _read(path: Path) -> dict[str, str]:
    try:
        known = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _write(path: Path, facts: dict[str, str]) -> None:
    """Whole or not at all, and for its owner's eyes only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(json.dumps(facts, indent=2) + "\n")
    fresh.replace(path)
