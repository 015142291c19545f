"""Verdicts: made by the rules or by a person, applied once, and made again whenever asked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta
from typing import Any

import msgspec
from django.db import transaction

from acquiring.core import clock
from acquiring.core.errors import Problem
from merchants import services
from merchants.kyc import checks
from merchants.kyc import deciding as kyc
from merchants.kyc.checks.records import Found
from merchants.kyc.deciding import Decided
from merchants.kyc.ownership import WHOLE
from merchants.models import Mode
from merchants.onboarding import asks, calendar, checking, events, queries, rows
from merchants.onboarding.models import Application, Case, RuleBook, Terms, Verdict

RULES = "rules"
Status = Application.Status
ACCEPTED = "accepted"
LIMITS = ("per_payment", "daily", "monthly")
LEASTS = ("reserve_basis_points", "reserve_days", "settlement_days")  # at least the tier's
LOOKING = "We are looking at it."
PRIORITIES = {"high": 10, "elevated": 30, "standard": 50, "low": 60}


def decide(application: Application) -> Verdict:
    """The rules' verdict on what the latest look found, stored with all that makes it again."""
    row = Application.objects.select_related("business").get(pk=application.pk)
    facts, agreed = queries.facts(row), _agreed(row)
    found = [_seen_before(checking.read(one), agreed) for one in queries.findings(row)]
    decided = kyc.decide(facts, found, live=_live(row), asked=_asked_by_a_person(row))
    if agreed:  # the next look asks the latest approval
        decided.inputs[ACCEPTED] = sorted(agreed)
    return _store(row, decided, RULES)


@transaction.atomic
def by_person(
    application: Application,
    actor: str,
    outcome: str,
    *,
    reason: str = "",
    told: str = "",
    tier: str = "",
    terms: Mapping[str, Any] | None = None,
    second: str = "",
) -> Verdict:
    """A person's verdict. Tier and terms are the rules' where not given; `apply` puts it in force.

    `terms` are members of `kyc.deciding.Terms`, at most those of the tier. Raises Problem.
    """
    row = rows.locked(application)
    facts = queries.facts(row)
    listed = queries.findings(row)
    proposed = kyc.decide(facts, [checking.read(one) for one in listed], live=_live(row))
    book = kyc.book(kyc.text())
    if tier and tier not in book.tiers:
        raise Problem("invalid_field", f"A tier is one of {', '.join(book.tiers)}.", "tier")
    chosen = tier or proposed.tier
    decided = msgspec.structs.replace(
        proposed,
        outcome=outcome,
        tier=chosen,
        terms=_within(proposed.inputs, chosen, terms or {}),
    )
    if outcome == "approve":
        keys = sorted(_key(checking.read(one)) for one in listed if one.result != "pass")
        decided.inputs[ACCEPTED] = keys
    return _store(row, decided, actor, reason=reason, told=told, second=second)


@transaction.atomic
def apply(verdict: Verdict) -> Application:
    """Put a verdict in force: live or not, terms, tasks, a case for a person. Once; a verdict on
    what is no longer being decided changes nothing.
    """
    row = rows.locked(verdict.application)
    waiting = {Status.CHECKING} if verdict.by == RULES else {*Status} - {Status.DRAFT}
    if row.status not in waiting or _done(row, verdict):
        return row
    _ACTS[verdict.outcome](row, verdict)
    return row


@transaction.atomic
def leave_to_a_person(application: Application, among: Collection[Status], reason: str) -> bool:
    """Open a case without a verdict, for what no rule can decide. False when the application is in
    none of these states any more.
    """
    row = rows.locked(application)
    if row.status not in among:
        return False
    last = queries.verdict(row)
    _open_case(row, last.tier if last else "standard", reason, RULES)
    return True


