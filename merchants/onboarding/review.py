"""A person's work on an application: taking the case, noting, asking, approving and refusing.

Cases that need four eyes are proposed by one person and carried out when another agrees. Everything
is in the platform's own audit log, never in the merchant's: who is looked at must not learn of it
from there. The merchant reads what a reason tells it (`data/reasons.toml`), and its tasks.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet

from acquiring.core import audit, clock
from acquiring.core.errors import Problem
from merchants.kyc import deciding as kyc
from merchants.kyc import requirements
from merchants.models import Membership, User
from merchants.onboarding import asks, calendar, deciding, documents, hits, queries, reasons, rows
from merchants.onboarding.models import Application, Case, Document, Note, Verdict
from merchants.services import staff_actor

MAY = "onboarding.change_case"  # the permission to decide; groups hold it, see staff.toml
LONGEST = 4_000
MOST_PIECES = 20
DECIDED = (Application.Status.APPROVED, Application.Status.REFUSED)
GENERAL = "application"  # what a question is about when it is about no single piece


class Bounds(NamedTuple):
    """What terms a tier begins with, and the most (of reserve and delay: the least) it may have."""

    tier: str
    title: str
    begun: kyc.Terms
    most: kyc.Terms
    four_eyes: bool


@transaction.atomic
def take_case(case: Case, user: User) -> Case:
    """Make it one's own, whoever had it before. Raises Problem."""
    return assign(case, user, user)


@transaction.atomic
def assign(case: Case, user: User, to: User | None) -> Case:
    """Give it to a colleague who may decide, or back to the queue (None). Raises Problem."""
    _, locked = _open(case, user)
    if to is not None:
        _entitled(locked.application, to)
    before, locked.assignee = locked.assignee, to
    locked.save(update_fields=["assignee"])
    named = [staff_actor(one) if one else None for one in (before, to)]
    _record(locked.application, user, "case.assigned", {"assignee": named})
    return locked


@transaction.atomic
def take_up(application: Application, user: User) -> Case:
    """Open a case of what was decided, to decide it anew: a refusal that was wrong, a business that
    takes payments and should not. Raises Problem.
    """
    _entitled(application, user)
    if not deciding.leave_to_a_person(application, DECIDED, "Taken up again by a person."):
        raise Problem("invalid_state", "Only what was approved or refused is taken up again.")
    _record(application, user, "case.taken_up", {})
    return take_case(Case.objects.get(application=application, closed_at=None), user)


@transaction.atomic
def note(application: Application, user: User, words: str) -> Note:
    """Write something down for colleagues. Raises Problem."""
    _entitled(application, user)
    text = words.strip()
    if not 1 <= len(text) <= LONGEST:
        raise Problem("invalid_field", f"A note has 1 to {LONGEST} characters.", "words")
    made = Note.objects.create(application=application, by=staff_actor(user), words=text)
    _record(application, user, "case.noted", {"note": str(made.pk)})
    return made


@transaction.atomic
def approve(
    case: Case,
    user: User,
    reason: str,
    words: str = "",
    terms: Mapping[str, Any] | None = None,
    tier: str = "",
) -> Case:
    """Approve, with a tier not below the rules' and terms within it; in four-eyes cases propose it.

    `terms` are members of `kyc.deciding.Terms`. Raises Problem naming the member that is wrong.
    """
    row, locked = _open(case, user)
    _reason(reasons.table().approve, reason, words)
    _clear_of_lists(row)
    allowed = {one.tier: one for one in bounds(row)}
    chosen = tier or next(iter(allowed))
    if chosen not in allowed:
        raise Problem("invalid_field", f"A tier is one of {', '.join(allowed)}.", "tier")
    deciding.check_terms(allowed[chosen].most, terms or {})
    deed = {"deed": "approve", "reason": reason, "words": words.strip(), "tier": chosen,
            "terms": dict(terms or {})}  # fmt: skip
    return _do_or_propose(row, locked, user, deed, allowed[chosen].four_eyes)


