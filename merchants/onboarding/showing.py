"""An application as its merchant, or the platform that opened it, may see it.

Numbers of people and accounts go in and do not come out again. What reviewers and watch lists know
is never here: who is looked at must not be warned.
"""

from __future__ import annotations

from typing import Any

import msgspec

from acquiring.core import ids
from acquiring.core.clock import rfc3339
from merchants.kyc import checks, deciding
from merchants.kyc.facts import Facts, Party
from merchants.kyc.requirements import Requirement, requirements
from merchants.onboarding import events, queries
from merchants.onboarding.models import (
    Application,
    BankAccount,
    Document,
    Finding,
    Task,
    Terms,
    Verdict,
)

HIDDEN_GROUPS = frozenset({"alike", "screening"})
SHOWN = ("name", "native_name", "roles", "share", "through", "title", "nationality")


def whole(row: Application) -> dict[str, Any]:
    """Everything the merchant may know of its application."""
    said = queries.facts(row)
    progress = queries.progress(row, said)
    plain = msgspec.to_builtins(said)
    plain.get("company", {}).pop("identifiers", None)
    terms = queries.terms_now(row.business_id, row.mode)
    return {
        **events.brief(row),
        "company": plain.get("company", {}),
        "identifiers": {key: masked(one) for key, one in said.company.identifiers.items()},
        "activity": plain.get("activity", {}),
        "declarations": said.declarations,
        "people": [person(one) for one in said.people],
        "bank_accounts": [bank_account(one) for one in queries.account_rows(row)],
        "documents": [document(one) for one in documents(row)],
        "requirements": [requirement(one) for one in requirements(said)],
        "progress": {"percent": progress.percent, "minutes_left": progress.minutes_left},
        "tasks": [task(one) for one in queries.tasks(row)],
        "terms": shown_terms(terms) if terms else None,
    }


def documents(row: Application) -> list[Document]:
    """The papers, those whose bytes are gone too, the first one first."""
    rows = Document.objects.filter(application_id=row.pk).select_related("party")
    return list(rows.order_by("id")[:300])


def person(party: Party) -> dict[str, Any]:
    """A person or company behind the business; `given` names the members that are known."""
    plain = msgspec.to_builtins(party)
    return {
        "id": party.id,
        "object": "onboarding_person",
        "kind": party.kind,
        **{name: plain.get(name) for name in SHOWN},
        "roles": list(party.roles),
        "registration_country": party.registration_country or None,
        "politically_exposed": party.politically_exposed,
        "given": sorted(_given(plain)),
    }


def bank_account(row: BankAccount) -> dict[str, Any]:
    """A bank account by its last four."""
    return {
        "id": row.shown,
        "object": "onboarding_bank_account",
        "currency": row.currency,
        "country": row.country,
        "holder": row.holder,
        "last4": row.last4,
        "usable_at": rfc3339(row.usable_at) if row.usable_at else None,
    }


def document(row: Document) -> dict[str, Any]:
    """A paper without its bytes."""
    return {
        "id": row.shown,
        "object": "onboarding_document",
        "kind": row.kind,
        "person": ids.show("per", row.party_id) if row.party_id else None,
        "side": row.side,
        "status": row.status,
        "reason": row.reason,
        "name": row.name,
        "type": row.type,
        "size": row.size,
        "pages": row.pages,
        "sha256": row.digest,
        "issued_on": str(row.issued_on) if row.issued_on else None,
        "expires_on": str(row.expires_on) if row.expires_on else None,
        "created_at": rfc3339(row.created_at),
    }


def requirement(one: Requirement) -> dict[str, Any]:
    """A piece that is asked, as the API shows it."""
    return {name: getattr(one, name) for name in Requirement.__struct_fields__}


def task(row: Task) -> dict[str, Any]:
    """Something asked of the merchant."""
    return {
        "id": row.shown,
        "object": "onboarding_task",
        "path": row.path,
        "words": row.words,
        "why": row.why,
        "status": "closed" if row.closed_at else "answered" if row.answered_at else "open",
        "answer": row.answer,
        "due_at": rfc3339(row.due_at) if row.due_at else None,
        "created_at": rfc3339(row.created_at),
    }


def verdict(row: Application) -> dict[str, Any] | None:
    """The latest verdict: what was decided, by which rules, on which checks, for how long."""
    last = queries.verdict(row)
    if last is None:
        return None
    open_case = last.outcome == Verdict.Outcome.REVIEW
    rules = [one for one in last.rules if not one.get("hidden")]
    if open_case or any(one.get("hidden") and one["decided"] for one in last.rules):
        rules = []
    seen = [] if open_case else [one for one in queries.findings(row) if _open(one)]
    return {
        "id": ids.show("ver", last.id),
        "object": "onboarding_verdict",
        "outcome": last.outcome,
        "tier": None if open_case else last.tier,
        "reason": last.told,
        "rules": [{name: rule[name] for name in RULE} for rule in rules],
        "rules_digest": last.rules_digest,
        "checks": [_check(one) for one in seen],
        "terms": last.terms if last.outcome == Verdict.Outcome.APPROVE else None,
        "decided_by": "rules" if last.by == "rules" else "person",
        "expires_at": rfc3339(last.expires_at) if last.expires_at and not open_case else None,
        "created_at": rfc3339(last.created_at),
    }


def shown_terms(terms: Terms) -> dict[str, Any]:
    """What a business may do."""
    names = deciding.Terms.__struct_fields__
    return {"tier": terms.tier, **{name: getattr(terms, name) for name in names}}


def needed(country: str, entity: str) -> list[dict[str, Any]]:
    """What a market asks of a kind of entity before anything was said. One person and one account
    stand for all: their paths have `*`.
    """
    from merchants.kyc import markets
    from merchants.kyc.facts import Account

    asked = markets.market(country).entities[entity]  # type: ignore[index]
    roles = tuple(sorted({*asked.people, *(("owner",) if asked.owners else ())}))
    said = Facts(
        country=country,
        entity=entity,  # type: ignore[arg-type]
        people=(Party(id="*", roles=roles),),  # type: ignore[arg-type]
        accounts=(Account(id="*", country=country),),
    )
    return [{**requirement(one), "status": "due", "problem": ""} for one in requirements(said)]


def masked(text: str) -> str:
    """The end of a number."""
    return f"…{text[-4:]}" if len(text) > 6 else "…"


RULE = ("name", "words", "source", "outcome", "tier")


def _open(one: Finding) -> bool:
    row = checks.table().get(one.check_name)
    shown = one.result == "pass" or bool(one.told)
    return row is not None and row.group not in HIDDEN_GROUPS and shown


def _check(one: Finding) -> dict[str, Any]:
    return {
        "check": one.check_name,
        "title": checks.table()[one.check_name].title,
        "path": one.subject,
        "result": one.result,
        "words": one.told,
        "source": one.source,
        "expires_at": rfc3339(one.expires_at) if one.expires_at else None,
    }


def _given(plain: dict[str, Any]) -> list[str]:
    found = [name for name in plain if name not in {"id", "kind", "address", "identifiers"}]
    for group in ("address", "identifiers"):
        found += [f"{group}.{name}" for name in plain.get(group, {})]
    return found