def check_terms(most: kyc.Terms, wanted: Mapping[str, Any]) -> None:
    """Refuse terms beyond what a tier allows. Raises Problem naming the member."""
    for name, value in wanted.items():
        bound = getattr(most, name, None)
        if bound is None or name == "currency":
            raise Problem("unknown_field", f"Terms have no {name!r} to choose.", name)
        if name == "kinds":
            if bound and not (value and set(value) <= set(bound)):
                raise Problem("invalid_field", f"This tier has {', '.join(bound)}.", name)
        elif type(value) is not int or value < 0:
            raise Problem("invalid_field", "This is a whole number.", name)
        elif name in LIMITS and not 1 <= value <= bound:
            raise Problem("invalid_field", f"In this tier it is 1 to {bound}.", name)
        elif name not in LIMITS and value < bound:
            raise Problem("invalid_field", f"In this tier it is {bound} or more.", name)
    if wanted.get("reserve_basis_points", 0) > WHOLE:
        raise Problem("invalid_field", "A reserve is at most 100 %.", "reserve_basis_points")


def again(verdict: Verdict) -> Decided:
    """The rules' verdict made again from what is stored with it, by the rules of its day."""
    text = RuleBook.objects.get(pk=verdict.rules_digest).text
    given = {key: value for key, value in verdict.inputs.items() if key != ACCEPTED}
    return kyc.execute(given, text)


def _approve(row: Application, verdict: Verdict) -> None:
    now, first = clock.now(), not _live(row)
    _adopt(row)
    # Whom people have stopped, a routine look does not start again.
    if row.mode == Mode.LIVE and (first or verdict.by != RULES):
        services.approve(row.business, verdict.by)
    _agree(row, verdict)
    Case.objects.filter(application=row, closed_at=None).update(closed_at=now)
    asks.close(row)
    whole = calendar.next_look(verdict.tier, now, row.country)
    rows.move(
        row, Status.APPROVED, verdict.by, decided_at=now, claimed_until=None, reopened=[],
        recheck_at=min([whole, *_expiries(row)]),
    )  # fmt: skip
    events.announce(row, "approved", terms=verdict.terms, tier=verdict.tier, again=not first)


def _ask(row: Application, verdict: Verdict) -> None:
    due = clock.now() + timedelta(days=calendar.table().pace.task_days)
    for one in queries.findings(row):
        if one.result == "ask" and one.told:
            asks.open_task(row, one.subject, one.told, one.source, verdict.by, due)
    Case.objects.filter(application=row, closed_at=None).update(closed_at=clock.now())
    rows.move(row, Status.ASKED, verdict.by, claimed_until=None)
    events.announce(row, "needs_information", tasks=len(asks.unanswered(row)))


def _review(row: Application, verdict: Verdict) -> None:
    reason = next((one["words"] for one in verdict.rules if one["decided"]), LOOKING)
    _open_case(row, verdict.tier, reason, verdict.by)


def _refuse(row: Application, verdict: Verdict) -> None:
    stops = _live(row) and row.mode == Mode.LIVE
    if stops:
        services.suspend(row.business, verdict.by)
    Case.objects.filter(application=row, closed_at=None).update(closed_at=clock.now())
    asks.close(row)
    rows.move(
        row, Status.REFUSED, verdict.by, decided_at=clock.now(), claimed_until=None,
        recheck_at=None, reopened=[],
    )  # fmt: skip
    events.announce(row, "refused", reason=verdict.told, suspended=stops)


def _open_case(row: Application, tier: str, reason: str, by: str) -> None:
    known = kyc.book(kyc.text()).tiers[tier]
    Case.objects.get_or_create(
        application=row,
        closed_at=None,
        defaults={
            "reason": reason[:300],
            "priority": PRIORITIES.get(tier, 50) - (5 if _live(row) else 0),
            "due_at": clock.now() + timedelta(hours=known.answer_hours),
            "four_eyes": known.four_eyes,
        },
    )
    rows.move(row, Status.REVIEW, by, claimed_until=None)
    events.announce(row, "in_review")


_ACTS = {"approve": _approve, "ask": _ask, "review": _review, "refuse": _refuse}


def _store(
    row: Application,
    decided: Decided,
    by: str,
    *,
    reason: str = "",
    told: str = "",
    second: str = "",
) -> Verdict:
    deciding = next((one for one in decided.fired if one.decided), None)
    RuleBook.objects.get_or_create(digest=decided.digest, defaults={"text": kyc.text()})
    return Verdict.objects.create(
        application=row,
        outcome=decided.outcome,
        tier=decided.tier,
        rules=msgspec.to_builtins(decided.fired),
        rules_digest=decided.digest,
        inputs=decided.inputs,
        terms=msgspec.to_builtins(decided.terms),
        by=by,
        second=second,
        reason=reason or (deciding.words if deciding and by == RULES else ""),
        told=told or (deciding.told if deciding and by == RULES else ""),
        expires_at=calendar.next_look(decided.tier, clock.now(), row.country),
    )