@transaction.atomic
def refuse(case: Case, user: User, reason: str, words: str = "") -> Case:
    """Refuse, for a reason of the table; in four-eyes cases propose it. Raises Problem."""
    row, locked = _open(case, user)
    _reason(reasons.table().refuse, reason, words)
    deed = {"deed": "refuse", "reason": reason, "words": words.strip()}
    return _do_or_propose(row, locked, user, deed, False)


@transaction.atomic
def ask(
    case: Case, user: User, reason: str, pieces: Mapping[str, str] | None = None, words: str = ""
) -> Case:
    """Send it back with questions: paths of the application and the words for each, "" for those
    of the reason. Without a piece the question is about the whole. Raises Problem.
    """
    row, locked = _open(case, user)
    known = _reason(reasons.table().ask, reason, words)
    wanted = dict(pieces or {GENERAL: ""})
    if len(wanted) > MOST_PIECES:
        raise Problem("invalid_field", f"At most {MOST_PIECES} pieces are asked at once.", "pieces")
    strange = wanted.keys() - {GENERAL} - {one.path for one in askable(row)}
    if strange:
        raise Problem("invalid_field", f"There is no piece {min(strange)!r} to ask.", "pieces")
    due = clock.now() + timedelta(days=calendar.table().pace.task_days)
    for path, said in wanted.items():
        asks.open_task(row, path, (said.strip() or known.told)[:500], "", staff_actor(user), due)
    verdict = deciding.by_person(row, staff_actor(user), "ask", reason=_joined(reason, words))
    deciding.apply(verdict)
    _record(row, user, "case.asked", {"reason": reason, "pieces": sorted(wanted)})
    return _again(locked)


@transaction.atomic
def second(case: Case, user: User, agree: bool, words: str = "") -> Case:
    """The other pair of eyes: carry out what was proposed, or send it back to its proposer.

    Raises Problem `forbidden` for the proposer, `conflict` when the application has changed since.
    """
    row, locked = _open(case, user)
    deed = locked.proposed
    if deed is None:
        raise Problem("invalid_state", "Nothing is proposed.")
    if locked.proposed_by_id is None or locked.proposed_by_id == user.pk:
        raise Problem("forbidden", "Whoever proposed it cannot be the second pair of eyes.")
    if not agree:
        return _disagree(row, locked, user, words)
    if deed["version"] != row.version:
        raise Problem("conflict", "The application has changed since. It is proposed anew.")
    proposer = locked.proposed_by
    assert proposer is not None
    if deed["deed"] == "approve":
        _clear_of_lists(row)
    _entitled(row, proposer)  # who has left in between decides nothing any more
    _carry_out(row, deed, staff_actor(proposer), staff_actor(user))
    _record(row, user, "case.agreed", deed)
    return _again(locked)


@transaction.atomic
def judge(case: Case, user: User, document: Document, reason: str | None) -> Document:
    """Accept a paper (None), or refuse it for a reason of the table. Raises Problem."""
    row, _ = _open(case, user)
    if document.application_id != row.pk:
        raise Problem("not_found", "There is no such paper in this case.", "document")
    if reason is None:
        return documents.accept(document, staff_actor(user))
    _reason(reasons.table().papers, reason, "")
    return documents.refuse(document, staff_actor(user), reason)


@transaction.atomic
def decide_hit(
    case: Case, user: User, hit: str, state: str, words: str, evidence: str = ""
) -> None:
    """Clear a hit (`cleared`: somebody else) or confirm it, with a reason. Raises Problem."""
    row, _ = _open(case, user)
    hits.decide(row, staff_actor(user), hit, state, words, evidence)
    _record(row, user, f"case.hit_{state}", {"hit": hit})


def bounds(application: Application) -> list[Bounds]:
    """The tiers a person may choose, the rules' own first, with what each allows."""
    latest = queries.verdict(application)
    if latest is None:
        raise Problem("invalid_state", "Nothing was found yet: the checks have not run.")
    book = kyc.book(kyc.text())
    order = list(book.tiers)
    return [
        Bounds(
            name, book.tiers[name].title, kyc.terms_of(latest.inputs, book, name),
            kyc.most_of(latest.inputs, book, name), book.tiers[name].four_eyes,
        )
        for name in order[order.index(latest.tier) :]
    ]  # fmt: skip


