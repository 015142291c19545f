"""The control interface: how the platform and the tests hold the simulators' strings.

No provider has such a thing. Every call but `ready` carries `Authorization: Bearer` with the token
of the setting SANDBOX_CONTROL_TOKEN; bodies and answers are JSON.

    GET  /_control/ready
    PUT  /_control/accounts/<provider>/<ref>           {"webhook_url", "facts"} -> {"credentials"}
    PUT  /_control/accounts/<provider>/<ref>/switches  {"outage_percent", "slow_milliseconds", …}
    PUT  /_control/clock                               {"account" or "merchant", "ahead_seconds"}
    GET  /_control/charges?provider=&account=&after=&limit=
    GET  /_control/charges/<provider>/<id>
    POST /_control/charges/<provider>/<id>/<event>     approve, decline, cancel, expire, dispute
    GET  /_control/accounts/<provider>/<ref>/settlements
    PUT  /_control/accounts/<provider>/<ref>/settlements/<day>  {"spoil": "line_missing" or ""…}
    GET  /_control/webhooks?provider=&account=&charge=&state=
"""

from __future__ import annotations

import hmac
from datetime import date
from typing import Any

from django.conf import settings
from django.db import transaction

from acquiring.sandbox import book as books
from acquiring.sandbox import settlements, settling
from acquiring.sandbox.book import Account, Book, Charge
from acquiring.sandbox.engine import EVENTS, Simulator, simulators
from acquiring.sandbox.scenarios import spoilings
from acquiring.sandbox.wire import Answer, Malformed, Refuse, Request

MAX_LISTED = 1_000

# Moods of an account, each with its largest value; 0 switches a number off.
SWITCHES = {
    "outage_percent": 100,  # this share of calls is answered as in an outage
    "slow_milliseconds": 60_000,  # every call waits this long first
    "hang_seconds": 120,  # how long an answer that never comes keeps its caller waiting
}
# What becomes of an account's webhooks.
WEBHOOKS = ("sent", "lost", "late", "twice", "reordered", "forged")


def serve(request: Request) -> Answer:
    """Answer a control call; raises Refuse and Malformed."""
    parts = request.path.strip("/").split("/")
    if parts == ["ready"]:
        books.rows("SELECT 1 FROM sandbox_account LIMIT 1")
        return Answer(200, {"ready": True, "simulators": sorted(simulators())})
    _authorize(request)
    match [request.method, *parts]:
        case ["PUT", "accounts", provider, ref]:
            return _register(_simulator(provider), ref, request.json())
        case ["PUT", "accounts", provider, ref, "switches"]:
            switches = switch(_simulator(provider), ref, request.json())
            return Answer(200, {"switches": switches})
        case ["PUT", "clock"]:
            return _move_clock(request.json())
        case ["GET", "charges"]:
            return _list_charges(request.query)
        case ["GET", "charges", provider, charge_id]:
            return Answer(200, shown(_charge(provider, charge_id)))
        case ["POST", "charges", provider, charge_id, event]:
            decline = request.json().get("decline", "") if request.body else ""
            return Answer(200, shown(push(provider, charge_id, event, decline)))
        case ["GET", "accounts", provider, ref, "settlements"]:
            return Answer(200, {"settlements": list_settlements(_simulator(provider), ref)})
        case ["PUT", "accounts", provider, ref, "settlements", day]:
            how = request.json().get("spoil", "")
            spoil(_simulator(provider), ref, day, how)
            return Answer(200, {"day": day, "spoil": how})
        case ["GET", "webhooks"]:
            return Answer(200, {"webhooks": deliveries(request.query)})
    raise Refuse(Answer(404, {"message": f"No such control call: {request.method}"}))


