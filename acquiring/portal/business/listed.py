"""What the steps with lists show: people and who owns what, bank accounts, papers, everything."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from django.utils.translation import gettext, pgettext

from acquiring.notices import words as notices
from acquiring.portal.business import choices, steps
from acquiring.portal.business.facts_at import typed
from acquiring.portal.business.questions import Asking, Question
from acquiring.portal.business.visits import Visit
from acquiring.portal.business.words import say
from merchants.kyc import banks, markets, ownership
from merchants.kyc.facts import Account, Paper, Party
from merchants.kyc.records import Document
from merchants.kyc.requirements import Requirement, Step
from merchants.onboarding import sealed


class Person(NamedTuple):
    """A person or company as a card; `open` is how many pieces are still asked."""

    party: Party
    name: str
    roles: list[str]
    share: str  # of the whole business, through all companies
    through: str
    wrong: int
    due: int

    @property
    def complete(self) -> bool:
        """Whether nothing is open."""
        return not self.wrong and not self.due


class Holding(NamedTuple):
    """Someone in the picture of ownership, with those who hold them."""

    name: str
    kind: str
    share: str  # what is held directly
    width: int
    whole: str  # of the business, where that is another figure
    reached: bool  # is a beneficial owner
    above: list[Any]


class Bank(NamedTuple):
    """A bank account as a card."""

    account: Account
    number: str
    bank: str  # what the bank is called, where the number tells it
    wrong: int
    due: int

    @property
    def complete(self) -> bool:
        """Whether nothing is open."""
        return not self.wrong and not self.due


class Slot(NamedTuple):
    """A place for one paper: what is asked, and what was handed in there, the newest last."""

    asked: Requirement
    title: str
    kind: str
    owner: str
    side: int
    sides: int
    hint: str
    months: int
    expires: bool
    papers: list[Paper]

    @property
    def id(self) -> str:
        """Its id on the page."""
        return "q-" + self.asked.path.replace(".", "-")


class Holder(NamedTuple):
    """Whose papers are asked: the business's own, or a person's."""

    name: str
    slots: list[Slot]


class Told(NamedTuple):
    """One answer as it is read once more before sending."""

    title: str
    value: str
    status: str
    problem: str


def parts(visit: Visit, step: Step) -> dict[str, Any]:
    """What a step shows besides its questions."""
    asking = visit.asking
    if step == "people":
        open_ones = [one for one in asking.of_step(step) if one.path.count(".") < 2]
        return {
            "people": people(asking),
            "holdings": holdings(asking),
            "lacking": [one for one in open_ones if one.status != "given"],
            "line": line(asking),
        }
    if step == "accounts":
        taken = {one.currency for one in asking.facts.accounts}
        offered = choices.options_of_currency(asking.facts)
        currencies = [one for one in offered if one[0] not in taken]
        return {"accounts": accounts(asking), "currencies": currencies}
    if step == "documents":
        return {"holders": papers(asking)}
    return {"review": review(visit)} if step == "send" else {}


def people(asking: Asking) -> list[Person]:
    """The people and companies that were named, in their order."""
    shares = ownership.effective(asking.facts)
    names = {one.id: one.name for one in asking.facts.people}
    titles = choices.roles()
    return [
        Person(
            one,
            one.name or (gettext("A company") if one.kind == "company" else gettext("A person")),
            [titles[role] for role in one.roles],
            percent(shares[one.id]) if "owner" in one.roles and one.share else "",
            names.get(one.through, ""),
            *_open(asking, f"people.{one.id}."),
        )
        for one in asking.facts.people
    ]


def holdings(asking: Asking) -> list[Holding]:
    """Who holds the business, and who holds those: the first of each chain."""
    facts = asking.facts
    shares = ownership.effective(facts)
    reached = set(ownership.beneficial(facts, asking.market.owner_line))

    def above(through: str, seen: frozenset[str]) -> list[Holding]:
        held = [one for one in facts.people if one.through == through and one.share]
        return [
            Holding(
                one.name or gettext("Not named yet"),
                one.kind,
                percent(Fraction(one.share or 0, ownership.WHOLE)),
                round((one.share or 0) / 100),
                percent(shares[one.id]) if through else "",
                one.id in reached,
                above(one.id, seen | {one.id}) if one.id not in seen else [],
            )
            for one in held
        ]

    return above("", frozenset())


def line(asking: Asking) -> str:
    """Who is to be named, by the country's line, as a sentence."""
    row = asking.market.owner_line
    share = {"share": percent(Fraction(row.basis_points, ownership.WHOLE))}
    if row.more_than:
        words = gettext(
            "Everyone who holds more than %(share)s, whoever runs the business, and one person who "
            "signs for it. Companies are named too, with the people behind them."
        )
    else:
        words = gettext(
            "Everyone who holds %(share)s or more, whoever runs the business, and one person who "
            "signs for it. Companies are named too, with the people behind them."
        )
    return words % share


