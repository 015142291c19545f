"""What owners change about single sign-on, done at once or by two people.

It is the organisation's, and each of its businesses may want a second person for it: the first that
does is asked, and the proposal waits there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.notices import second_person, sign_on
from merchants import proposals, team
from merchants.models import Business, Mode, User
from merchants.organisations.models import Organisation
from merchants.people import Proposal
from merchants.proposals import Kind, Payload
from merchants.sso import domains, services

KIND = "sso.change"
SET_UP, WELCOME, SWITCH, REMOVE, DOMAIN = "set_up", "welcome", "switch", "remove", "domain"
TITLES = {
    SET_UP: _("Set up the provider"),
    WELCOME: _("Change who is let in"),
    SWITCH: _("Switch it on or off"),
    REMOVE: _("Take it away"),
    DOMAIN: _("Give an e-mail domain up"),
}
Deed = Callable[[Organisation, User, Mapping[str, Any]], object]


def register() -> None:
    """Make the deed known; the portal does so when it starts. Doing it asks the provider."""
    proposals.register(Kind(KIND, _("Change of single sign-on"), team.CHANGE, _run, wire=True))


def wish(organisation: Organisation, by: User, deed: str, given: Mapping[str, Any]) -> str:
    """Do a deed, or propose it; returns what to tell who wished it. Raises Problem."""
    business = _asking(organisation)
    if business is None:
        _do(organisation, by, deed, given)
        return gettext("Saved")
    services.check_owner(organisation, by)
    payload = {"organisation": organisation.shown, "deed": deed, "given": dict(given)}
    merchant = business.merchants.get(mode=Mode.TEST)
    second_person.propose(
        merchant, by, KIND, payload, once=f"sso:{ids.new().hex}", facts=_facts(deed, given)
    )
    said = gettext("Nothing has happened yet: a second person at %(business)s decides now")
    return said % {"business": business}


def lines(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a proposal would do, line by line."""
    title = str(TITLES.get(facts.get("deed", ""), facts.get("deed", "")))
    shown = [(name, value) for name, value in facts.items() if name != "deed" and value]
    return [
        (gettext("Single sign-on"), title),
        *((_word(name), str(value)) for name, value in shown),
    ]


def _asking(organisation: Organisation) -> Business | None:
    """The first business of the organisation that wants a second person for this."""
    rows = organisation.businesses.filter(second_person__has_key=KIND)
    return rows.order_by("id").first()


def _facts(deed: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """What people read of it; the secret is not among it."""
    open_ones = ("issuer", "client_id", "role", "domain")
    facts = {name: given[name] for name in open_ones if given.get(name)}
    if deed == SWITCH:
        facts["state"] = "only" if given["only"] else "on" if given["on"] else "off"
    return {"deed": deed, **facts}


def _word(name: str) -> str:
    words = {
        "issuer": _("Issuer"), "client_id": _("Client id"), "role": _("Role"),
        "domain": _("E-mail domain"), "state": _("State"),
    }  # fmt: skip
    return str(words.get(name, name))


def _run(row: Proposal, payload: Payload) -> Mapping[str, Any]:
    """As who proposed it, who must still be an owner of the organisation."""
    organisation = Organisation.objects.filter(pk=ids.read("org", payload["organisation"])).first()
    if organisation is None or row.made_by is None:
        raise Problem("not_found", "The organisation is gone.")
    _do(organisation, row.made_by, payload["deed"], payload["given"])
    return {"deed": payload["deed"]}


def _do(organisation: Organisation, by: User, deed: str, given: Mapping[str, Any]) -> None:
    _DEEDS[deed](organisation, by, given)
    with translation.override("en"):
        title = str(TITLES[deed])
    sign_on.tell_owners(organisation, "sso_changed", who=by.get_short_name(), deed=title)


def _give_up(organisation: Organisation, by: User, given: Mapping[str, Any]) -> None:
    services.check_owner(organisation, by)
    domains.remove(organisation, by, given["domain"])


_DEEDS: dict[str, Deed] = {
    SET_UP: lambda one, by, given: services.set_up(
        one, by, given["issuer"], given["client_id"], given["secret"]
    ),
    WELCOME: lambda one, by, given: services.welcome(one, by, given["role"], given["businesses"]),
    SWITCH: lambda one, by, given: services.switch(one, by, given["on"], given["only"]),
    REMOVE: lambda one, by, given: services.remove(one, by),
    DOMAIN: _give_up,
}
