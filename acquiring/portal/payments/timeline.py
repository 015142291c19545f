"""What happened to a payment, the newest first, with the expected next step before everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from acquiring import catalogue
from acquiring.payments import render
from acquiring.payments.records import Attempt, Book, Capture, Operation, Refund, Void
from acquiring.portal import tables
from acquiring.portal.payments import words
from acquiring.portal.payments.story import is_secured


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry: what, in words; `aside` is the small print beside it, `link` leads further."""

    at: datetime | None
    icon: str
    tone: str
    title: str
    aside: str = ""
    text: str = ""
    link: str = ""
    link_words: str = ""
    anchor: str = ""


def of(
    book: Book,
    actors: Mapping[str, str],
    told: list[Moment],
    transfers: list[Any],
) -> list[Moment]:
    """All moments. `actors` are the names of people by what they did it to, `told` the deliveries
    to the merchant, `transfers` those of this payment.
    """
    moments = [_created(book), *_decided(book)]
    for attempt in book.attempts:
        moments += _tried(book, attempt)
    for capture in book.captures:
        moments += _captured(book, capture, actors)
    for void in book.voids:
        moments += _voided(void, actors)
    for refund in book.refunds:
        moments += _refunded(book, refund, actors)
    moments += [*told, *_released(transfers)]
    dated = [(one.at, number, one) for number, one in enumerate(moments) if one.at is not None]
    # Of what was at the same moment, what follows from the other is the later.
    return [one for _at, _number, one in sorted(dated, key=lambda of: of[:2], reverse=True)]


def following(book: Book) -> Moment | None:
    """What is expected next, if anything."""
    payment, attempt = book.payment, book.open_attempt
    pending = next(
        (one for one in [*book.refunds, *book.captures] if one.status == "pending"), None
    )
    if attempt and attempt.status in {"unknown", "sent", "pending"}:
        title = _("We ask %(provider)s again") % {"provider": tables.provider(attempt.provider)}
        return Moment(attempt.next_inquiry_at, "refresh", "", title)
    if payment.status in {"created", "requires_action"}:
        title = _("The shopper pays") if payment.status == "created" else _("The shopper confirms")
        return Moment(
            payment.expires_at, "hand-click", "", title, text=_("Until then, or it expires.")
        )
    if payment.status == "authorized":
        text = _("Otherwise the hold ends and the shopper keeps the money.")
        return Moment(payment.expires_at, "lock", "", _("Capture it before"), text=text)
    if pending is not None:
        amount = words.sum_of(pending.amount, pending.currency)
        kind = isinstance(pending, Refund)
        title = _("The provider confirms the refund") if kind else _("The provider confirms")
        return Moment(pending.next_inquiry_at, "clock", "", title, aside=amount)
    return _release_ahead(book)


def _release_ahead(book: Book) -> Moment | None:
    ahead = [one for one in book.captures if one.status == "succeeded" and not one.released_at]
    if not ahead or ahead[0].available_at is None:
        return None
    capture = ahead[0]
    amount = words.sum_of(capture.amount - capture.fee, capture.currency)
    title = _("%(amount)s becomes available") % {"amount": amount}
    return Moment(capture.available_at, "building-bank", "", title)


def _created(book: Book) -> Moment:
    payment = book.payment
    by_shopper = payment.initiator == "shopper"
    aside = _("in the checkout") if payment.session_id else ""
    title = _("Payment created") if by_shopper else _("Payment created by your server")
    return Moment(payment.created_at, "shopping-bag", "", title, aside, payment.description)


def _decided(book: Book) -> list[Moment]:
    if not book.payment.decision:
        return []
    risk = book.payment.decision["risk"]
    at = book.attempts[0].created_at if book.attempts else book.payment.updated_at
    titles = {
        "allow": (_("Risk: accepted"), "ok"),
        "three_ds": (_("Risk: strong authentication asked for"), "info"),
        "block": (_("Risk: blocked"), "bad"),
    }
    title, tone = titles[risk["action"]]
    aside = tables.plain(risk.get("rule", ""))
    return [Moment(at, "shield-check", tone, title, aside, risk.get("why", ""))]


def _tried(book: Book, attempt: Attempt) -> list[Moment]:
    shown = render.outside_id(attempt)
    provider = tables.provider(attempt.provider)
    log = {"link": f"#wire-{shown}", "link_words": _("Request and reply")}
    begun = _("Asked %(provider)s") if attempt.ordinal == 1 else _("Next route: %(provider)s")
    moments = [Moment(attempt.sent_at, "route-2", "info", begun % {"provider": provider}, **log)]
    if is_secured(attempt):
        version = attempt.facts.get("three_ds_version", "")
        aside = _("version %(version)s") % {"version": version} if version else ""
        done = attempt.finished_at or attempt.updated_at
        moments.append(Moment(done, "fingerprint", "ok", _("3-D Secure passed"), aside))
    ended = _ended(book, attempt, provider)
    return [*moments, ended] if ended else moments