def accounts(asking: Asking) -> list[Bank]:
    """The bank accounts, with the end of each number."""
    return [
        Bank(one, _number(one), banks.bank_name(one), *_open(asking, f"accounts.{one.id}."))
        for one in asking.facts.accounts
    ]


def papers(asking: Asking) -> list[Holder]:
    """What is asked in paper, by whose it is: the business's first."""
    found: dict[str, list[Slot]] = {}
    for one in asking.of_step("documents"):
        slot = _slot(asking, one)
        found.setdefault(slot.owner, []).append(slot)
    names = {one.id: one.name for one in asking.facts.people}
    business = asking.facts.company.legal_name
    return [Holder(names.get(owner, business), slots) for owner, slots in found.items()]


def review(visit: Visit) -> list[tuple[steps.Stage, list[tuple[str, str, list[Told]]]]]:
    """Everything that was said, by step, to be read once more."""
    asking = visit.asking
    made: list[tuple[steps.Stage, list[tuple[str, str, list[Told]]]]] = []
    for stage in steps.stages(asking)[:-1]:
        at = visit.at("step", stage.key)
        if stage.key == "people":
            every = [
                (one.name, visit.at("person", one.party.id), _own(visit, stage.key, one.party.id))
                for one in people(asking)
            ]
        elif stage.key == "accounts":
            every = [
                (" · ".join(filter(None, (one.account.currency, one.bank))),
                 visit.at("account", one.account.id),
                 _own(visit, stage.key, one.account.id))
                for one in accounts(asking)
            ]  # fmt: skip
        elif stage.key == "documents":
            every = [(one.name, at, [_handed_in(slot) for slot in one.slots])
                     for one in papers(asking)]  # fmt: skip
        else:
            every = [("", at, _told(asking, stage.key))]
        made.append((stage, every))
    return made


def _own(visit: Visit, step: Step, of: str) -> list[Told]:
    """What was said of a person or an account, for those who may change it."""
    return _told(visit.asking, step, of) if visit.allowed else []


def percent(share: Fraction) -> str:
    """A share of 1 as people write it."""
    return f"{ownership.percent(share)}%"


def said(one: Question) -> str:
    """An answer in words: the title of what was chosen, the figure with its unit."""
    titles = dict(one.options)
    value = one.value
    if value in (None, "", ()):
        return ""
    if one.look in {"yes_no", "same"}:
        return gettext("Yes") if value else gettext("No")
    if isinstance(value, tuple):
        return pgettext("list", ", ").join(str(titles.get(each, each)) for each in value)
    return str(titles.get(value, one.label or value))


def figure(one: Question) -> str:
    """A figure with its unit: `20,000.00 SGD`, `60%`, `3 days`."""
    if one.value in (None, ""):
        return ""
    if one.look == "money":
        return notices.money(one.value, one.unit)
    gap = "" if one.unit == "%" else " "
    return f"{typed(one.value, one.look, one.unit)}{gap}{one.unit}"


def _told(asking: Asking, step: Step, of: str = "") -> list[Told]:
    rows = []
    for group in asking.groups(step, of):
        for one in group.questions:
            known = one.status in {"given", "wrong"} or (not one.status and one.value)
            text = figure(one) if one.look in {"money", "percent", "days"} else said(one)
            if known or one.status:
                shown = text if known else ""
                rows.append(Told(say(str(one.title)), shown, one.status, say(one.problem)))
    return rows


def _handed_in(slot: Slot) -> Told:
    words = gettext("handed in") if slot.asked.status == "given" else ""
    return Told(slot.title, words, slot.asked.status, say(slot.asked.problem))


def _slot(asking: Asking, one: Requirement) -> Slot:
    names = one.path.split(".")[1:]
    kind = names[0]
    owner = next((name for name in names[1:] if name.startswith("per_")), "")
    side = next((int(name) for name in names[1:] if name.isdigit()), 1)
    row: Document = markets.document(asking.facts.country, kind)
    handed = [
        paper
        for paper in asking.facts.papers
        if (paper.kind, paper.owner, paper.side) == (kind, owner, side)
    ]
    title, hint = say(row.title), say(row.hint)
    return Slot(one, title, kind, owner, side, row.sides, hint, row.months, row.expires, handed)


def _number(account: Account) -> str:
    end = sealed.last4(account)
    return f"···· {end}" if end else ""


def _open(asking: Asking, at: str) -> tuple[int, int]:
    asked = [one for one in asking.asked.values() if one.path.startswith(at)]
    return sum(one.status == "wrong" for one in asked), sum(one.status == "due" for one in asked)
