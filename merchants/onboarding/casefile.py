"""Everything about one application that a reviewer reads, put in order. For the admin only.

Nothing here is for merchants: hits, findings, notes and look-alikes would tell those who are looked
at that they are.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

import msgspec

from acquiring import catalogue
from acquiring.core import ids
from acquiring.core.models import PLATFORM, AuditEntry
from acquiring.core.money import Money, is_currency
from merchants.kyc import banks, checks, industries, ownership
from merchants.kyc import facts as kyc_facts
from merchants.kyc import requirements as kyc
from merchants.kyc.facts import Facts
from merchants.models import User
from merchants.onboarding import events, queries, traits
from merchants.onboarding.models import Application, Finding, Note, Task, Trait, Verdict

MOST_LINES = 300  # of history
MOST_ALIKE = 50
MOST_TRAITS = 500
WORST_FIRST = ("fail", "error", "review", "ask", "pass")
AMOUNTS = frozenset({"monthly_volume", "average_payment", "largest_payment"})
COUNTRIES = frozenset({"country", "nationality", "registration_country", "markets"})
ELSEWHERE = frozenset({"saw", "others"})
UNSAID = frozenset({"id", "kind", "roles"})  # what the heading of a section says already


class Line(NamedTuple):
    """One thing that was said, and what `requirements` thinks of it."""

    title: str
    value: str
    path: str
    problem: str = ""


class Section(NamedTuple):
    """A part of the application: the company, its activity, a person, an account."""

    key: str  # company, activity, accounts, people
    title: str
    about: str
    lines: list[Line]


class Seen(NamedTuple):
    """A finding, what it is about in words, and what was compared."""

    row: Finding
    title: str
    about: str
    words: str
    evidence: list[tuple[str, str]]


class Group(NamedTuple):
    """Findings of one result."""

    result: str
    findings: list[Seen]


class LookAlike(NamedTuple):
    """Another application, and what it has in common with this one."""

    application: Application
    shared: list[str]  # kinds of `Trait`, in words


class Moment(NamedTuple):
    """Something that happened."""

    at: datetime
    what: str
    who: str
    words: str
    kind: str  # audit, verdict, note, task


def sections(said: Facts) -> list[Section]:
    """What was said, as a person reads it, people and accounts one by one."""
    asked = {one.path: one for one in kyc.requirements(said)}
    plain = kyc_facts.plain(said)
    currency = said.activity.currency
    made = [
        Section("company", "Company", said.entity.replace("_", " "),
                list(_lines(plain.get("company", {}), "company", asked, currency))),
        Section("activity", "Activity", "",
                list(_lines(plain.get("activity", {}), "activity", asked, currency))),
    ]  # fmt: skip
    for account in said.accounts:
        values = msgspec.to_builtins(account)
        made.append(Section(
            "accounts", f"Bank account in {account.currency or 'no currency yet'}",
            banks.bank_name(account),
            list(_lines(values, f"accounts.{account.id}", asked, currency)),
        ))  # fmt: skip
    for party in said.people:
        values = msgspec.to_builtins(party)
        about = ", ".join([party.kind, *party.roles])
        lines = list(_lines(values, f"people.{party.id}", asked, currency, _names(said)))
        made.append(Section("people", party.name or "Unnamed", about, lines))
    return made


def groups(application: Application, said: Facts, others: Iterable[LookAlike] = ()) -> list[Group]:
    """The latest look's findings, the worst first; the same words about several stand once."""
    titles = {key: row.title for key, row in checks.table().items()}
    named = place_names(said)
    known = {one.application.shown: str(one.application.business) for one in others}
    alike: dict[tuple[str, str, str], list[Finding]] = defaultdict(list)
    for finding in queries.findings(application):
        alike[finding.result, finding.check_name, finding.words].append(finding)
    by_result: dict[str, list[Seen]] = defaultdict(list)
    for (result, check, words), found in alike.items():
        abouts = [place(one.subject, named) for one in found]
        for shown, name in known.items():
            words = words.replace(shown, name)
        seen = Seen(found[0], titles.get(check, check), ", ".join(abouts), words, _seen(found[0]))
        by_result[result].append(seen)
    return [Group(result, by_result[result]) for result in WORST_FIRST if by_result[result]]


def place_names(said: Facts) -> dict[str, str]:
    """What people, accounts and papers of an application are called, by their ids."""
    named = {party.id: party.name or "unnamed" for party in said.people}
    named |= {account.id: f"{account.currency} account" for account in said.accounts}
    return named | {paper.id: paper.kind.replace("_", " ") for paper in said.papers}


def place(path: str, named: Mapping[str, str]) -> str:
    """A path as a person says it: `people.per_….birth_date` is `Nora Nordlicht: birth date`."""
    parts = [named.get(one, one.replace("_", " ")) for one in path.split(".")]
    if len(parts) > 1 and parts[0] in {"people", "accounts", "company", "activity", "documents"}:
        parts = parts[1:]
    return ": ".join([parts[0], " ".join(parts[1:])]) if len(parts) > 1 else parts[0]


def look_alikes(application: Application) -> list[LookAlike]:
    """Applications of others that share an identifier, account, person, website or phone."""
    own = list(Trait.objects.filter(application=application).values_list("kind", "digest"))
    shared: dict[Application, list[str]] = defaultdict(list)
    for trait in traits.of_others(application, own)[:MOST_TRAITS]:
        shared[trait.application].append(trait.kind.replace("_", " "))
    return [
        LookAlike(other, sorted(set(found))) for other, found in list(shared.items())[:MOST_ALIKE]
    ]


