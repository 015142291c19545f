"""Provider accounts as a person connects them: tried out first, then sealed, then told where to
send webhooks, and put in their order.

A test merchant's account is at the simulators, a live one at the provider itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.db import transaction

from acquiring.connectors import client, registry
from acquiring.connectors.client import Account, Verdict
from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from merchants import accounts
from merchants.models import Merchant, Mode, ProviderAccount

STEP = 10  # between the priorities of neighbours
MOST_ACCOUNTS = 200


def check(merchant: Merchant, provider: str, credentials: Mapping[str, str]) -> Verdict:
    """Ask the provider whether it lets these credentials in. One call, nothing is changed."""
    return client.check(registry.driver(provider), _account(merchant, provider, credentials))


def join(
    merchant: Merchant,
    provider: str,
    credentials: Mapping[str, str],
    actor: str,
    title: str = "",
) -> ProviderAccount:
    """A new account with its credentials, asked after all others. Raises Problem."""
    row = _drafted(merchant, provider, title)
    _keep(row, credentials, actor)
    register_webhook(row, actor)
    return row


def join_sandbox(merchant: Merchant, provider: str, actor: str) -> ProviderAccount:
    """A new account at the simulators. Raises Problem, and SandboxAway: then there is none."""
    if merchant.mode != Mode.TEST:
        raise Problem("test_only", "Only a test merchant has accounts in the sandbox.")
    row = _drafted(merchant, provider)
    _keep(row, accounts.sandbox_credentials(row), actor)
    register_webhook(row, actor)
    return row


@transaction.atomic
def replace(row: ProviderAccount, given: Mapping[str, str], actor: str) -> None:
    """New credentials for an account; a secret that is not given stays as it is now, whatever it
    was when `row` was read.
    """
    rows = ProviderAccount.objects.select_for_update(of=("self",)).select_related("merchant")
    now = rows.get(merchant_id=row.merchant_id, id=row.id)
    accounts.connect(now, whole(now, given), actor)


def whole(row: ProviderAccount, given: Mapping[str, str]) -> dict[str, str]:
    """The credentials an account would have with these."""
    return accounts.credentials_of(row) | {name: value for name, value in given.items() if value}


def register_webhook(row: ProviderAccount, actor: str) -> bool:
    """Tell the provider our webhook address, where it has a call for that; whether it took it."""
    driver = registry.driver(row.provider)
    account = _account(row.merchant, row.provider, accounts.credentials_of(row))
    url = accounts.webhook_url(row.provider, row.hook_token)
    learned = client.subscribe(driver, account, url)
    if learned is None:
        return False
    with transaction.atomic():
        if learned:
            replace(row, learned, actor)
        row.subscribed_at = clock.now()
        row.save(update_fields=["subscribed_at"])
        shown = ids.show("acc", row.id)
        audit.record(actor, "provider_account.webhook_registered", shown, row.merchant_id)
    return True


@transaction.atomic
def arrange(merchant_id: UUID, actor: str, shown: str, place: int) -> None:
    """Move an account to a place in the order they are asked in; 0 is the first. Raises Problem."""
    rows = list(
        ProviderAccount.objects.select_for_update()
        .filter(merchant_id=merchant_id)
        .order_by("priority", "id")
    )
    moved = ids.read("acc", shown)
    row = next((one for one in rows if one.id == moved), None)
    if row is None:
        raise Problem("not_found", f"There is no provider account {shown}.")
    rows.remove(row)
    rows.insert(max(0, place), row)
    for number, one in enumerate(rows, start=1):
        if one.priority != number * STEP:
            accounts.change_account(one, actor, priority=number * STEP)


def row(merchant_id: UUID, shown: str) -> ProviderAccount:
    """One of the merchant's accounts by its outside id. Raises Problem `not_found`."""
    found = ProviderAccount.objects.filter(merchant_id=merchant_id, id=ids.read("acc", shown))
    one = found.select_related("merchant").first()
    if one is None:
        raise Problem("not_found", f"There is no provider account {shown}.")
    return one


@transaction.atomic
def _keep(row: ProviderAccount, credentials: Mapping[str, str], actor: str) -> None:
    accounts.keep(row, actor)
    accounts.connect(row, credentials, actor)


def _drafted(merchant: Merchant, provider: str, title: str = "") -> ProviderAccount:
    priorities = ProviderAccount.objects.filter(merchant=merchant).order_by("-priority")
    known = list(priorities.values_list("priority", flat=True)[:MOST_ACCOUNTS])
    if len(known) >= MOST_ACCOUNTS:
        raise Problem("invalid_state", f"A merchant has at most {MOST_ACCOUNTS} accounts.")
    priority = (known[0] if known else 0) + STEP
    return accounts.drafted(merchant, provider, priority=priority, title=title)


def _account(merchant: Merchant, provider: str, credentials: Mapping[str, str]) -> Account:
    """A guard of its own, so that a mistyped key closes no door that payments go through."""
    test = merchant.mode == Mode.TEST
    base = f"{settings.SANDBOX_URL}/{provider}" if test else ""
    name = f"check {merchant.id}"
    return Account(provider, name, dict(credentials), "test" if test else "live", base_url=base)
