"""Rows of secrets and the plain facts in them, sealed with the business's own data key."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping

import msgspec

from acquiring.core import shapes
from acquiring.core.errors import Problem
from acquiring.vault import services as vault
from merchants.kyc import banks
from merchants.kyc.facts import Account, Facts, Party
from merchants.onboarding import models

ROOM = {"name": 300, "holder": 300, "currency": 3, "country": 2}  # characters of the columns
IDENTIFIERS = "identifiers_sealed"  # where the company's numbers lie in `Application.facts`

shapes.prepare(Facts, Party, Account, dict[str, str])


def seal_party(row: models.Party, party: Party) -> None:
    """Put what is known of a person or company into its row, not saved yet. Raises Problem."""
    _show(row, party, "people", ("name",))
    row.kind, row.roles = party.kind, list(party.roles)
    row.sealed = vault.seal(_owner(row), msgspec.json.encode(party), f"party:{row.id}")


def seal_account(row: models.BankAccount, account: Account) -> None:
    """Put a bank account into its row, not saved yet. Raises Problem."""
    _show(row, account, "accounts", ("currency", "country", "holder"))
    row.last4 = last4(account)
    row.sealed = vault.seal(_owner(row), msgspec.json.encode(account), f"bank account:{row.id}")


def parties(application: models.Application, rows: Iterable[models.Party]) -> list[Party]:
    """The plain facts of rows of one application, in their order."""
    listed = list(rows)
    opened = vault.unseal_all(
        application.business_id, [(row.sealed, f"party:{row.id}") for row in listed]
    )
    return [
        msgspec.structs.replace(msgspec.json.decode(plain, type=Party), id=row.shown)
        for row, plain in zip(listed, opened, strict=True)
    ]


def accounts(application: models.Application, rows: Iterable[models.BankAccount]) -> list[Account]:
    """The plain facts of bank accounts of one application, in their order."""
    listed = list(rows)
    opened = vault.unseal_all(
        application.business_id, [(row.sealed, f"bank account:{row.id}") for row in listed]
    )
    return [
        msgspec.structs.replace(msgspec.json.decode(plain, type=Account), id=row.shown)
        for row, plain in zip(listed, opened, strict=True)
    ]


def identifiers(application: models.Application) -> dict[str, str]:
    """The numbers of the business, by their key in the market's file."""
    text = application.facts.get(IDENTIFIERS)
    if not text:
        return {}
    sealed = base64.b64decode(text)
    plain = vault.unseal(application.business_id, sealed, _numbers(application))
    return msgspec.json.decode(plain, type=dict[str, str])


def seal_identifiers(application: models.Application, numbers: Mapping[str, str]) -> None:
    """Put the business's numbers into the application, not saved yet."""
    if not numbers:
        application.facts.pop(IDENTIFIERS, None)
        return
    plain = msgspec.json.encode(dict(numbers))
    sealed = vault.seal(application.business_id, plain, _numbers(application))
    application.facts[IDENTIFIERS] = base64.b64encode(sealed).decode()


def last4(account: Account) -> str:
    """What lists show of an account: the end of its longest number, of those its country has."""
    known = banks.fields(account.country, account.fields) if account.country else {}
    texts = ["".join(account.fields.get(key, "").split()) for key in known]
    return max(texts, key=len)[-4:] if texts else ""


def _show(
    row: models.Party | models.BankAccount, said: Party | Account, at: str, names: Iterable[str]
) -> None:
    """Copy what lists show into columns of its own. Raises Problem for what has no room there."""
    for name in names:
        value, most = getattr(said, name), ROOM[name]
        if len(value) > most:
            where = at if row._state.adding else f"{at}.{row.shown}"
            problem = f"This has at most {most} characters."
            raise Problem("invalid_field", problem, f"{where}.{name}")
        setattr(row, name, value)


def _owner(row: models.Party | models.BankAccount):
    return row.application.business_id


def _numbers(application: models.Application) -> str:
    return f"identifiers:{application.id}"