def push(provider: str, charge_id: str, event: str, decline: str = "") -> Charge:
    """Let something happen to a charge, whosever it is; raises Refuse for what cannot be."""
    if event not in EVENTS:
        raise Refuse(Answer(400, {"message": f"event must be one of {', '.join(EVENTS)}"}))
    simulator = _simulator(provider)
    if event in simulator.cannot:
        raise Refuse(Answer(409, {"message": simulator.cannot[event]}))
    with transaction.atomic():
        charge = _charge(provider, charge_id, lock=True)
        book = Book(account_of(charge))
        code = decline or ("generic_decline" if event == "decline" else "")
        simulator.advance(book, charge, event, code)  # type: ignore[arg-type]
        return book.save(charge)


def account_of(charge: Charge) -> Account:
    """The account a charge belongs to."""
    account = books.account_by_ref(charge.provider, charge.account)
    assert account is not None
    return account


def shown(charge: Charge) -> dict[str, Any]:
    """A charge in words that all providers share."""
    names = (
        "provider", "id", "account", "reference", "method", "amount", "currency",
        "captured", "refunded", "state", "scenario",
    )  # fmt: skip
    return {name: getattr(charge, name) for name in names} | {
        "created_at": charge.created_at.isoformat() if charge.created_at else ""
    }


def deliveries(filters: dict[str, Any]) -> list[dict[str, Any]]:
    """The newest webhooks first, filtered by provider, account, charge and state."""
    known = [name for name in ("provider", "account", "charge", "state") if filters.get(name)]
    columns = "id, provider, account, charge, name, state, forged, attempts, last_status"
    where = " AND ".join(f"{name} = %s" for name in known) or "true"
    found = books.rows(
        f"SELECT {columns}, last_error, due_at, created_at"  # noqa: S608 (our own column names)
        f" FROM sandbox_delivery WHERE {where} ORDER BY id DESC LIMIT %s",
        [*(filters[name] for name in known), MAX_LISTED],
    )
    names = (*columns.split(", "), "last_error", "due_at", "created_at")
    return [dict(zip(names, row, strict=True)) for row in found]


def _authorize(request: Request) -> None:
    expected = f"Bearer {settings.SANDBOX_CONTROL_TOKEN}".encode()
    given = request.headers.get("authorization", "").encode()
    if not settings.SANDBOX_CONTROL_TOKEN or not hmac.compare_digest(given, expected):
        raise Refuse(Answer(401, {"message": "The control token is missing or wrong."}))


def _register(simulator: Simulator, ref: str, body: dict) -> Answer:
    known = books.account_by_ref(simulator.name, ref)
    facts, url = body.get("facts") or {}, body.get("webhook_url") or ""
    if not isinstance(facts, dict) or not isinstance(url, str):
        raise Refuse(Answer(400, {"message": "facts is an object, webhook_url is text"}))
    try:
        credentials = known.credentials if known else simulator.credentials(facts)
    except ValueError as error:
        raise Refuse(Answer(400, {"message": str(error)})) from error
    key = credentials[simulator.key_credential]
    account = books.register(Account(simulator.name, ref, key, credentials, facts, url))
    public = {name: one for name, one in account.credentials.items() if not name.startswith("_")}
    return Answer(200, {"credentials": public})


def switch(simulator: Simulator, ref: str, changes: dict[str, Any]) -> dict[str, Any]:
    """Change an account's moods; all of them as they are then. Raises Refuse naming a wrong one."""
    for name, value in changes.items():
        if name == "webhooks" and value in WEBHOOKS:
            continue
        if name not in SWITCHES or type(value) is not int or not 0 <= value <= SWITCHES[name]:
            limits = ", ".join(f"{one} 0 to {limit}" for one, limit in SWITCHES.items())
            message = f"{name}: the switches are {limits}, webhooks {'|'.join(WEBHOOKS)}"
            raise Refuse(Answer(400, {"message": message}))
    found = books.rows(
        "UPDATE sandbox_account SET switches = switches || %s WHERE provider = %s AND ref = %s"
        " RETURNING switches::text",
        [books.text(changes), simulator.name, ref],
    )
    if not found:
        raise Refuse(Answer(404, {"message": f"No account {ref} at {simulator.name}"}))
    switches: dict[str, Any] = _json(found[0][0])
    return switches


