"""The console's pages: what the simulated providers have in their books, and what may happen next.

    GET  /                                      charges, newest first: by provider, state, search
    GET  /charges/<provider>/<id>               one charge: what can happen, its webhooks, its wire
    POST /charges/<provider>/<id>/<event>       let it happen; `decline` names the reason
    GET  /accounts/<provider>/<ref>             an account's moods, its clock, its wire
    POST /accounts/<provider>/<ref>/switches    change the moods
    POST /accounts/<provider>/<ref>/settlements a fault for a day's statements
    GET  /accounts/<provider>/<ref>/settlements/<day>/<currency>   a statement as CSV
    POST /accounts/<provider>/<ref>/clock       move the clock of its merchant's accounts
    GET  /wire                                  every message of late, newest first

`pages` finds the page and draws it; here is what is drawn: functions that give a template and its
context, or the address to go on to.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from django.conf import settings
from django.db import transaction

from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox import control, listening, settlements
from acquiring.sandbox.book import Account, Charge
from acquiring.sandbox.engine import Event, Simulator, simulators
from acquiring.sandbox.scenarios import DECLINE, scenarios, spoilings
from acquiring.sandbox.wire import Answer, Refuse, Request

LISTED = 50
ACCOUNTS = 24
MESSAGES = 40
DAY = 86_400
MOVES = {"hour": 3_600, "day": DAY, "week": 7 * DAY}

# How a state is shown: its word, tone and icon.
STATES = {
    "action": ("Waiting for shopper", "wait", "hand-click"),
    "pending": ("Pending", "wait", "clock"),
    "authorized": ("Authorized", "info", "lock"),
    "captured": ("Captured", "ok", "check"),
    "declined": ("Declined", "bad", "x"),
    "canceled": ("Canceled", "calm", "ban"),
    "expired": ("Expired", "calm", "clock-off"),
}
# What a person may let happen, by state.
PUSHES: dict[str, list[tuple[Event, str]]] = {
    "action": [("approve", "Approve"), ("cancel", "Cancel"), ("expire", "Let it expire")],
    "pending": [("approve", "Let it be paid"), ("expire", "Let it expire")],
    "authorized": [("expire", "Let it expire")],
    "captured": [("dispute", "Raise a dispute")],
}
MAY_DECLINE = frozenset({"action", "pending"})
COUNTER = "Pay the voucher"

# The moods a person chooses among: the form's value, its words.
OUTAGES = [("0", "Answers every call"), ("20", "Fails 1 call in 5"), ("50", "Fails every second"),
           ("100", "Down")]  # fmt: skip
DELAYS = [("0", "At once"), ("1000", "1 second"), ("3000", "3 seconds"), ("10000", "10 seconds"),
          ("40000", "40 seconds: longer than anyone waits")]  # fmt: skip
WEBHOOKS = [("sent", "Sent"), ("late", "10 seconds late"), ("twice", "Twice each"),
            ("reordered", "In the wrong order"), ("forged", "With a forged one before"),
            ("lost", "Lost")]  # fmt: skip


class Drawn(NamedTuple):
    """A page to draw."""

    template: str
    context: dict[str, Any]


class Mood(NamedTuple):
    """An account's special mood in a few words."""

    word: str
    tone: str
    icon: str


def charges(request: Request) -> Drawn:
    """The list of charges."""
    asked = {name: str(request.query.get(name, "")) for name in ("provider", "state", "q")}
    before = str(request.query.get("before", ""))
    conditions, parameters = ["true"], []
    for name in ("provider", "state"):
        if asked[name]:
            conditions.append(f"{name} = %s")
            parameters.append(asked[name])
    if asked["q"]:
        conditions.append("(id = %s OR names @> ARRAY[%s]::text[] OR reference = %s)")
        parameters += [asked["q"].strip()] * 3
    if before:
        conditions.append("row < (SELECT row FROM sandbox_charge AS seen WHERE seen.id = %s)")
        parameters.append(before)
    where = " AND ".join(conditions)
    found = books.charges(f"{where} ORDER BY row DESC LIMIT %s", [*parameters, LISTED + 1])
    older = found[LISTED - 1].id if len(found) > LISTED else ""
    kept = {name: value for name, value in asked.items() if value}
    context = asked | {
        "charges": [shown(charge) for charge in found[:LISTED]],
        "providers": [(one.name, one.title) for one in simulators().values()],
        "states": [(name, words[0]) for name, words in STATES.items()],
        "filtered": bool(kept),
        "older_url": f"/?{urlencode(kept | {'before': older})}" if older else "",
        "accounts": _accounts(),
    }
    return Drawn("sandbox/console.html", context)


