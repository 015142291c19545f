"""The onboarding services of the sandbox: register, website, bank and identity, by real HTTP.

They keep no state: a word in the question decides the answer, as `onboarding.toml` lists. Like real
services they want a token and a well-formed question, and refuse everything else.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

import msgspec
from django.conf import settings

from acquiring.core import shapes
from acquiring.sandbox.wire import Answer, Request

SILENCE_SECONDS = 20  # longer than anybody waits
Question = TypeVar("Question")


class RegisterAnswer(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What the register says."""

    found: bool
    name: str = ""
    status: str = ""


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One row of the table; which members matter depends on its part."""

    meaning: str
    example: str = ""
    failure: Literal["", "error", "silence"] = ""
    register: RegisterAnswer | None = None
    bank_account: Literal["match", "close", "differs", "unknown"] = "match"
    reason: str = ""
    status: int = 200
    names: bool = True
    pages: tuple[str, ...] = ("terms", "refunds", "contact", "privacy")


class RegisterQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a business stands in the register."""

    country: str
    entity: str
    identifiers: dict[str, str]
    legal_name: str


class WebsiteQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a website shows."""

    url: str
    names: tuple[str, ...]


class AccountQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether an account is held by somebody."""

    country: str
    currency: str
    holder: str
    fields: dict[str, str]


class IdentityQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether a person is who they say."""

    country: str
    name: str
    birth_date: str | None
    nationality: str
    identifiers: dict[str, str]


shapes.prepare(RegisterQuestion, WebsiteQuestion, AccountQuestion, IdentityQuestion)


@lru_cache(maxsize=1)
def table() -> dict[str, dict[str, Row]]:
    """The rows of `onboarding.toml`, by part and word."""
    path = Path(__file__).parent / "onboarding.toml"
    return msgspec.toml.decode(path.read_bytes(), type=dict[str, dict[str, Row]])


def serve(request: Request) -> Answer:
    """Answer a question, or refuse it as a service would."""
    expected = f"Bearer {settings.ONBOARDING_SERVICES_TOKEN}".encode()
    given = request.headers.get("authorization", "").encode()
    if not settings.ONBOARDING_SERVICES_TOKEN or not hmac.compare_digest(given, expected):
        return Answer(401, {"message": "The bearer token is missing or wrong."})
    service = SERVICES.get(request.path.strip("/"))
    if service is None:
        return Answer(404, {"message": f"The services are {', '.join(SERVICES)}."})
    if request.method != "POST":
        return Answer(405, {"message": "Questions are asked by POST."}, {"Allow": "POST"})
    kind, answer = service
    try:
        question = msgspec.json.decode(request.body, type=kind)
    except msgspec.ValidationError as error:
        return Answer(422, {"message": str(error)})
    except msgspec.DecodeError as error:
        return Answer(400, {"message": str(error)})
    return answer(question)


def _register(question: RegisterQuestion) -> Answer:
    row = _named("companies", question.legal_name)
    if row is not None and row.failure:
        return _failed(row)
    if row is not None and row.register is not None:
        return Answer(200, msgspec.to_builtins(row.register))
    if not any(question.identifiers.values()):
        return Answer(200, {"found": False})
    return Answer(200, {"found": True, "name": question.legal_name, "status": "active"})


def _website(question: WebsiteQuestion) -> Answer:
    host = urlsplit(question.url).hostname or ""
    row = table()["sites"].get(host.partition(".")[0], Row(meaning=""))
    if row.failure:
        return _failed(row)
    if row.status != 200:
        return Answer(200, {"status": row.status})
    called = question.names[0] if row.names and question.names else "A shop"
    return Answer(200, {"status": 200, "html": _page(called, row.pages)})


def _bank_account(question: AccountQuestion) -> Answer:
    row = _named("companies", question.holder)
    return Answer(200, {"answer": row.bank_account if row else "match"})


def _identity(question: IdentityQuestion) -> Answer:
    row = _named("people", question.name)
    if row is not None and row.failure:
        return _failed(row)
    numbers = (number.upper() for number in question.identifiers.values())
    refused = row or next(filter(None, map(table()["documents"].get, numbers)), None)
    if refused is not None:
        return Answer(200, {"proved": False, "reason": refused.reason})
    return Answer(200, {"proved": True})


def _named(part: str, name: str) -> Row | None:
    words = name.casefold().split()
    rows: Mapping[str, Row] = table()[part]
    return next((row for word, row in rows.items() if word.casefold() in words), None)


def _failed(row: Row) -> Answer:
    if row.failure == "silence":
        time.sleep(SILENCE_SECONDS)
    return Answer(500, {"message": "The service failed."})


def _page(called: str, pages: Iterable[str]) -> str:
    links = "".join(f'<a href="/{page}">{page.capitalize()}</a>' for page in pages)
    title = escape(called)
    return f"<!doctype html><title>{title}</title><h1>{title}</h1><p>Welcome.</p>{links}"


SERVICES: dict[str, tuple[type[Any], Callable[[Any], Answer]]] = {
    "register": (RegisterQuestion, _register),
    "website": (WebsiteQuestion, _website),
    "bank_account": (AccountQuestion, _bank_account),
    "identity": (IdentityQuestion, _identity),
}
