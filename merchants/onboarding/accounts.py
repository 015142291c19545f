"""Bank accounts that money is paid out to: added, changed and removed one by one.

Once a business is approved its account is what a thief would change. So a change then asks who made
it to prove who they are, begins a cooling period in which nothing is paid to the new account, is
told to all owners, and is looked at again.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from merchants.kyc import facts
from merchants.onboarding import again, calendar, events, paths, rows, sealed
from merchants.onboarding.models import Application, BankAccount

MOST = 30
OWN = frozenset(name for name in facts.Account.__struct_fields__ if name != "id")


@transaction.atomic
def add(
    application: Application, actor: str, values: Mapping[str, Any], *, fresh: bool = False
) -> BankAccount:
    """Add an account from members of `kyc.facts.Account`, dotted ones (`fields.iban`) too.

    `fresh`: who asks has just proved who they are; needed once the business is approved. Raises
    Problem naming a member of the wrong shape, or `reauthentication_required`.
    """
    row = rows.writable(application)
    if _living(row).count() >= MOST:
        raise Problem("invalid_field", f"An application has at most {MOST} accounts.", "accounts")
    account = BankAccount(application=row)
    sealed.seal_account(account, _merged({}, values, "accounts"))
    _cool(row, account, fresh)
    account.save(force_insert=True)
    _changed(row, actor, "application.bank_account_added", account)
    return account


@transaction.atomic
def change(
    application: Application,
    actor: str,
    ban_id: str,
    values: Mapping[str, Any],
    *,
    fresh: bool = False,
) -> BankAccount:
    """Change members of one; what is not named stays.

    Once the business is approved the former account ends and the answer is another row.
    """
    row = rows.writable(application)
    account = find(row, ban_id)
    before = sealed.accounts(row, [account])[0]
    plain = msgspec.to_builtins(before)
    plain.pop("id", None)
    after = _merged(plain, values, f"accounts.{account.shown}")
    if after == msgspec.structs.replace(before, id=""):
        return account
    if row.decided_at is not None:
        ended, account = account, BankAccount(application=row)
        sealed.seal_account(account, after)
        _cool(row, account, fresh)
        ended.replaced_at = clock.now()
        ended.save(update_fields=["replaced_at"])
        account.save(force_insert=True)
    else:
        sealed.seal_account(account, after)
        account.save(update_fields=["currency", "country", "holder", "last4", "sealed"])
    _changed(row, actor, "application.bank_account_changed", account)
    return account


@transaction.atomic
def remove(application: Application, actor: str, ban_id: str, *, fresh: bool = False) -> None:
    """Take one away; once the business is approved it stays on record."""
    row = rows.writable(application)
    account = find(row, ban_id)
    if row.decided_at is None:
        account.delete()
    else:
        _prove(row, fresh)
        account.replaced_at = clock.now()
        account.save(update_fields=["replaced_at"])
    _changed(row, actor, "application.bank_account_removed", account)


def find(application: Application, ban_id: str) -> BankAccount:
    """One by its outside id. Raises Problem `not_found`."""
    found = _living(application).filter(id=ids.read("ban", ban_id, "accounts")).first()
    if found is None:
        raise Problem("not_found", f"There is no bank account {ban_id[:60]!r}.", "accounts")
    found.application = application
    return found


def _living(application: Application):
    return BankAccount.objects.filter(application_id=application.pk, replaced_at=None)


def _prove(row: Application, fresh: bool) -> None:
    if row.decided_at is not None and not fresh:
        raise Problem("reauthentication_required")


def _cool(row: Application, account: BankAccount, fresh: bool) -> None:
    """Of an approved business only: what is not looked at yet is paid to nobody anyway."""
    _prove(row, fresh)
    if row.decided_at is not None:
        account.usable_at = clock.now() + calendar.cooling()


def _changed(row: Application, actor: str, action: str, account: BankAccount) -> None:
    again.told(row, [f"accounts.{account.shown}"], actor)
    rows.changed(row, actor, action, {"bank_account": account.shown, "last4": account.last4})
    if row.decided_at is not None:
        usable = clock.rfc3339(account.usable_at) if account.usable_at else None
        events.announce_part(
            row, "bank_account.changed", account.shown, currency=account.currency,
            last4=account.last4, usable_at=usable, removed=account.replaced_at is not None,
        )  # fmt: skip


def _merged(plain: dict[str, Any], values: Mapping[str, Any], at: str) -> facts.Account:
    for name, value in values.items():
        where = f"{at}.{name}"
        if name.partition(".")[0] not in OWN:
            raise Problem("unknown_field", f"A bank account has no {name[:80]!r}.", where)
        paths.put(plain, name, value, where)
        paths.read_at(plain, facts.Account, where)
    return paths.read(plain, facts.Account, at)