def askable(application: Application) -> list[requirements.Requirement]:
    """The pieces of the application that can be asked for again."""
    return requirements.requirements(queries.facts(application))


def may_decide(application: Application, user: User) -> bool:
    """Whether this person may work on it: entitled, and not of the business itself."""
    try:
        _entitled(application, user)
    except Problem:
        return False
    return True


def not_own(rows: QuerySet[Any], user: User, business: str = "application__business") -> QuerySet:
    """Without what is of businesses that this person belongs to."""
    own = Membership.objects.filter(user=user).values("business")
    return rows.exclude(**{f"{business}__in": own})


def _do_or_propose(
    row: Application, case: Case, user: User, deed: dict[str, Any], four_eyes: bool
) -> Case:
    if not (case.four_eyes or four_eyes):
        _carry_out(row, deed, staff_actor(user), "")
        _record(row, user, f"case.{deed['deed']}d", deed)
        return _again(case)
    case.proposed, case.proposed_by = {**deed, "version": row.version}, user
    case.four_eyes = True
    case.save(update_fields=["proposed", "proposed_by", "four_eyes"])
    _record(row, user, "case.proposed", deed)
    return case


def _carry_out(row: Application, deed: Mapping[str, Any], by: str, second_by: str) -> Verdict:
    table = reasons.table()
    known = (table.approve if deed["deed"] == "approve" else table.refuse)[deed["reason"]]
    verdict = deciding.by_person(
        row, by, deed["deed"], reason=_joined(deed["reason"], deed["words"]), told=known.told,
        tier=deed.get("tier", ""), terms=deed.get("terms"), second=second_by,
    )  # fmt: skip
    deciding.apply(verdict)
    return verdict


def _disagree(row: Application, case: Case, user: User, words: str) -> Case:
    if not words.strip():
        raise Problem("missing_field", "Say why, so that the proposer can do better.", "words")
    deed, case.proposed, case.proposed_by = case.proposed, None, None
    case.save(update_fields=["proposed", "proposed_by"])
    note(row, user, words)
    _record(row, user, "case.disagreed", dict(deed or {}))
    return case


def _clear_of_lists(row: Application) -> None:
    """Nobody is approved over a watch list, however long ago the approval was proposed."""
    if hits.count(row, hits.OPEN):
        raise Problem("invalid_state", "Hits on lists are open: clear or confirm them first.")
    if hits.count(row, hits.CONFIRMED):
        raise Problem("invalid_state", "A name is confirmed to be on a list: it is refused.")


def _open(case: Case, user: User) -> tuple[Application, Case]:
    """The application and its open case, both locked, for somebody entitled. Raises Problem."""
    row = rows.locked(case.application)
    locked = Case.objects.select_for_update(of=("self",)).get(pk=case.pk)
    locked.application = row
    _entitled(row, user)
    if locked.closed_at is not None:
        raise Problem("invalid_state", "This case is closed.")
    return row, locked


def _entitled(application: Application, user: User) -> None:
    if not (user.is_active and user.is_staff and user.has_perm(MAY)):
        raise Problem("forbidden", "This needs the permission to decide on applications.")
    if Membership.objects.filter(business_id=application.business_id, user=user).exists():
        raise Problem("forbidden", "Nobody decides on a business they belong to.")


def _reason(known: Mapping[str, reasons.Reason], reason: str, words: str) -> reasons.Reason:
    if reason not in known:
        raise Problem("invalid_field", f"A reason is one of {', '.join(known)}.", "reason")
    if len(words) > LONGEST:
        raise Problem("invalid_field", f"Words have at most {LONGEST} characters.", "words")
    return known[reason]


def _joined(reason: str, words: str) -> str:
    return f"{reason}: {words.strip()}" if words.strip() else reason


def _again(case: Case) -> Case:
    case.refresh_from_db()
    return case


def _record(application: Application, user: User, action: str, changes: dict[str, Any]) -> None:
    audit.record(staff_actor(user), action, application.shown, None, changes)
