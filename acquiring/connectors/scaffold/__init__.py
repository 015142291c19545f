"""The four files of a new provider, out of a description of its API.

What is written works: driver and simulator agree, and the conformance suite passes. It speaks a
plain REST API, so that a newcomer changes words instead of inventing a structure.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template
from typing import Any, Literal

import msgspec

from acquiring import catalogue
from acquiring.connectors.driver import PAYMENT_STATES

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
CODE = re.compile(r"[A-Za-z0-9_.\-]{1,60}")


class BadDescription(ValueError):  # noqa: N818 (a fact about the file)
    """A description that cannot become a provider; the words name the member and the rule."""


class Description(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A provider's API in a page. `states` are its words in ours, `declines` its codes in ours,
    `methods` our codes in its words; `amounts` says how it writes them."""

    title: str
    live: str
    source: str
    methods: dict[str, str]
    states: dict[str, str]
    declines: dict[str, str]
    base_path: str = "/v1"
    authorization: Literal["bearer", "x-api-key"] = "bearer"
    amounts: Literal["minor", "text"] = "minor"
    idempotency_header: str = "Idempotency-Key"
    signature_header: str = "X-Signature"
    manual_capture: bool = False


AUTHORIZATION = {
    "bearer": (
        'return {"Authorization": f"Bearer {account[\'api_key\']}"}',
        'request.headers.get("authorization", "").removeprefix("Bearer ")',
    ),
    "x-api-key": (
        'return {"X-Api-Key": account["api_key"]}',
        'request.headers.get("x-api-key", "")',
    ),
}
# What the simulator calls a charge's state, by ours: the provider's word for what we read it as.
CHARGES = {
    "action": "action",
    "pending": "pending",
    "authorized": "authorized",
    "captured": "captured",
    "declined": "declined",
    "canceled": "voided",
    "expired": "expired",
}


def read(raw: bytes) -> Description:
    """A description out of TOML. Raises BadDescription."""
    try:
        found = msgspec.toml.decode(raw, type=Description)
    except msgspec.ValidationError as error:
        raise BadDescription(str(error)) from error
    except msgspec.DecodeError as error:
        raise BadDescription(f"the file is not TOML: {error}") from error
    _check(found)
    return found


def _check(found: Description) -> None:
    rules = {
        "title": bool(re.fullmatch(r"[\w .&'-]{1,40}", found.title)),
        "live": found.live.startswith("https://") and '"' not in found.live,
        "base_path": bool(re.fullmatch(r"(/[\w.\-]+)*", found.base_path)),
        "idempotency_header": bool(re.fullmatch(r"[\w\-]+", found.idempotency_header)),
        "signature_header": bool(re.fullmatch(r"[\w\-]+", found.signature_header)),
        "methods": bool(found.methods) and set(found.methods) <= set(catalogue.methods()),
        "states": {"action", "captured", "declined"} <= set(found.states.values())
        and set(found.states.values()) <= PAYMENT_STATES,
        "declines": bool(found.declines)
        and set(found.declines.values()) <= set(catalogue.declines()),
    }
    words = [*found.methods.values(), *found.states, *found.declines]
    rules["a word"] = all(CODE.fullmatch(word) for word in words)
    wrong = [name for name, good in rules.items() if not good]
    if wrong:
        raise BadDescription(f"{wrong[0]}: {RULES[wrong[0]]}")


RULES = {
    "title": "letters, digits and blanks, at most 40",
    "live": "an address that begins with https://",
    "base_path": "a path such as /v1",
    "idempotency_header": "the name of a header",
    "signature_header": "the name of a header",
    "methods": "codes of catalogue/methods, each with the provider's word for it",
    "states": "the provider's words; at least one each for action, captured and declined",
    "declines": "the provider's codes, each with one of catalogue/declines.toml",
    "a word": "letters, digits, _, - and . only",
}


def files(name: str, found: Description) -> dict[Path, str]:
    """The files of the provider, by their path below the root. Raises BadDescription."""
    if not NAME.fullmatch(name):
        raise BadDescription("the name is a word in lower case: harbour_pay")
    members = _members(name, found)
    return {
        Path(f"acquiring/connectors/drivers/{name}.py"): _drawn("driver.txt", members),
        Path(f"acquiring/sandbox/providers/{name}.py"): _drawn("simulator.txt", members),
        Path(f"acquiring/catalogue/providers/{name}.toml"): _drawn("catalogue.txt", members),
    }


