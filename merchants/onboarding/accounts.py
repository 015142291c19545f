"""Bank accounts that money is paid out to: added, changed and removed one by one.

Once a business is approved its account is what a thief would change. So a change then asks who made
it to prove who they are, and a second person where the business says so; begins a cooling period in
which nothing is paid to the new account; is told to all owners, and is looked at again. It is taken
whole and right, or not at all: a slip of the pen must not stop anybody's payouts.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from django.db import transaction

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from merchants import proposals
from merchants.kyc import facts
from merchants.kyc.requirements import Requirement, requirements
from merchants.onboarding import again, calendar, events, paths, queries, rows, sealed
from merchants.onboarding.models import Application, BankAccount

KIND = "bank_account.change"  # of proposals
MOST = 30
NEW = "new"  # stands for the id of an account that is not there yet


@transaction.atomic
def add(
    application: Application,
    actor: str,
    values: Mapping[str, Any],
    *,
    fresh: bool = False,
    agreed: bool = False,
) -> BankAccount:
    """Add an account from members of `kyc.facts.Account`, dotted ones (`fields.iban`) too.

    `fresh`: who asks has just proved who they are; `agreed`: a second person has said yes. Both
    matter once the business is approved. Raises Problem naming a member of the wrong shape,
    `reauthentication_required`, or `forbidden` where a second person must agree.
    """
    row = rows.writable(application)
    _prove(row, fresh, agreed)
    if _living(row).count() >= MOST:
        raise Problem("invalid_field", f"An application has at most {MOST} accounts.", "accounts")
    account = BankAccount(application=row)
    said = paths.merged({}, values, facts.Account, "accounts")
    _take(row, account, said)
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
    agreed: bool = False,
) -> BankAccount:
    """Change members of one; what is not named stays. Raises Problem as `add` does.

    Once the business is approved the former account ends and the answer is another row.
    """
    row = rows.writable(application)
    account = find(row, ban_id)
    before = sealed.accounts(row, [account])[0]
    after = changed(before, values)
    if after == before:
        return account
    _prove(row, fresh, agreed)
    if row.decided_at is not None:
        ended, account = account, BankAccount(application=row)
        ended.replaced_at = clock.now()
        ended.save(update_fields=["replaced_at"])
        _take(row, account, after)
        account.save(force_insert=True)
    else:
        _take(row, account, after)
        account.save(update_fields=["currency", "country", "holder", "last4", "sealed"])
    _changed(row, actor, "application.bank_account_changed", account)
    return account


@transaction.atomic
def remove(
    application: Application,
    actor: str,
    ban_id: str,
    *,
    fresh: bool = False,
    agreed: bool = False,
) -> None:
    """Take one away; once the business is approved it stays on record. Raises Problem."""
    row = rows.writable(application)
    account = find(row, ban_id)
    _prove(row, fresh, agreed)
    if row.decided_at is None:
        account.delete()
    else:
        account.replaced_at = clock.now()
        account.save(update_fields=["replaced_at"])
    _changed(row, actor, "application.bank_account_removed", account)


def changed(before: facts.Account, values: Mapping[str, Any]) -> facts.Account:
    """What an account would be with some members changed. Raises Problem for a wrong shape."""
    plain = msgspec.to_builtins(before)
    plain.pop("id", None)
    after = paths.merged(plain, values, facts.Account, f"accounts.{before.id}")
    return msgspec.structs.replace(after, id=before.id)


def with_account(said: facts.Facts, account: facts.Account) -> facts.Facts:
    """The facts with an account in the place of the one of its id, or behind the others."""
    others = [one.id for one in said.accounts]
    if account.id in others:
        accounts = tuple(account if one.id == account.id else one for one in said.accounts)
    else:
        accounts = (*said.accounts, account)
    return msgspec.structs.replace(said, accounts=accounts)


def lacking(said: facts.Facts, ban_id: str) -> list[Requirement]:
    """What is missing or wrong about one account, and about the accounts as a whole."""
    return [
        one
        for one in requirements(said)
        if (one.path == "accounts" or one.path.startswith(f"accounts.{ban_id}."))
        and one.status != "given"
    ]


def find(application: Application, ban_id: str) -> BankAccount:
    """One by its outside id. Raises Problem `not_found`."""
    found = _living(application).filter(id=ids.read("ban", ban_id, "accounts")).first()
    if found is None:
        raise Problem("not_found", f"There is no bank account {ban_id[:60]!r}.", "accounts")
    found.application = application
    return found


def _living(application: Application):
    return BankAccount.objects.filter(application_id=application.pk, replaced_at=None)


def _prove(row: Application, fresh: bool, agreed: bool) -> None:
    """Of an approved business only: what is not looked at yet is paid to nobody anyway."""
    if row.decided_at is None:
        return
    if not fresh:
        raise Problem("reauthentication_required")
    if not agreed and proposals.needed(row.business, KIND):
        words = "Here a second person agrees to a change of bank accounts. Change it in the portal."
        raise Problem("forbidden", words, "accounts")


def _take(row: Application, account: BankAccount, said: facts.Account) -> None:
    """Put what was said into the row of an account, not saved yet."""
    if row.decided_at is not None:
        shown = msgspec.structs.replace(said, id=account.shown)
        wrong = lacking(with_account(queries.facts(row), shown), account.shown)
        if wrong:
            words = wrong[0].problem or f"{wrong[0].title} is missing."
            raise Problem("invalid_field", words, wrong[0].path)
        account.usable_at = clock.now() + calendar.cooling()
    sealed.seal_account(account, msgspec.structs.replace(said, id=""))


def _changed(row: Application, actor: str, action: str, account: BankAccount) -> None:
    again.told(row, [f"accounts.{account.shown}"], actor)
    rows.changed(row, actor, action, {"bank_account": account.shown, "last4": account.last4})
    if row.decided_at is not None:
        usable = clock.rfc3339(account.usable_at) if account.usable_at else None
        events.announce_part(
            row, "bank_account.changed", account.shown, currency=account.currency,
            last4=account.last4, usable_at=usable, removed=account.replaced_at is not None,
        )  # fmt: skip