def history(application: Application) -> list[Moment]:
    """What happened, the latest first: the audit log, verdicts, notes and answers."""
    moments = [
        *_audited(application), *_decided(application), *_noted(application),
        *_answered(application),
    ]  # fmt: skip
    names = people({moment.who for moment in moments})
    named = [moment._replace(who=names.get(moment.who, moment.who)) for moment in moments]
    return sorted(named, key=lambda moment: moment.at, reverse=True)[:MOST_LINES]


def notes(application: Application) -> list[Moment]:
    """What colleagues wrote down, the latest first."""
    found = list(_noted(application))
    names = people({moment.who for moment in found})
    return [moment._replace(who=names.get(moment.who, moment.who)) for moment in found]


def people(actors: set[str]) -> dict[str, str]:
    """The names behind actors of the audit log that are people."""
    shown = {actor: actor.partition(":")[2] for actor in actors}
    known = {actor: ids.read("usr", one) for actor, one in shown.items() if one.startswith("usr_")}
    rows = User.objects.filter(pk__in=known.values())
    names = {user.pk: user.name or user.email for user in rows}
    return {actor: names[key] for actor, key in known.items() if key in names}


def _seen(finding: Finding) -> list[tuple[str, str]]:
    """What was compared, but for what stands elsewhere on the page."""
    return [
        (name.replace("_", " "), _plain(value))
        for name, value in finding.evidence.items()
        if name not in ELSEWHERE and value not in ("", [], {}, None)
    ]


def _lines(
    values: Mapping[str, Any],
    at: str,
    asked: Mapping[str, kyc.Requirement],
    currency: str,
    names: Mapping[str, str] | None = None,
) -> Iterator[Line]:
    for name, value in values.items():
        path = f"{at}.{name}"
        if isinstance(value, dict):
            yield from _lines(value, path, asked, currency, names)
        elif name not in UNSAID and value not in (None, "", [], ()):
            row = asked.get(path)
            title = row.title if row else name.replace("_", " ").capitalize()
            wrong = row.problem if row else ""
            yield Line(title, _shown(name, value, currency, names or {}), path, wrong)


def _shown(name: str, value: Any, currency: str, names: Mapping[str, str]) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(_shown(name, one, currency, names) for one in value)
    if name in COUNTRIES and value in catalogue.countries():
        return f"{catalogue.countries()[value].name} ({value})"
    if name in AMOUNTS and is_currency(currency):
        return amount(value, currency)
    if name == "mcc" and value in industries.industries():
        return f"{value} {industries.industries()[value].title}"
    if name == "share":
        return f"{ownership.percent(Fraction(value, ownership.WHOLE))} %"
    if name == "through":
        return names.get(value, str(value))
    return str(value)


def amount(minor: int, currency: str) -> str:
    """An amount as a person reads it: `20,000.00 GBP`."""
    whole, point, rest = Money(minor, currency).major().partition(".")
    return f"{int(whole):,}{point}{rest} {currency}"


def _names(said: Facts) -> dict[str, str]:
    return {party.id: party.name for party in said.people}


def _audited(application: Application) -> Iterator[Moment]:
    subjects = [application.shown, ids.show("biz", application.business_id)]
    subjects += [document.shown for document in application.documents.only("id")]
    rows = AuditEntry.objects.filter(
        merchant_id__in=[PLATFORM, events.listener(application)], subject__in=subjects
    ).order_by("-id")[:MOST_LINES]
    for row in rows:
        yield Moment(row.created_at, row.action.replace("_", " ").replace(".", ": "),
                     row.actor, _changes(row.changes), "audit")  # fmt: skip


def _decided(application: Application) -> Iterator[Moment]:
    for verdict in Verdict.objects.filter(application=application).order_by("-id")[:50]:
        rules = [rule["words"] for rule in verdict.rules if isinstance(rule, dict)]
        words = " · ".join([verdict.reason, *rules] if verdict.reason else rules)
        what = f"verdict: {verdict.outcome}, {verdict.tier}"
        yield Moment(verdict.created_at, what, verdict.by, words, "verdict")


def _noted(application: Application) -> Iterator[Moment]:
    for note in Note.objects.filter(application=application).order_by("-id")[:100]:
        yield Moment(note.created_at, "note", note.by, note.words, "note")


def _answered(application: Application) -> Iterator[Moment]:
    tasks = Task.objects.filter(application=application).exclude(answer="").order_by("-id")[:100]
    for task in tasks:
        if task.answered_at:
            words = f"{task.words} — {task.answer}"
            yield Moment(task.answered_at, "answer", "the merchant", words, "task")


def _changes(changes: Mapping[str, Any]) -> str:
    def one(value: Any) -> str:
        if isinstance(value, list) and len(value) == 2:
            return f"{value[0]} → {value[1]}"
        return _plain(value)

    return "; ".join(f"{name}: {one(value)}" for name, value in changes.items())[:600]


def _plain(value: Any) -> str:
    """A value of JSON as a person reads it."""
    if isinstance(value, dict):
        return ", ".join(f"{name} {_plain(below)}" for name, below in value.items())
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    return str(value)
