"""Checks of papers: all there, none refused, none ended, none too old when it came."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from merchants.kyc import markets
from merchants.kyc.checks.records import Known, Seen
from merchants.kyc.facts import Facts, Paper
from merchants.kyc.requirements import requirements

SOON_DAYS = 30
DAYS_A_MONTH = 31


def papers_there(facts: Facts, known: Known) -> Iterator[Seen]:
    """Every paper that is asked has been handed in and was not refused."""
    for one in requirements(facts):
        if one.kind == "paper":
            saw = {"given": "there", "due": "missing", "wrong": "refused"}[one.status]
            evidence = {"title": one.title, "reason": one.problem}
            yield Seen(one.path, saw, f"{one.title}: {one.problem or saw}.", evidence)


def papers_in_date(facts: Facts, known: Known) -> Iterator[Seen]:
    """None has ended, none was older than the market takes when it came."""
    for paper in facts.papers:
        if paper.status == "refused":
            continue
        saw, words = _dated(facts.country, paper, known)
        at = f"documents.{paper.kind}" + (f".{paper.owner}" if paper.owner else "")
        yield Seen(at, saw, words, {"title": _title(facts.country, paper.kind)})


def complete(facts: Facts, known: Known) -> Iterator[Seen]:
    """Nothing is missing or wrong that is asked in words."""
    lacking = [one for one in requirements(facts) if one.status != "given" and one.kind != "paper"]
    if not lacking:
        yield Seen("application", "complete", "Everything asked was given.")
    for one in lacking[:20]:
        words = f"{one.title}: {one.problem or 'missing.'}"
        yield Seen(
            one.path,
            "incomplete",
            words,
            {"title": one.title, "problem": one.problem or "this is missing."},
        )


def ends_soon(paper: Paper, today: datetime.date, days: int = SOON_DAYS) -> bool:
    """Whether a paper ends within so many days, or has ended."""
    end = paper.expires_on
    return end is not None and end <= today + datetime.timedelta(days=days)


def _dated(country: str, paper: Paper, known: Known) -> tuple[str, str]:
    today = known.today
    if paper.expires_on is not None and paper.expires_on < today:
        return "ended", f"It ended on {paper.expires_on}."
    months = _months(country, paper.kind)
    # It was young enough when it came: it is not asked for again for growing old with us.
    oldest = (paper.received_on or today) - datetime.timedelta(days=months * DAYS_A_MONTH)
    if months and paper.issued_on is not None and paper.issued_on < oldest:
        return "old", f"Issued on {paper.issued_on}; at most {months} months are taken."
    if paper.issued_on is not None and paper.issued_on > known.tomorrow:
        return "ended", f"Issued on {paper.issued_on}, which is still to come."
    if ends_soon(paper, today):
        return "ends_soon", f"It ends on {paper.expires_on}."
    return "in_date", "In date." if paper.expires_on or paper.issued_on else "No date was read."


def _months(country: str, kind: str) -> int:
    try:
        return markets.document(country, kind).months
    except KeyError:
        return 0


def _title(country: str, kind: str) -> str:
    try:
        return markets.document(country, kind).title
    except KeyError:
        return kind


CHECKS = {
    "papers_there": papers_there,
    "papers_in_date": papers_in_date,
    "complete": complete,
}