def charge(provider: str, charge_id: str, found: Charge) -> Drawn:
    """One charge with everything about it."""
    cannot = simulators()[provider].cannot
    pushes = [push for push in PUSHES.get(found.state, []) if push[0] not in cannot]
    if found.page == "counter":
        pushes = [(event, COUNTER if event == "approve" else words) for event, words in pushes]
    names = (found.id, *found.names)
    context = {
        "charge": shown(found),
        "pushes": pushes,
        "may_decline": found.state in MAY_DECLINE,
        "cannot_dispute": found.state == "captured" and cannot.get("dispute", ""),
        "declines": sorted(
            one.removeprefix(DECLINE) for one in scenarios() if one.startswith(DECLINE)
        ),
        "webhooks": control.deliveries({"provider": provider, "charge": charge_id}),
        "asks_shopper": found.state == "action" and found.page,
        "meaning": found.plan.meaning,
        "due": found.due if found.due_at else "",
        "due_at": found.due_at,
        "account_url": _place(provider, found.account),
        "messages": listening.heard(MESSAGES, provider, found.account, *names),
    }
    return Drawn("sandbox/charge.html", context)


def push(request: Request, provider: str, charge_id: str, event: str) -> str:
    """Let something happen to a charge; where to go on."""
    decline = str(request.form().get("decline", "")) if request.body else ""
    if decline and f"{DECLINE}{decline}" not in scenarios():
        raise Refuse(Answer(400, {"message": "decline must be a code of the testing page"}))
    control.push(provider, charge_id, event, decline)
    return f"/charges/{provider}/{quote(charge_id, safe='')}"


def account(provider: str, ref: str) -> Drawn | None:
    """An account with its moods, or None where there is none."""
    found = books.account_by_ref(provider, ref) if provider in simulators() else None
    if found is None:
        return None
    switches = found.switches
    context = {
        "account": found,
        "title": simulators()[provider].title,
        "merchant": found.facts.get("merchant", ""),
        "mood": mood(found),
        "choices": [
            ("outage_percent", "Availability", OUTAGES, str(switches.get("outage_percent", 0))),
            ("slow_milliseconds", "Answers after", DELAYS,
             str(switches.get("slow_milliseconds", 0))),
            ("webhooks", "Webhooks", WEBHOOKS, str(switches.get("webhooks", "sent"))),
        ],
        "now": found.now(),
        "ahead": _ahead(found.ahead_seconds),
        "moves": MOVES,
        "clock_url": f"{settings.BASE_URL}/test/developers/clock/",
        "messages": listening.heard(MESSAGES, provider, ref),
        "place": _place(provider, ref),
        "settlements": control.list_settlements(simulators()[provider], ref)[:LISTED],
        "today": found.now().date().isoformat(),
        "spoiled": control.spoiled(found, found.now().date()),
        "spoilings": spoilings(),
    }  # fmt: skip
    return Drawn("sandbox/account.html", context)


def spoil(request: Request, simulator: Simulator, ref: str) -> str:
    """Let the statements of a day be wrong, or right again; where to go on. Raises Refuse."""
    form = request.form()
    control.spoil(simulator, ref, str(form.get("day", "")), str(form.get("spoil", "")))
    return _place(simulator.name, ref)


def settlement(provider: str, ref: str, day: str, currency: str) -> Answer | None:
    """A statement in the ordinary form, or None where there is none."""
    found = books.account_by_ref(provider, ref) if provider in simulators() else None
    if found is None:
        return None
    with transaction.atomic():
        statement = settlements.find(books.Book(found), simulators()[provider], day, currency)
    return settlements.file(statement) if statement else None


