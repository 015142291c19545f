"""The questions of a step, made of what the market asks (`kyc.requirements`) and of its facts.

No question here knows a country: which numbers, fields and papers there are is the market's data.
What may be said but need not be is added where it belongs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from acquiring.portal.business import choices, facts_at
from acquiring.portal.business.facts_at import Looks
from merchants.kyc import addresses, banks, industries, markets
from merchants.kyc.facts import Facts
from merchants.kyc.records import Field, Market
from merchants.kyc.requirements import Requirement, Step, requirements

OPTIONAL: dict[str, str | Promise] = {
    "trading_name": _("Trading name"),
    "city": _("Town"),
    "line2": _("Floor, unit, building"),
    "native_name": _("Name in its own script"),
    "title": _("Position"),
    "phone": _("Phone"),
    "email": _("E-mail"),
    "roles": _("What are they to the business?"),
    "share": _("Share"),
    "through": _("Held through"),
    "same_address": _("We work at this address"),
}
ADDRESS = ("line1", "line2", "postal_code", "city", "region", "country")
WIDE = {"legal_name", "description", "line1", "website", "mcc", "channels", "markets", "roles"}
WIDE |= {"same_address", "politically_exposed", "customers", "iban", "licences"}
MONO = {"identifiers", "fields"}
COMPLETE = {
    "legal_name": "organization",
    "phone": "tel",
    "email": "email",
    "website": "url",
    "birth_date": "bday",
    "line1": "address-line1",
    "line2": "address-line2",
    "city": "address-level2",
    "region": "address-level1",
    "postal_code": "postal-code",
    "country": "country",
}


class Question(NamedTuple):
    """One field as it is drawn. `path` is its name in the form; `status` that of the requirement,
    "" where nothing is required; `problem` what is wrong in the source's English.
    """

    path: str
    title: str | Promise
    look: Looks
    value: Any = ""
    status: str = ""
    problem: str = ""
    hint: str = ""
    example: str = ""
    options: tuple[tuple[str, Any], ...] = ()
    unit: str = ""
    label: str = ""  # what a combobox shows for its value
    warning: str = ""  # what follows from the answer, in the source's English
    complete: str = ""

    @property
    def id(self) -> str:
        """Its id on the page, which links in a summary of mistakes lead to."""
        return "q-" + self.path.replace(".", "-")

    @property
    def leaf(self) -> str:
        """The last name of the path."""
        return self.path.rpartition(".")[2]

    @property
    def wide(self) -> bool:
        """Whether it takes the whole line."""
        return bool(WIDE & set(self.path.split("."))) or self.look in {"area", "ticks", "combo"}

    @property
    def mono(self) -> bool:
        """Whether it is a number whose characters one compares."""
        return bool(MONO & set(self.path.split(".")))

    @property
    def optional(self) -> bool:
        """Whether it may stay empty."""
        return not self.status and self.look != "same"

    @property
    def open(self) -> bool:
        """Whether something is asked here still."""
        return self.status in {"due", "wrong"}


class Group(NamedTuple):
    """Questions under one heading."""

    title: str | Promise
    questions: tuple[Question, ...]
    lead: str | Promise = ""


class Asking:
    """The questions about one application, from one look at its requirements."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.asked: dict[str, Requirement] = {one.path: one for one in requirements(facts)}

    @property
    def market(self) -> Market:
        """What the business's country asks."""
        return markets.market(self.facts.country)

    def of_step(self, step: Step) -> list[Requirement]:
        """What a step asks, in its order."""
        return [one for one in self.asked.values() if one.step == step]

    def groups(self, step: Step, of: str = "") -> list[Group]:
        """The groups of a step; of one person or bank account where `of` names it."""
        made = {
            "company": self._company,
            "activity": self._activity,
            "people": lambda: self._person(of),
            "accounts": lambda: self._account(of),
            "send": self._consents,
        }
        return [one for one in made[step]() if one.questions]

    def _company(self) -> Iterator[Group]:
        at, market = "company", self.market
        given = self.facts.company.identifiers
        entity = market.entities.get(self.facts.entity or "company")
        keys = [*entity.identifiers, *entity.optional] if entity else list(given)
        yield Group(
            _("The business"),
            self._some(
                f"{at}.legal_name", f"{at}.trading_name",
                *(f"{at}.identifiers.{key}" for key in keys),
                *self._if_asked(f"{at}.formed_on"),
            ),
        )  # fmt: skip
        registered = self._address(f"{at}.registered_address")
        yield Group(_("Registered address"), (*registered, self.question(facts_at.SAME)))
        if self.facts.company.operating_address is not None:
            yield Group(_("Address of work"), self._address(f"{at}.operating_address"))
        yield Group(_("How we reach you"), self._some(f"{at}.phone"))

    def _activity(self) -> Iterator[Group]:
        at, said = "activity", self.facts.activity
        licences = industries.licences_asked(said.mcc, self.facts.country)
        yield Group(
            _("Goods and services"),
            self._some(
                f"{at}.description", f"{at}.mcc",
                *(f"{at}.licences.{one.key}" for one in licences),
                f"{at}.channels", *self._if_asked(f"{at}.website"),
            ),
        )  # fmt: skip
        yield Group(
            _("To whom"),
            self._some(f"{at}.customers", f"{at}.delivery_days", f"{at}.markets"),
        )
        yield Group(
            _("How much"),
            self._some(
                f"{at}.currency", f"{at}.monthly_volume", f"{at}.average_payment",
                f"{at}.largest_payment",
            ),
            _("An honest guess is enough. Your limits begin here and grow with you."),
        )  # fmt: skip

    def _person(self, shown: str) -> Iterator[Group]:
        at = f"people.{shown}"
        party = next((one for one in self.facts.people if one.id == shown), None)
        if party is None:
            return
        person = party.kind == "person"
        own = ["name", "native_name"] + (["birth_date", "nationality"] if person else [])
        own += [] if person else ["registration_country"]
        entity = self.market.entities.get(self.facts.entity or "company")
        keys = entity.person_identifiers if entity and person else ()
        own += [f"identifiers.{key}" for key in keys]
        numbers = f"{at}.identifiers."  # of a company: as its own country knows it
        own += (
            []
            if person
            else [path.removeprefix(f"{at}.") for path in self.asked if path.startswith(numbers)]
        )
        own += ["email", "phone"] if person else []
        yield Group(
            _("Place in the business"),
            self._some(*(f"{at}.{name}" for name in self._standing(party))),
        )
        yield Group(
            _("Who this is") if person else _("Which company this is"),
            self._some(*(f"{at}.{name}" for name in own)),
        )
        title = _("Home address") if person else _("Registered address")
        yield Group(title, self._address(f"{at}.address"))
        if person:
            yield Group("", self._some(f"{at}.politically_exposed"))

    def _standing(self, party: Any) -> list[str]:
        """What is asked about someone's place in the business."""
        companies = [one for one in self.facts.people if one.kind == "company" and one != party]
        owns = f"people.{party.id}.share" in self.asked or party.share is not None
        names = ["roles", "title"] if party.kind == "person" else []
        names += ["share"] if owns else []
        return names + (["through"] if owns and companies else [])

    def _account(self, shown: str) -> Iterator[Group]:
        at = f"accounts.{shown}"
        account = next((one for one in self.facts.accounts if one.id == shown), None)
        if account is None:
            return
        keys = banks.fields(account.country, account.fields) if account.country else {}
        yield Group(
            "",
            self._some(
                f"{at}.currency", f"{at}.country", f"{at}.holder",
                *(f"{at}.fields.{key}" for key in keys),
            ),
        )  # fmt: skip

    def _consents(self) -> Iterator[Group]:
        yield Group("", tuple(self.question(one.path) for one in self.of_step("send")))

    def _address(self, at: str) -> tuple[Question, ...]:
        """The parts an address has in its country, in the order they are written."""
        form = self._form(at)
        has = [
            name
            for name in ADDRESS
            if name in {"line1", "line2", "country", *form.asked}
            or facts_at.read(self.facts, f"{at}.{name}")
        ]
        return tuple(
            one._replace(example=form.example) if one.leaf == "postal_code" else one
            for one in self._some(*(f"{at}.{name}" for name in has))
        )

    def _if_asked(self, *paths: str) -> list[str]:
        return [path for path in paths if path in self.asked]

    def _some(self, *paths: str) -> tuple[Question, ...]:
        return tuple(self.question(path) for path in paths)

    def question(self, path: str) -> Question:
        """One question by its path."""
        asked = self.asked.get(path)
        look = facts_at.look(path, asked.kind if asked else "")
        hint, example = self._help(path)
        value = facts_at.read(self.facts, path)
        return Question(
            path,
            self._title(path, asked),
            look,
            value if value not in (None, "", ()) else choices.guess(self.facts, path),
            asked.status if asked else self._own_status(path, value),
            asked.problem if asked else "",
            hint,
            example,
            choices.options(self.facts, path, look),
            choices.unit(self.facts, path, look),
            choices.label(path, value),
            choices.warning(self.facts, path, value),
            COMPLETE.get(path.rpartition(".")[2], ""),
        )

    def _own_status(self, path: str, value: Any) -> str:
        """What is needed though no requirement says so yet: everybody is something to the business,
        and an address has its country's parts as soon as the guessed country is saved with it.
        """
        at, _dot, leaf = path.rpartition(".")
        needed = leaf == "roles" or (at.endswith("address") and leaf in self._form(at).asked)
        return ("given" if value else "due") if needed else ""

    def _form(self, at: str) -> addresses.Form:
        """How an address is written in its country, or in the business's."""
        country = facts_at.read(self.facts, f"{at}.country") or self.facts.country
        return addresses.form(str(country))

    def _title(self, path: str, asked: Requirement | None) -> str | Promise:
        if asked:
            return asked.title
        leaf = path.rpartition(".")[2]
        if ".identifiers." in path and leaf in self.market.identifiers:
            return self.market.identifiers[leaf].title
        if leaf in {"region", "postal_code"}:
            form = self._form(path.rpartition(".")[0])
            return form.region if leaf == "region" else form.code
        if ".fields." in path:
            return self._field(path).title
        return OPTIONAL[leaf]

    def _help(self, path: str) -> tuple[str, str]:
        """The hint and the example that the market's data give for a number."""
        leaf = path.rpartition(".")[2]
        if ".identifiers." in path and leaf in self.market.identifiers:
            row = self.market.identifiers[leaf]
            return row.hint, row.example
        if ".fields." in path:
            field = self._field(path)
            return field.hint, field.example
        return "", ""

    def _field(self, path: str) -> Field:
        """What the bank's country says of one field of an account."""
        shown, leaf = path.split(".")[1], path.rpartition(".")[2]
        account = next(one for one in self.facts.accounts if one.id == shown)
        return banks.fields(account.country, account.fields)[leaf]
