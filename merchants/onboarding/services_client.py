"""The outside services of onboarding: one small contract, spoken over HTTP.

`ONBOARDING_SERVICES_URL` names whoever speaks it: an adapter to a register, a bank's verification
of payee, an identity provider; in the sandbox a simulator. Each is a POST of JSON with a bearer
token:

- `/register` {country, entity, identifiers, legal_name} → {found, name, status, formed_on}
- `/website` {url, names} → {status, html}; status 0 when it does not answer
- `/bank_account` {country, currency, holder, fields} → {answer: match|close|differs|unknown}
- `/identity` {country, name, birth_date, nationality, identifiers} → {proved, reason}

200 is an answer. 404 says that the service has no such look-up: it is as good as off. Everything
else, and silence, is `away`: it is asked again. Without the setting the website is fetched here and
the others are `off`.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
import structlog
from django.conf import settings

from acquiring.core import http, shapes
from merchants.kyc.checks.records import Holder, Identity, Register, State, Website
from merchants.kyc.facts import Account, Facts, Party
from merchants.onboarding import websites

CONNECT_SECONDS = 3
TOTAL_SECONDS = 15
Answer = TypeVar("Answer")
Said = TypeVar("Said", Register, Holder, Identity)

log = structlog.get_logger("merchants.onboarding")


class WebsiteAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a website sent; status 0 when it did not answer."""

    status: int
    html: str = ""


class Unheard(Exception):  # noqa: N818 (a fact, not a fault)
    """There was no answer; `state` says whether there could be one later."""

    def __init__(self, state: State) -> None:
        self.state = state
        super().__init__(state)


shapes.prepare(Register, WebsiteAnswer, Holder, Identity)


def register(facts: Facts) -> Register:
    """What the register of companies says of the business."""
    question = {
        "country": facts.country,
        "entity": facts.entity,
        "identifiers": facts.company.identifiers,
        "legal_name": facts.company.legal_name,
    }
    return _heard("register", question, Register)


def website(facts: Facts) -> Website:
    """What the website shows."""
    url = facts.activity.website
    if not settings.ONBOARDING_SERVICES_URL:
        return websites.fetch(url)
    called = [one for one in (facts.company.legal_name, facts.company.trading_name) if one]
    try:
        answer = _ask("website", {"url": url, "names": called}, WebsiteAnswer)
    except Unheard as silence:
        return websites.fetch(url) if silence.state == "off" else Website(state="away")
    return websites.read(answer.status, answer.html)


def holder(account: Account) -> Holder:
    """What the bank says of the account's holder."""
    question = {
        "country": account.country,
        "currency": account.currency,
        "holder": account.holder,
        "fields": account.fields,
    }
    return _heard("bank_account", question, Holder)


def identity(party: Party, country: str) -> Identity:
    """Whether a person is who they say."""
    question = {
        "country": country,
        "name": party.name,
        "birth_date": party.birth_date.isoformat() if party.birth_date else None,
        "nationality": party.nationality,
        "identifiers": party.identifiers,
    }
    return _heard("identity", question, Identity)


def _heard(what: str, question: dict[str, Any], kind: type[Said]) -> Said:
    """The answer, or why there is none; `state` is ours to say."""
    try:
        return msgspec.structs.replace(_ask(what, question, kind), state="answered")
    except Unheard as silence:
        return kind(state=silence.state)


def _ask(what: str, question: dict[str, Any], kind: type[Answer]) -> Answer:
    """One call. Neither question nor answer is logged: both are personal data."""
    base = settings.ONBOARDING_SERVICES_URL.rstrip("/")
    if not base:
        raise Unheard("off")
    headers = {
        "authorization": f"Bearer {settings.ONBOARDING_SERVICES_TOKEN}",
        "content-type": "application/json",
    }
    try:
        reply = http.send(
            "POST", f"{base}/{what}", headers, msgspec.json.encode(question),
            connect_timeout_seconds=CONNECT_SECONDS, read_timeout_seconds=TOTAL_SECONDS,
            total_timeout_seconds=TOTAL_SECONDS,
        )  # fmt: skip
    except (http.NotSent, http.NoAnswer) as silence:
        log.warning("onboarding_service_away", service=what, reason=str(silence)[:200])
        raise Unheard("away") from silence
    if reply.status == 404:
        raise Unheard("off")
    try:
        if reply.status == 200:
            return msgspec.json.decode(reply.body, type=kind)
    except msgspec.DecodeError:
        log.warning("onboarding_service_unreadable", service=what)
        raise Unheard("away") from None
    log.warning("onboarding_service_away", service=what, status=reply.status)
    raise Unheard("away")