def _within(given: dict[str, Any], tier: str, wanted: Mapping[str, Any]) -> kyc.Terms:
    """The tier's terms with a person's own wishes, none beyond the tier. Raises Problem."""
    book = kyc.book(kyc.text())
    check_terms(kyc.most_of(given, book, tier), wanted)
    return msgspec.structs.replace(kyc.terms_of(given, book, tier), **wanted)


def _done(row: Application, verdict: Verdict) -> bool:
    """Whether a later verdict was made: this one is of the past."""
    later = Verdict.objects.filter(application=row, id__gt=verdict.id)
    return later.exists()


def _live(row: Application) -> bool:
    """Whether the business works under terms of this mode already."""
    return Terms.objects.filter(business_id=row.business_id, mode=row.mode).exists()


def _asked_by_a_person(row: Application) -> bool:
    """Whether the last word of ours that a person had was a question."""
    last = Verdict.objects.filter(application=row).exclude(by=RULES).order_by("-id").first()
    return last is not None and last.outcome == Verdict.Outcome.ASK


def _agreed(row: Application) -> set[str]:
    """What a person saw and approved: it stands until the merchant changes what it was about. What
    the lists say is remembered by the screening itself.
    """
    last = Verdict.objects.filter(application=row, outcome="approve").order_by("-id").first()
    keys = last.inputs.get(ACCEPTED, ()) if last else ()
    over = checking.changed_groups(row) | {"screening"}
    of = {name: row.group for name, row in checks.table().items()}
    return {key for key in keys if of.get(key.partition("|")[0], "screening") not in over}


def _seen_before(one: Found, agreed: set[str]) -> Found:
    if _key(one) not in agreed:
        return one
    return msgspec.structs.replace(one, result="pass", words=f"{one.words} Accepted before.")


def _key(found: Found) -> str:
    return f"{found.check}|{found.subject}|{found.saw}"


def _adopt(row: Application) -> None:
    """The business is called what its application says from now on."""
    facts, business = queries.facts(row), row.business
    wanted = {
        "legal_name": facts.company.legal_name[:200] or business.legal_name,
        "trading_name": (facts.company.trading_name or facts.company.legal_name)[:200],
        "country": row.country,
        "website": facts.activity.website[:300],
    }
    if row.mode == Mode.LIVE and any(getattr(business, name) != wanted[name] for name in wanted):
        for name, value in wanted.items():
            setattr(business, name, value)
        business.save(update_fields=list(wanted))


def _agree(row: Application, verdict: Verdict) -> None:
    """Write the terms. A routine look that ends in the same tier leaves them as they are, and in
    another one it is not laxer than a person was.
    """
    known = queries.terms_now(row.business_id, row.mode)
    given = verdict.terms
    if known and verdict.by == RULES:
        if known.tier == verdict.tier:
            return
        if not Verdict.objects.filter(pk=known.verdict_id, by=RULES).exists():
            given = _stricter(known, given)
    Terms.objects.update_or_create(
        business_id=row.business_id,
        mode=row.mode,
        defaults={
            "verdict_id": verdict.id,
            "tier": verdict.tier,
            "created_at": clock.now(),
            **{name: given[name] for name in kyc.Terms.__struct_fields__},
        },
    )
    transaction.on_commit(lambda: queries.forget_terms(row.business_id, row.mode))


def _stricter(known: Terms, given: dict[str, Any]) -> dict[str, Any]:
    """The terms given, but for every figure in which those in force ask for more."""
    if known.currency != given["currency"]:
        return {name: getattr(known, name) for name in kyc.Terms.__struct_fields__}
    kept = {name: min(getattr(known, name), given[name]) for name in LIMITS}
    kept |= {name: max(getattr(known, name), given[name]) for name in LEASTS}
    both = [kind for kind in given["kinds"] or known.kinds if kind in (known.kinds or [kind])]
    return {**given, **kept, "kinds": both or known.kinds}  # [] would be all


def _expiries(row: Application) -> list[Any]:
    return [one.expires_at for one in queries.findings(row) if one.expires_at is not None]
