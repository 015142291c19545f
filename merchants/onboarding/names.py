"""Names on watch lists: the one place where onboarding asks `merchants.screening`.

Asked about are the business, everybody behind it, and whoever its payouts go to under another name.
What it answers is for reviewers. A merchant never learns of it.
"""

from __future__ import annotations

from collections.abc import Iterable

import structlog
from django.db import DatabaseError

from acquiring.core.errors import Problem
from merchants.kyc import facts as kyc
from merchants.kyc.banks import payees
from merchants.kyc.checks.records import Screened
from merchants.kyc.facts import Facts
from merchants.onboarding.models import Application, BankAccount, Party
from merchants.screening import queries as screening
from merchants.screening import services
from merchants.screening.models import Hit
from merchants.screening.ownership import Holding, blocked_by_ownership
from merchants.screening.party import Kind, Role
from merchants.screening.party import Party as Asked

COMPANY = "company"
RESULTS = {"clear": "clear", "hit": "possible", "stale": "stale"}
WHOLE = 10_000  # basis points

log = structlog.get_logger("merchants.onboarding")


def screen(application: Application, facts: Facts) -> dict[str, Screened]:
    """What the lists say of the business and of everybody behind it, by path.

    Who is owned half by listed names, together and through others, counts as listed (the rule of
    OFAC). Who no longer belongs to the business is no longer screened.
    """
    _forget_former(application)
    asked = {COMPANY: _business(application, facts)}
    asked |= {f"people.{one.id}": _party(application, facts, one) for one in facts.people}
    asked |= {f"accounts.{one.id}": _payee(application, facts, one) for one in payees(facts)}
    told = {path: _told(one) for path, one in asked.items() if one.names}
    return _with_owned(facts, told)


def ref(application: Application, path: str) -> str:
    """What screening remembers a party by: the application and the place in it."""
    return f"{application.shown}:{path.removeprefix('people.').removeprefix('accounts.')}"


def is_held(account: BankAccount) -> bool:
    """Whether nothing may be paid to an account: its holder may be, or is, on a list."""
    known = screening.standings([ref(account.application, account.shown)]).values()
    return any(one.open or one.confirmed for one in known)


def _business(application: Application, facts: Facts) -> Asked:
    company = facts.company
    places = (facts.country, company.registered_address.country)
    numbers = tuple((number, facts.country) for number in company.identifiers.values())
    person = facts.entity == "sole_trader"
    return _asked(
        application, facts, COMPANY, "unknown" if person else "entity", "merchant",
        (company.legal_name, company.trading_name), places, numbers,
    )  # fmt: skip


def _party(application: Application, facts: Facts, party: kyc.Party) -> Asked:
    places = (party.nationality, party.address.country, party.registration_country)
    issuer = party.registration_country or party.nationality
    numbers = tuple((number, issuer) for number in party.identifiers.values())
    return _asked(
        application, facts, party.id, "person" if party.kind == "person" else "entity",
        "owner" if "owner" in party.roles else "director",
        (party.name, party.native_name), places, numbers,
        str(party.birth_date) if party.birth_date else "",
    )  # fmt: skip


def _payee(application: Application, facts: Facts, account: kyc.Account) -> Asked:
    return _asked(
        application, facts, account.id, "unknown", "beneficiary", (account.holder,),
        (account.country,), (),
    )  # fmt: skip


def _asked(
    application: Application, facts: Facts, path: str, kind: Kind, role: Role,
    names: Iterable[str], places: Iterable[str], numbers: tuple[tuple[str, str], ...],
    birth_date: str = "",
) -> Asked:  # fmt: skip
    currencies = {facts.activity.currency, *(one.currency for one in facts.accounts)}
    return Asked(
        kind=kind,
        names=tuple(dict.fromkeys(one.strip() for one in names if one.strip())),
        role=role,
        mode=application.mode,  # type: ignore[arg-type]
        ref=ref(application, path),
        business_id=application.business_id,
        birth_date=birth_date,
        countries=tuple(dict.fromkeys(one for one in places if one)),
        currencies=tuple(sorted(one for one in currencies if one)),
        identifiers=numbers,
    )


def _told(asked: Asked) -> Screened:
    try:
        answer = services.screen(asked, "onboarding")
    except (DatabaseError, OSError, Problem, ValueError) as error:
        log.warning("screening_away", error=type(error).__name__)
        return Screened(result="away")
    confirmed = any(row.state == Hit.State.CONFIRMED for row in answer.cases)
    lists = tuple(f"{source} {version}" for source, version in sorted(answer.versions.items()))
    result = "confirmed" if confirmed else RESULTS[answer.decision]
    return Screened(result=result, lists=lists)  # type: ignore[arg-type]


def _with_owned(facts: Facts, told: dict[str, Screened]) -> dict[str, Screened]:
    """The answers, with what listed owners make of what they own."""
    holdings = [
        Holding(f"people.{one.id}", f"people.{one.through}" if one.through else COMPANY, one.share)
        for one in facts.people
        if one.share is not None and 0 <= one.share <= WHOLE
    ]
    for result, worse in (("possible", {"possible", "confirmed"}), ("confirmed", {"confirmed"})):
        listed = {path for path, one in told.items() if one.result in worse}
        for path in set(told) - listed if listed else ():
            if blocked_by_ownership(path, holdings, listed):
                told[path] = Screened(result=result, lists=told[path].lists)  # type: ignore[arg-type]
    return told


def _forget_former(application: Application) -> None:
    former = Party.objects.filter(application=application).exclude(removed_at=None)
    ended = BankAccount.objects.filter(application=application).exclude(replaced_at=None)
    for shown in (*(row.shown for row in former), *(row.shown for row in ended)):
        services.forget(ref(application, shown))
