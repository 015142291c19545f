"""What people are told when something happens: one small function per event or change."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

from acquiring.core import clock, ids
from acquiring.ledger import queries as ledger
from acquiring.notices import applications, receipts, services
from acquiring.notices.models import Notice
from merchants.models import ApiKey, Mode, User
from merchants.queries import mode_of

BY_EMAIL_WITHIN = timedelta(days=1)  # a letter about last week's news is no help


class Happened(NamedTuple):
    """A sealed event, or an entry of the audit log (`facts` are then its changes)."""

    merchant_id: UUID
    id: UUID
    type: str
    subject: str
    facts: Mapping[str, Any]
    actor: str
    at: datetime

    @property
    def old(self) -> bool:
        """Whether it is too late for a letter."""
        return clock.now() - self.at > BY_EMAIL_WITHIN


def one(happened: Happened) -> None:
    """Tell people of one event or change whose type is in TOLD."""
    TOLD[happened.type](happened)


def events_together(merchant_id: UUID, rows: list[Happened]) -> None:
    """What is cheaper for many events at once: notices that are over, balances, receipts."""
    decided = {row.subject for row in rows if row.type in DECIDED}
    if decided:
        Notice.objects.filter(
            merchant_id=merchant_id, subject__in=decided, kind__in=OVER_WHEN_DECIDED, read_at=None
        ).update(read_at=clock.now())
    if any(row.type == "refund.succeeded" for row in rows):
        _look_at_balances(merchant_id)
    receipts.write(
        merchant_id,
        [row.subject for row in rows if row.type == "payment.captured" and not row.old],
        [row.subject for row in rows if row.type == "refund.succeeded" and not row.old],
    )


def _needs_attention(happened: Happened) -> None:
    facts = {
        "amount": happened.facts["amount"],
        "currency": happened.facts["currency"],
        "reason": "surplus_stuck" if _has_surplus(happened.facts) else "unknown_outcome",
    }
    _tell(happened, "payment.attention", facts)


def _surplus_returned(happened: Happened) -> None:
    attempts = [one for one in happened.facts["attempts"] if one["surplus"]]
    amount = attempts[-1]["amount"] if attempts else happened.facts["amount"]
    facts = {"amount": amount, "currency": happened.facts["currency"]}
    _tell(happened, "payment.returned", facts)


def _refund_failed(happened: Happened) -> None:
    if happened.facts["origin"] == "surplus":
        return  # the payment itself asks for a person
    facts = {
        "amount": happened.facts["amount"],
        "currency": happened.facts["currency"],
        "reason": happened.facts["failure_advice"] or "unsaid",
    }
    _tell(happened, "refund.failed", facts, subject=str(happened.facts["id"]))


def _endpoint_disabled(happened: Happened) -> None:
    reason = happened.facts["disabled_reason"]
    if reason == "asked":
        return
    url = str(happened.facts["url"])
    facts = {"host": urlsplit(url).hostname or url, "url": url, "reason": reason}
    services.settle(happened.merchant_id, "webhook_endpoint.failing", happened.subject)
    _tell(happened, "webhook_endpoint.disabled", facts)


def _key_changed(happened: Happened) -> None:
    key = ApiKey.objects.filter(
        merchant_id=happened.merchant_id, pk=ids.read("key", happened.subject)
    ).first()
    if key is None or key.kind == ApiKey.Kind.PUBLISHABLE:
        return
    who = _person(happened.actor)
    facts = {"who": who.get_short_name() if who else _machine(happened.actor), "name": key.name}
    facts["name"] = f"{key.name} ({key})" if key.name else str(key)
    overlap = timedelta(seconds=happened.facts.get("overlap_seconds", 0))
    facts["until"] = clock.rfc3339(happened.at + overlap)
    only = None
    if mode_of(happened.merchant_id) == Mode.TEST and who is not None:
        everyone = services.people(happened.merchant_id, "keys.change")
        only = {person.pk for person in everyone if person.pk != who.pk}
    _tell(happened, happened.type, facts, only=only)


def _export_ended(happened: Happened) -> None:
    """Only who asked for it is told."""
    person = _person(f"user:{happened.facts['asked_by']}") if happened.facts["asked_by"] else None
    if person is None:
        return
    done = happened.type == "export.done"
    facts = {"rows": happened.facts["rows"], "until": happened.facts["expires_at"]} if done else {}
    _tell(happened, "export.ready" if done else "export.failed", facts, only={person.pk})


def _look_at_balances(merchant_id: UUID) -> None:
    """Once a day and currency, when more has gone back than there was."""
    for currency, sums in ledger.merchant_balances(merchant_id).items():
        if sums["available"] + sums["pending"] < 0:
            services.tell(
                merchant_id,
                "balance.negative",
                "",
                {"currency": currency, "amount": sums["available"] + sums["pending"]},
                once=f"balance.negative:{currency}:{clock.now():%Y-%m-%d}",
            )


def _tell(
    happened: Happened,
    kind: str,
    facts: Mapping[str, Any],
    subject: str = "",
    only: set[UUID] | None = None,
) -> None:
    services.tell(
        happened.merchant_id,
        kind,
        subject or happened.subject,
        facts,
        once=f"{kind}:{happened.id.hex}",
        only=only,
        silent=happened.old,
    )


def _has_surplus(payment: Mapping[str, Any]) -> bool:
    return any(
        refund["origin"] == "surplus" and refund["status"] == "failed"
        for refund in payment["refunds"]
    )


def _person(actor: str) -> User | None:
    kind, _, shown = actor.partition(":")
    return User.objects.filter(pk=ids.read("usr", shown)).first() if kind == "user" else None


def _machine(actor: str) -> str:
    return "key" if actor.startswith("key:") else "system"


TOLD: dict[str, Callable[[Happened], None]] = {
    "payment.needs_attention": _needs_attention,
    "payment.surplus_returned": _surplus_returned,
    "refund.failed": _refund_failed,
    "webhook_endpoint.disabled": _endpoint_disabled,
    "api_key.created": _key_changed,
    "api_key.rotated": _key_changed,
    "api_key.revoked": _key_changed,
    "export.done": _export_ended,
    "export.failed": _export_ended,
    **dict.fromkeys(applications.TOLD, applications.happened),
}
DECIDED = frozenset(
    f"payment.{status}" for status in ("authorized", "captured", "declined", "canceled", "expired")
)
OVER_WHEN_DECIDED = ("payment.stuck", "payment.uncaptured")
CHANGES = frozenset(kind for kind in TOLD if kind.startswith(("api_key.", "export.")))
WITH_PAYLOAD = TOLD.keys() - CHANGES
EVENTS = WITH_PAYLOAD | DECIDED | {"refund.succeeded"}