def _members(name: str, found: Description) -> dict[str, str]:
    verbs = ["authorize", "inquire", "refund", "resume"]
    verbs += ["capture", "void"] if found.manual_capture else []
    minor = found.amounts == "minor"
    out = "ask.money.amount" if minor else "ask.money.major()"
    asking, reading = AUTHORIZATION[found.authorization]
    sends = Template((HERE / "later_asks.txt").read_text("utf-8"))
    theirs = {ours: word for word, ours in reversed(found.states.items())}
    words = {charge: theirs.get(ours, theirs["declined"]) for charge, ours in CHARGES.items()}
    told = {ours: code for code, ours in reversed(found.declines.items())}
    return {
        "name": name,
        "title": found.title,
        "class_name": "".join(part.capitalize() for part in name.split("_")),
        "live": found.live,
        "source": found.source.replace('"', "'"),
        "base_path": found.base_path,
        "verbs": ", ".join(f'"{verb}"' for verb in sorted(verbs)),
        "resendable": ", ".join(f'"{verb}"' for verb in sorted(verbs)),
        "states": _rows(found.states, 8),
        "declines": _rows(found.declines, 8),
        "words": _rows(words, 4),
        "told_declines": _rows(told, 4),
        "method_codes": ", ".join(f'"{code}"' for code in sorted(set(found.methods.values()))),
        "amount_out": out,
        "amount_type": "int" if minor else "str",
        "amount_shown": "charge.amount"
        if minor
        else "Money(charge.amount, charge.currency).major()",
        "units": "return int(value)" if minor else TEXT_UNITS,
        "authorization": asking,
        "read_key": reading,
        "idempotency_header": found.idempotency_header,
        "idempotency_lower": found.idempotency_header.lower(),
        "signature_header": found.signature_header.lower(),
        "signature_title": found.signature_header,
        "later_asks": sends.substitute(amount_out=out) if found.manual_capture else "",
        "rows": "\n".join(_row(code, word, found) for code, word in sorted(found.methods.items())),
    }


TEXT_UNITS = """try:
        return Money.from_major(value, currency).amount
    except ValueError as error:
        raise Refuse(said(422, "invalid", f"amount: {error}")) from error"""


def _row(code: str, word: str, found: Description) -> str:
    lines = [f"[methods.{code}]", f'code = "{word}"', 'flow = "redirect"']
    both = ['capture = "both"', "void = true"]
    lines += both if found.manual_capture else ['capture = "automatic"']
    return "\n".join([*lines, 'refund = "partial"', ""])


def _rows(mapping: Mapping[str, str], indent: int) -> str:
    return "".join(f'{" " * indent}"{name}": "{value}",\n' for name, value in mapping.items())


def _drawn(template: str, members: Mapping[str, str]) -> str:
    return Template((HERE / template).read_text("utf-8")).substitute(members)


# Recorded exchanges: the shape a newcomer replaces by the provider's own sample replies.


def exchanges(driver: Any, found: Description) -> str:
    """Asks, the calls the driver makes of them, replies and what it reads from them, as JSON."""
    return json.dumps([_entry(driver, *one) for one in _asked(found)], indent=1) + "\n"


def _asked(found: Description) -> Iterator[tuple[str, str, dict[str, Any], int, dict[str, Any]]]:
    theirs = {ours: word for word, ours in reversed(found.states.items())}
    code = next(iter(found.declines))
    currency = {"money": {"amount": 1999, "currency": "EUR"}}
    first = {
        **currency,
        "code": next(iter(found.methods.values())),
        "return_url": "https://s.example",
    }
    known = {**currency, "provider_ref": "pay_1"}
    amount: Any = 1999 if found.amounts == "minor" else "19.99"
    paid = {"id": "pay_1", "reference": "att_1", "amount": amount, "currency": "EUR"}
    done = {"id": "ref_9", "reference": "ref_1", "payment": "pay_1", "status": "succeeded"}
    refused = {"error": "wrong_state", "message": "The payment does not allow this."}
    step = {"redirect_url": "https://pay.example/1"}
    no = {"status": theirs["declined"], "decline_code": code}
    yes = {"status": theirs["captured"]}
    yield "sent to a page", "authorize", first, 201, {**paid, "status": theirs["action"], **step}
    yield "paid at once", "authorize", first, 201, {**paid, **yes}
    yield "declined", "authorize", first, 201, {**paid, **no}
    yield "refused", "authorize", first, 422, {"error": "invalid", "message": "amount is wrong"}
    yield "came back and paid", "resume", known, 200, {**paid, **yes}
    yield "came back and declined", "resume", known, 200, {**paid, **no}
    yield "found by our reference", "inquire", currency, 200, {"data": [{**paid, **yes}]}
    yield "nothing of that reference", "inquire", currency, 200, {"data": []}
    later = {**known, "reference": "ref_1"}
    yield "refunded", "refund", later, 201, done
    yield "not refunded", "refund", later, 409, refused
    if found.manual_capture:
        yield "captured", "capture", {**known, "reference": "cap_1"}, 201, {**done, "id": "cap_9"}
        yield "not captured", "capture", {**known, "reference": "cap_1"}, 409, refused
        yield "let go", "void", {**known, "reference": "voi_1"}, 200, {**paid, "status": "canceled"}
        yield "not let go", "void", {**known, "reference": "voi_1"}, 409, refused


def _entry(
    driver: Any, name: str, verb: str, members: dict[str, Any], status: int, body: dict[str, Any]
) -> dict[str, Any]:
    from acquiring.connectors.driver import Ask, Reply
    from acquiring.core.money import Money

    known = {"reference": "att_1", "payment": "pay_1", **members}
    ask = Ask(verb=verb, **{**known, "money": Money(**members["money"])})  # type: ignore[arg-type]
    call, outcome = driver.ask(ask), driver.read(ask, Reply(status, {}, body))
    told = {"method": call.method, "path": call.path, "query": dict(call.query), "body": call.body}
    heard = {one: getattr(outcome, one) for one in outcome.__slots__}
    return {
        "name": name,
        "verb": verb,
        "source": "written by new_driver: replace by a sample of the provider's",
        "ask": members,
        "call": {
            one: value
            for one, value in told.items()
            if value or (one == "body" and value is not None)
        },
        "reply": {"status": status, "body": body},
        "outcome": {one: value for one, value in heard.items() if value not in ("", None, {})},
    }