def _ended(book: Book, attempt: Attempt, provider: str) -> Moment | None:
    """What the attempt came to; an automatic capture is told by the capture itself."""
    told = {"provider": provider}
    amount = words.sum_of(attempt.amount_authorized or attempt.amount, attempt.currency)
    if attempt.surplus:
        title = _("%(provider)s took money nobody was waiting for") % told
        return Moment(attempt.finished_at, "alert-triangle", "wait", title, amount)
    if attempt.status in {"declined", "refused"}:
        code = tables.plain(attempt.decline_code)
        raw = _("%(reason)s · code %(raw)s") % {"reason": code, "raw": attempt.raw_code}
        known = catalogue.declines().get(attempt.decline_code)
        another = known is not None and known.another_route and attempt is not book.attempts[-1]
        text = _("Nothing was charged, so another provider could be asked.") if another else ""
        title = _("Not approved by %(provider)s") % told
        aside = raw if attempt.raw_code else code
        return Moment(attempt.finished_at, "x", "bad", title, aside, text or attempt.raw_message)
    if attempt.status == "expired":
        title = _("Expired at %(provider)s") % told
        return Moment(attempt.finished_at, "clock-off", "", title)
    if attempt.amount_authorized and book.payment.capture_method == "manual":
        title = _("%(amount)s held") % {"amount": amount}
        return Moment(attempt.finished_at or attempt.sent_at, "lock", "info", title, provider)
    return None


def _captured(book: Book, capture: Capture, actors: Mapping[str, str]) -> list[Moment]:
    amount = words.sum_of(capture.amount, capture.currency)
    if capture.status == "failed":
        return [_failed(capture, _("Capture of %(amount)s failed") % {"amount": amount})]
    if capture.status == "pending":
        title = _("Capture of %(amount)s sent") % {"amount": amount}
        return [Moment(capture.created_at, "clock", _doubt(capture), title, _by(capture, actors))]
    facts = book.attempt(capture.attempt_id).facts
    code = facts.get("authorization_code") or facts.get("auth_code") or ""
    text = _("Approval code %(code)s") % {"code": code} if code else ""
    automatic = book.payment.capture_method == "automatic"
    aside = _("in one step with the authorization") if automatic else _by(capture, actors)
    title = _("Captured %(amount)s") % {"amount": amount}
    return [Moment(capture.finished_at, "check", "ok", title, aside, text)]


def _voided(void: Void, actors: Mapping[str, str]) -> list[Moment]:
    if void.status == "failed":
        return [_failed(void, _("Cancelling failed"))]
    if void.status == "pending":
        at, tone = void.created_at, _doubt(void)
        return [Moment(at, "clock", tone, _("Cancelling sent"), _by(void, actors))]
    titles = {"surplus": _("Surplus given back"), "expiry": _("The hold ended")}
    title = titles.get(void.origin, _("Canceled"))
    return [Moment(void.finished_at, "ban", "", title, _by(void, actors))]


def _refunded(book: Book, refund: Refund, actors: Mapping[str, str]) -> list[Moment]:
    amount = words.sum_of(refund.amount, refund.currency)
    told = {"amount": amount}
    anchor = render.outside_id(refund)
    moments = []
    if refund.returned:
        title = _("Refund of %(amount)s came back") % told
        return [Moment(refund.finished_at, "alert-triangle", "bad", title, anchor=anchor)]
    if refund.status == "failed":
        return [_failed(refund, _("Refund of %(amount)s failed") % told)]
    if refund.status == "succeeded":
        confirmed = _("Confirmed by %(provider)s.") % {
            "provider": tables.provider(book.attempt(refund.attempt_id).provider)
        }
        text = f"{_reason(refund)} {confirmed}" if refund.reason else confirmed
        surplus = refund.origin == "surplus"
        title = _("%(amount)s taken twice, sent back") if surplus else _("%(amount)s refunded")
        aside = _by(refund, actors)
        moments.append(
            Moment(
                refund.finished_at, "arrow-back-up", "", title % told, aside, text, anchor=anchor
            )
        )
    if refund.status == "pending":
        title = _("Refund of %(amount)s sent") % told
        aside = _by(refund, actors)
        at, tone = refund.created_at, _doubt(refund)
        moments.append(
            Moment(at, "arrow-back-up", tone, title, aside, _reason(refund), anchor=anchor)
        )
    return moments


def _failed(operation: Operation, title: str) -> Moment:
    aside = tables.plain(operation.decline_code)
    text = tables.advice(operation.decline_code) or operation.raw_message
    return Moment(operation.finished_at, "x", "bad", title, aside, text)


def _released(transfers: list[Any]) -> list[Moment]:
    return [
        Moment(
            row.created_at,
            "wallet",
            "",
            _("%(amount)s became available") % {"amount": words.sum_of(row.amount, row.currency)},
        )
        for row in transfers
        if row.reason == "release"
    ]


def _by(operation: Operation, actors: Mapping[str, str]) -> str:
    name = actors.get(render.outside_id(operation), "")
    return _("by %(name)s") % {"name": name} if name else ""


def _doubt(operation: Operation) -> str:
    return "unsure" if operation.unknown else "wait"


def delivered(delivery: Any, attempt: Any, shown: str, address: str) -> Moment:
    """A delivery to the merchant's server as a moment; `attempt` is its last try, or None."""
    states: dict[str, tuple[str, str]] = {
        "succeeded": (_("Your server was told"), ""),
        "pending": (_("Your server is being told"), "wait"),
        "failed": (_("Your server could not be told"), "bad"),
        "abandoned": (_("Your server was not told"), ""),
    }
    title, tone = states[delivery.status]
    text = ""
    if attempt is not None and attempt.status:
        text = _("Answered %(status)s in %(milliseconds)s ms.") % {
            "status": attempt.status,
            "milliseconds": attempt.milliseconds,
        }
    elif attempt is not None:
        text = attempt.error
    at = attempt.created_at if attempt is not None else delivery.created_at
    link = _("View delivery") if address else ""
    return Moment(at, "webhook", tone, title, delivery.event_type, text, address, link, shown)


def _reason(refund: Refund) -> str:
    """Why, in the words of the table, or as a person wrote it."""
    code = "_" in refund.reason and " " not in refund.reason
    if code:
        return tables.plain(refund.reason) + "."
    return f"“{refund.reason}”" if refund.reason else ""
