"""Applying: opening an application, telling it piece by piece, sending it and taking it back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction

from acquiring import catalogue
from acquiring.core import clock, wake
from acquiring.core.errors import Problem
from merchants.kyc import identifiers, markets
from merchants.kyc import requirements as kyc
from merchants.kyc.facts import Activity, Company
from merchants.kyc.records import ENTITIES
from merchants.models import Business, Mode
from merchants.onboarding import (
    accounts,
    again,
    asks,
    events,
    parties,
    paths,
    queries,
    rows,
    sealed,
)
from merchants.onboarding.models import Application, Case

SECTIONS: dict[str, type[Any]] = {"company": Company, "activity": Activity}
MOST_CHANGES = 200  # in one call
MOST_DECLARATIONS = 30
Status = Application.Status


@transaction.atomic
def open_for(
    business: Business,
    mode: str,
    actor: str,
    platform_id: Any = None,
    reference: str = "",
) -> Application:
    """The business's application of a mode, made when there is none. Its country is known."""
    found = Application.objects.filter(business=business, mode=mode).first()
    if found is not None:
        return found
    # Two at once: the second waits for the first one's COMMIT, and finds it.
    Business.objects.select_for_update().get(pk=business.pk)
    row, made = Application.objects.get_or_create(
        business=business,
        mode=Mode(mode),
        defaults={
            "country": business.country,
            "platform_id": platform_id,
            "reference": reference,
            "facts": _known(business),
        },
    )
    if made:
        rows.note(row, actor, "application.opened", {"mode": mode, "country": row.country})
        events.announce(row, "opened")
    return row


@transaction.atomic
def tell(
    application: Application, actor: str, changes: Mapping[str, Any], version: int | None = None
) -> Application:
    """Write down what was said, path by path, and save it; None or "" takes a word back.

    Paths are those of `kyc.facts`: `company.legal_name`, `people.per_….birth_date`,
    `declarations.terms` (true or false). Raises Problem naming the path for a value of the wrong
    shape, `conflict` when `version` is given and is no longer the present one, `invalid_state`
    while the application is looked at.
    """
    if len(changes) > MOST_CHANGES:
        raise Problem("invalid_field", f"At most {MOST_CHANGES} pieces are told at once.")
    row = rows.writable(application, version)
    own: dict[str, Any] = {}
    of_parts: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for path, value in changes.items():
        head, _, rest = path.partition(".")
        if head in {"people", "accounts"}:
            part, _, name = rest.partition(".")
            of_parts[head, part][name] = value
        else:
            own[path] = value
    if own:
        _tell_own(row, actor, own)
    for (head, part), values in of_parts.items():
        change = parties.change if head == "people" else accounts.change
        change(row, actor, part, values)
    row.refresh_from_db()
    return row


@transaction.atomic
def send(application: Application, actor: str, version: int | None = None) -> Application:
    """Hand it in: the automatic checks begin, and a verdict follows.

    Raises Problem `requirements_open` with the open requirements as `facts["requirements"]`.
    """
    row = rows.locked(application, version)
    if row.status not in {Status.DRAFT, Status.ASKED}:
        raise Problem("invalid_state", f"It is {row.status.replace('_', ' ')}, not a draft.")
    lacking = kyc.open_ones(queries.facts(row))
    if lacking:
        raise Problem(
            "requirements_open",
            f"{len(lacking)} pieces are missing or wrong, the first: {lacking[0].title}.",
            lacking[0].path,
            requirements=lacking,
        )
    waiting = asks.unanswered(row)
    if waiting:
        raise Problem("requirements_open", f"Please answer first: {waiting[0].words}", "tasks")
    asks.close(row)
    rows.move(row, Status.CHECKING, actor, sent_at=clock.now(), claimed_until=None)
    events.announce(row, "sent")
    transaction.on_commit(partial(wake.look, again.CHECK))
    return row


@transaction.atomic
def withdraw(application: Application, actor: str) -> Application:
    """Take back what was sent and not decided: a draft again, or as approved as it was before."""
    row = rows.locked(application)
    if row.status not in {Status.CHECKING, Status.ASKED, Status.REVIEW}:
        raise Problem("invalid_state", "There is nothing to take back.")
    if queries.terms_now(row.business_id, row.mode) is not None:
        raise Problem("invalid_state", "It is about a business that takes payments already.")
    Case.objects.filter(application=row, closed_at=None).update(closed_at=clock.now())
    asks.close(row)
    rows.move(row, Status.DRAFT, actor, claimed_until=None, version=row.version + 1)
    events.announce(row, "updated")
    return row


def _known(business: Business) -> dict[str, Any]:
    """What the sign-up has said already."""
    company = {"legal_name": business.legal_name}
    if business.trading_name and business.trading_name != business.legal_name:
        company["trading_name"] = business.trading_name
    facts: dict[str, Any] = {"company": company}
    if business.website:
        facts["activity"] = {"website": business.website}
    return facts


def _tell_own(row: Application, actor: str, changes: Mapping[str, Any]) -> None:
    plain = dict(row.facts)
    numbers = sealed.identifiers(row)
    for path, value in changes.items():
        _tell_one(row, plain, numbers, path, value)
    row.facts = plain
    sealed.seal_identifiers(row, numbers)
    again.told(row, list(changes), actor)
    rows.changed(row, actor, "application.told", {"paths": sorted(changes)})


def _tell_one(
    row: Application, plain: dict[str, Any], numbers: dict[str, str], path: str, value: Any
) -> None:
    head, _, rest = path.partition(".")
    if path in {"country", "entity"}:
        setattr(row, path, _choice(row, path, value))
    elif path.startswith("company.identifiers."):
        _number(row.country, numbers, path, value)
    elif head == "declarations" and rest:
        _declare(plain, path, value)
    elif head in SECTIONS and rest and rest != "identifiers":
        paths.put(plain, path, value)
        paths.read_at(plain.get(head, {}), SECTIONS[head], path)
    else:
        raise Problem("unknown_field", f"An application has no {path[:80]!r}.", path)


def _choice(row: Application, path: str, value: Any) -> str:
    """A country or a kind of entity: what everything else hangs on, fixed once it was sent."""
    if row.sent_at is not None and value != getattr(row, path):
        raise Problem("invalid_state", f"The {path} was checked and stays as it is.", path)
    known = catalogue.countries() if path == "country" else ENTITIES
    if path == "entity" and value in (None, ""):
        return ""
    if not isinstance(value, str) or value not in known:
        raise Problem("invalid_field", f"There is no {path} {str(value)[:20]!r}.", path)
    return value


def _number(country: str, numbers: dict[str, str], path: str, value: Any) -> None:
    key = path.removeprefix("company.identifiers.")
    if value and (forbidden := identifiers.forbidden(markets.market(country), key)):
        raise Problem("invalid_field", forbidden, path)
    if not paths.NAME.fullmatch(key) or (key not in numbers and len(numbers) >= 20):
        raise Problem("unknown_field", f"An application has no {path[:80]!r}.", path)
    if value is None or value == "":
        numbers.pop(key, None)
    elif isinstance(value, str) and len(value) <= 100:
        numbers[key] = value
    else:
        raise Problem("invalid_field", "A number is a text of at most 100 characters.", path)


def _declare(plain: dict[str, Any], path: str, value: Any) -> None:
    if value not in (True, False, None):
        raise Problem("invalid_field", "A declaration is true or false.", path)
    if value and len(plain.get("declarations", {})) >= MOST_DECLARATIONS:
        raise Problem("unknown_field", f"An application has no {path[:80]!r}.", path)
    paths.put(plain, path, clock.rfc3339(clock.now()) if value else None)