def switch(request: Request, simulator: Simulator, ref: str) -> str:
    """Change an account's moods as the form says; where to go on. Raises Refuse."""
    form = request.form()
    changes: dict[str, Any] = {}
    for name in ("outage_percent", "slow_milliseconds"):
        text = str(form.get(name, ""))
        if text:
            changes[name] = int(text) if text.isdecimal() and len(text) < 9 else text
    if form.get("webhooks"):
        changes["webhooks"] = form["webhooks"]
    control.switch(simulator, ref, changes)
    return _place(simulator.name, ref)


def move_clock(request: Request, provider: str, ref: str) -> str | None:
    """Move the clock of all accounts of the same merchant; where to go on, None for no account."""
    found = books.account_by_ref(provider, ref)
    if found is None:
        return None
    step = str(request.form().get("by", ""))
    if step not in (*MOVES, "reset"):
        raise Refuse(Answer(400, {"message": f"by must be one of {', '.join(MOVES)}, reset"}))
    ahead = 0 if step == "reset" else found.ahead_seconds + MOVES[step]
    merchant = found.facts.get("merchant", "")
    books.execute(
        "UPDATE sandbox_account SET ahead_seconds = %s WHERE"
        " (provider = %s AND ref = %s) OR (%s <> '' AND facts->>'merchant' = %s)",
        [ahead, provider, ref, merchant, merchant],
    )
    return _place(provider, ref)


def wire(request: Request) -> Drawn:
    """Everything said of late."""
    provider = str(request.query.get("provider", ""))
    providers = [(one.name, one.title) for one in simulators().values()]
    messages = listening.heard(MESSAGES * 2, provider)
    return Drawn(
        "sandbox/wire.html", {"messages": messages, "providers": providers, "provider": provider}
    )


def shown(charge: Charge) -> dict[str, Any]:
    """A charge as the pages show it."""
    simulator = simulators().get(charge.provider)
    word, tone, icon = STATES[charge.state]
    return control.shown(charge) | {
        "title": simulator.title if simulator else charge.provider,
        "major": Money(charge.amount, charge.currency).major(),
        "captured_major": Money(charge.captured, charge.currency).major(),
        "refunded_major": Money(charge.refunded, charge.currency).major(),
        "word": word,
        "tone": tone,
        "icon": icon,
        "page": charge.page,
        "made": charge.created_at,
    }


def mood(account: Account) -> Mood:
    """The gravest of an account's moods."""
    switches = account.switches
    outage, slow = switches.get("outage_percent", 0), switches.get("slow_milliseconds", 0)
    webhooks = switches.get("webhooks", "sent")
    if outage >= 100:
        return Mood("down", "bad", "x")
    if outage:
        return Mood(f"fails {outage}%", "wait", "adjustments")
    if slow:
        return Mood(f"slow, {slow / 1000:g} s", "wait", "clock")
    if webhooks != "sent":
        return Mood(f"webhooks {webhooks}", "wait", "webhook")
    if account.ahead_seconds:
        return Mood(f"clock {_ahead(account.ahead_seconds)}", "info", "clock")
    return Mood("normal", "ok", "check")


def _accounts() -> list[dict[str, Any]]:
    """The newest accounts, those in a special mood first."""
    found = books.rows(
        "SELECT provider, ref FROM sandbox_account ORDER BY"
        " (switches <> '{}'::jsonb OR ahead_seconds <> 0) DESC, id DESC LIMIT %s",
        [ACCOUNTS],
    )
    listed = []
    for provider, ref in found:
        row = books.account_by_ref(provider, ref)
        if row and provider in simulators():
            listed.append(
                {
                    "title": simulators()[provider].title,
                    "ref": ref,
                    "mood": mood(row),
                    "url": _place(provider, ref),
                }
            )
    return listed


def _ahead(seconds: int) -> str:
    """How far a clock is ahead: "+1 d 2 h"."""
    if not seconds:
        return ""
    moved = timedelta(seconds=abs(seconds))
    hours, rest = divmod(moved.seconds, 3600)
    parts = [(moved.days, "d"), (hours, "h"), (rest // 60, "min")]
    sign = "+" if seconds > 0 else "−"
    return sign + " ".join(f"{count} {unit}" for count, unit in parts if count)


def _place(provider: str, ref: str) -> str:
    return f"/accounts/{provider}/{quote(ref, safe='')}"
