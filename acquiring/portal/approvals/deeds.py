"""The deeds that may need a second person, each with the service that does it and its words.

Deeds that do not exist yet join by registering a kind of their own and their words here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

from acquiring.core import audit, ids
from acquiring.core.errors import Problem
from acquiring.core.idempotency import claim_of
from acquiring.notices import invitations, work
from acquiring.payments import money
from acquiring.payments.records import Operation
from acquiring.portal.business import accounts as bank_accounts
from acquiring.portal.payments.words import sum_of
from acquiring.portal.sso import deeds as sso
from acquiring.portal.templatetags.caravel import country as country_name
from merchants import keys, proposals, role_making, roles, second_person, team
from merchants import queries as people
from merchants.models import KIND_TITLES, ApiKey, Merchant, User
from merchants.onboarding import accounts, queries
from merchants.people import Proposal
from merchants.proposals import Kind, Payload
from merchants.services import user_actor

REFUND, KEY, ROLE, RULES = "payment.refund", "api_key.create", "member.role", second_person.KIND
BANK = accounts.KIND
Lines = list[tuple[str, str]]


def register() -> None:
    """Make the deeds known; the portal does so when it starts."""
    refunding = Kind(REFUND, _("Refund"), "payments.refund", _refund, with_limit=True, wire=True)
    proposals.register(refunding)
    proposals.register(Kind(KEY, _("New live API key"), "keys.change", _key))
    proposals.register(Kind(BANK, _("Change of a bank account"), "payouts.change", _bank))
    giving = Kind(ROLE, _("Change of a role"), team.CHANGE, _role, may_approve=_may_give)
    proposals.register(giving)
    ruling = Kind(RULES, _("What needs a second person"), team.CHANGE, _rules, may_approve=_rule)
    proposals.register(ruling)
    sso.register()


def title(kind: str) -> str:
    """A kind of deed in words."""
    known = proposals.kinds().get(kind)
    return str(known.title) if known else kind


def lines(row: Proposal) -> Lines:
    """What a proposal would do, line by line."""
    return _LINES[row.kind](row.facts) if row.kind in _LINES else []


def summary(row: Proposal) -> str:
    """The most telling line of it."""
    found = lines(row)
    return found[0][1] if found else ""


def _refund(row: Proposal, given: Payload) -> Mapping[str, Any]:
    merchant, maker = _where(row), _maker(row)
    payment_id = ids.read("pay", given["payment"])
    body = f"refund:{given['amount']}:{given['reason']}".encode()
    claim = claim_of(merchant.pk, proposals.key_of(row), f"{given['payment']}/refund", body)
    done = money.refund(merchant.pk, payment_id, given["amount"], given["reason"], None, claim)
    if done.replay is not None:  # it was made before, and only its end was not noted
        known = orjson.loads(done.replay.body)
        return {"refund": known["id"], "status": known["status"]}
    refund = done.row
    assert isinstance(refund, Operation), "a refund is an operation"
    shown = ids.show("ref", refund.id)
    facts = {"amount": str(refund.amount), "currency": refund.currency}
    changes = {"payment": given["payment"], "proposal": row.shown, **facts}
    audit.record(user_actor(maker), "payment.refund", shown, merchant.pk, changes)
    return {"refund": shown, "status": refund.status}


def _key(row: Proposal, given: Payload) -> Mapping[str, Any]:
    """The key is kept, sealed, until who proposed it looks at it; the approver never sees it."""
    merchant, maker = _where(row), _maker(row)
    if "rotated" in given:
        old = people.api_key(merchant.pk, given["rotated"])
        issued = keys.rotate(old, user_actor(maker), given["overlap_seconds"], created_by=maker)
    else:
        issued = keys.issue(
            merchant, given["kind"], user_actor(maker), name=given["name"], scopes=given["scopes"],
            created_by=maker,
        )  # fmt: skip
    if given["kind"] != ApiKey.Kind.PUBLISHABLE:
        keys.hold_for_showing(issued)
    return {"key": issued.key.shown}


def _bank(row: Proposal, given: Payload) -> Mapping[str, Any]:
    application = queries.application(row.business_id, row.mode)
    if application is None:
        raise Problem("not_found", "There is no application here.")
    actor = user_actor(_maker(row))
    return {"account": bank_accounts.perform(application, actor, given, agreed=True)}


def _role(row: Proposal, given: Payload) -> Mapping[str, Any]:
    maker = _maker(row)
    if given["verb"] == "invite":
        made = invitations.invite(row.business, maker, given["email"], given["role"])
        return {"invitation": made.shown}
    if given["verb"] == "permissions":
        title, wanted = given["title"], given["permissions"]
        changed = role_making.change(row.business, maker, given["role"], title, wanted)
        return {"role": changed.shown}
    member = work.change_role(row.business, maker, given["member"], given["role"])
    return {"member": member.shown}


def _rules(row: Proposal, given: Payload) -> Mapping[str, Any]:
    second_person.change(row.business, _maker(row), given["rules"], agreed=True)
    return {}


def _may_give(held: frozenset[str], given: Payload) -> bool:
    """Who approves a role must be able to give it."""
    return frozenset(given["held"]) <= held


def _rule(held: frozenset[str], given: Payload) -> bool:
    """Only who may do everything loosens the rules for everybody."""
    return held >= roles.roles()[team.OWNER]


def _where(row: Proposal) -> Merchant:
    merchant = Merchant.objects.filter(business=row.business, mode=row.mode).first()
    if merchant is None:
        raise Problem("not_found", "This business takes no live payments.")
    return merchant


def _maker(row: Proposal) -> User:
    if row.made_by is None:
        raise Problem("invalid_state", "Who proposed this may not do it any more.")
    return row.made_by


def _lines_of_refund(facts: Mapping[str, Any]) -> Lines:
    found = [
        (gettext("Amount"), sum_of(facts["amount"], facts["currency"])),
        (gettext("Payment"), facts["payment"]),
    ]
    return [*found, *([(gettext("Reason"), facts["reason"])] if facts.get("reason") else [])]


def _lines_of_key(facts: Mapping[str, Any]) -> Lines:
    kind = str(KIND_TITLES[facts["kind"]])
    found = [(gettext("Key"), f"{facts['name']} · {kind}" if facts["name"] else kind)]
    if "replaced" in facts:
        found.append((gettext("Rotate"), facts["replaced"]))
    if facts["scopes"]:
        found.append((gettext("What it can do"), ", ".join(facts["scopes"])))
    return found


def _lines_of_bank(facts: Mapping[str, Any]) -> Lines:
    verbs = {
        "add": gettext("Add an account"),
        "change": gettext("Change an account"),
        "remove": gettext("Remove an account"),
    }
    account = f"{facts['currency']} ···· {facts['last4']}"
    found = [
        (gettext("Bank account"), f"{verbs[facts['verb']]}: {account}"),
        (gettext("Account holder"), facts["holder"]),
        (gettext("Country of the bank"), country_name(facts["country"])),
    ]
    return [*found, *([(gettext("Bank"), facts["bank"])] if facts["bank"] else [])]


def _lines_of_role(facts: Mapping[str, Any]) -> Lines:
    if "added" in facts:
        found = [(gettext("Role"), facts["title"])]
        for name, heading in (("added", _("Added")), ("taken", _("Taken away"))):
            words = [gettext(roles.permissions()[one]) for one in facts[name]]
            found += [(str(heading), "; ".join(words))] if words else []
        return found
    said = gettext("Invitation") if facts["verb"] == "invite" else gettext("Person")
    before, after = (_titled(one) for one in facts["role"])
    change = f"{before} → {after}" if before else after
    return [(said, f"{facts['who']}: {change}"), (gettext("Role"), change)]


def _titled(role: str) -> str:
    return gettext(roles.titles()[role]) if role in roles.titles() else role


def _lines_of_rules(facts: Mapping[str, Any]) -> Lines:
    found = []
    for kind, rule in facts["rules"].items():
        limit = pgettext("second person", "always")
        if "above" in rule:
            most = sum_of(rule["above"], rule["currency"])
            limit = gettext("above %(amount)s") % {"amount": most}
        found.append((title(kind), limit))
    return found or [(title(RULES), gettext("Nothing needs a second person"))]


_LINES: dict[str, Callable[[Mapping[str, Any]], Lines]] = {
    REFUND: _lines_of_refund,
    KEY: _lines_of_key,
    BANK: _lines_of_bank,
    ROLE: _lines_of_role,
    RULES: _lines_of_rules,
    sso.KIND: sso.lines,
}