def list_settlements(simulator: Simulator, ref: str) -> list[dict[str, Any]]:
    """The statements of an account, newest first, with what was made wrong in them.

    `payout` is the net sum for people: with a decimal point at every provider.
    """
    with transaction.atomic():
        found = settling.statements(Book(_account(simulator, ref)), simulator)
    return [
        {
            **settlements.listed(one),
            "spoiled": one.spoiled,
            "payout": settlements.decimal(one.net, one.places),
        }
        for one in found
    ]


def spoil(simulator: Simulator, ref: str, day: str, how: str) -> None:
    """Let the statements of a day that has not ended be wrong; raises Refuse."""
    account = _account(simulator, ref)
    if how and how not in spoilings():
        raise Refuse(Answer(400, {"message": f"spoil must be one of {', '.join(spoilings())}"}))
    try:
        wanted = date.fromisoformat(day)
    except ValueError as error:
        raise Refuse(Answer(400, {"message": "the day is written 2026-11-22"})) from error
    try:
        with transaction.atomic():
            settling.choose(Book(account), wanted, how)
    except settling.TooLate as late:
        raise Refuse(Answer(409, {"message": f"{day} is closed for this account"})) from late


def spoiled(account: Account, day: date) -> str:
    """What will be wrong in the statements of a day; "" for nothing."""
    return str((Book(account).get("spoiling", day.isoformat()) or {}).get("how", ""))


def _account(simulator: Simulator, ref: str) -> Account:
    account = books.account_by_ref(simulator.name, ref)
    if account is None:
        raise Refuse(Answer(404, {"message": f"No account {ref} at {simulator.name}"}))
    return account


def _move_clock(body: dict) -> Answer:
    ahead, ref, merchant = body.get("ahead_seconds"), body.get("account"), body.get("merchant")
    if type(ahead) is not int or not (ref or merchant):
        message = "ahead_seconds is a whole number; account or merchant says whose clock"
        raise Refuse(Answer(400, {"message": message}))
    condition = "ref = %s" if ref else "facts->>'merchant' = %s"
    moved = books.execute(
        f"UPDATE sandbox_account SET ahead_seconds = %s WHERE {condition}",  # noqa: S608
        [ahead, ref or merchant],
    )
    return Answer(200, {"accounts": moved, "ahead_seconds": ahead})


def _list_charges(query: dict[str, Any]) -> Answer:
    """Oldest first; `after` is the last id of the page before."""
    limit = min(int(query.get("limit") or MAX_LISTED), MAX_LISTED)
    known = [name for name in ("provider", "account") if query.get(name)]
    conditions = [f"{name} = %s" for name in known]
    parameters = [query[name] for name in known]
    if query.get("after"):
        conditions.append("row > (SELECT row FROM sandbox_charge AS seen WHERE seen.id = %s)")
        parameters.append(query["after"])
    found = books.charges(
        (" AND ".join(conditions) or "true") + " ORDER BY row LIMIT %s", [*parameters, limit + 1]
    )
    page = [shown(charge) for charge in found[:limit]]
    return Answer(200, {"charges": page, "has_more": len(found) > limit})


def _charge(provider: str, charge_id: str, lock: bool = False) -> Charge:
    found = books.charges(
        "provider = %s AND id = %s" + (" FOR UPDATE" if lock else ""), [provider, charge_id]
    )
    if not found:
        raise Refuse(Answer(404, {"message": f"No charge {charge_id} at {provider}"}))
    return found[0]


def _simulator(provider: str) -> Simulator:
    known = simulators().get(provider)
    if known is None:
        raise Refuse(Answer(404, {"message": f"No simulator of {provider}"}))
    return known


def _json(text: str) -> Any:
    try:
        return Request("", "", {}, body=text.encode()).json()
    except Malformed:
        return {}
