"""What people see of the simulators: the shopper's pages and the console.

    GET, POST /, /charges/…, /accounts/…, /wire  the console (see `console.py`)
    GET       /_scan?data=                     a bank's app that scans national QR codes
    GET, POST /_shopper/<provider>/<id>        the simulated issuer, bank or wallet of a charge
    GET       /_shopper/<provider>/<id>/qr.svg a code that leads there (or qr.png)
    GET       /_wallet/<wallet>                a device wallet's sheet (see `sheets.py`)
    GET, POST /identity/…                      an identity provider (see `identity.py`)
    GET       /static/<file>                   the sheets, fonts and icons these pages need

The console is as open as the port it listens on. It shows no secret; forms of other sites are
refused by their Origin.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any, NoReturn
from urllib.parse import urlsplit

import segno
from django.conf import settings
from django.db import transaction
from django.template import Context, Engine

from acquiring.sandbox import book as books
from acquiring.sandbox import console, control, identity, sheets
from acquiring.sandbox.book import OPEN_STATES, Book, Charge
from acquiring.sandbox.console import Drawn
from acquiring.sandbox.engine import PAGES, page_url, simulators
from acquiring.sandbox.wire import Answer, Refuse, Request

ASSETS = settings.BASE_DIR / "templates" / "static"
ASSET_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # The shopper's form ends at the shop's own address, so `form-action` cannot be ours alone.
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self';"
    " img-src 'self'; font-src 'self'; connect-src 'self'; base-uri 'none';"
    " form-action http: https:; frame-ancestors 'none'",
}

# What each page says and asks: title, lead, the words on its buttons.
WORDS = {
    "three_ds": (
        "Confirm this payment",
        "Your bank wants to know that it is you. In the sandbox, one press is enough.",
        "Approve",
        "Fail authentication",
    ),
    "bank": (
        "Pay from your bank account",
        "Here a real bank would ask you to log in and confirm the transfer.",
        "Pay",
        "Decline",
    ),
    "wallet": (
        "Pay with your wallet",
        "Here a real wallet would open and ask for your PIN or your finger.",
        "Approve",
        "Decline",
    ),
    "counter": (
        "Pay this code",
        "Here you would pay at a counter, at a machine, or by scanning the code.",
        "Pay now",
        "Let it lapse",
    ),
}


def serve(request: Request) -> Answer:
    """Answer a person's browser; raises Refuse."""
    parts = [part for part in request.path.split("/") if part]
    match [request.method, *parts]:
        case [_, "identity", *_]:
            return _identity(request)
        case ["GET"]:
            return _drawn(console.charges(request))
        case ["GET", "wire"]:
            return _drawn(console.wire(request))
        case ["GET", "static", *names]:
            return _asset("/".join(names))
        case ["GET", "charges", provider, charge_id]:
            return _drawn(console.charge(provider, charge_id, _charge(provider, charge_id)))
        case ["POST", "charges", provider, charge_id, event]:
            _same_site(request)
            return _see(console.push(request, provider, charge_id, event))
        case ["GET", "accounts", provider, ref]:
            return _drawn(console.account(provider, ref))
        case ["POST", "accounts", provider, ref, "switches"] if provider in simulators():
            _same_site(request)
            return _see(console.switch(request, simulators()[provider], ref))
        case ["POST", "accounts", provider, ref, "settlements"] if provider in simulators():
            _same_site(request)
            return _see(console.spoil(request, simulators()[provider], ref))
        case ["GET", "accounts", provider, ref, "settlements", day, currency]:
            return console.settlement(provider, ref, day, currency) or _nothing()
        case ["POST", "accounts", provider, ref, "clock"]:
            _same_site(request)
            return _see(console.move_clock(request, provider, ref))
        case ["GET", "_wallet", wallet] if wallet in sheets.NAMES:
            return _page("sandbox/wallet.html", sheets.sheet(wallet, request))
        case ["GET", "_scan"]:
            return _scan(str(request.query.get("data", "")))
        case ["GET", "_shopper", provider, charge_id]:
            return _shopper_page(_charge(provider, charge_id))
        case ["GET", "_shopper", provider, charge_id, "qr.svg" | "qr.png" as image]:
            return _code(_charge(provider, charge_id), image.rpartition(".")[2])
        case ["POST", "_shopper", provider, charge_id] if {"creq", "JWT"} & set(request.form()):
            return _shopper_page(_charge(provider, charge_id))  # a shop opens a challenge
        case ["POST", "_shopper", provider, charge_id]:
            _same_site(request)
            return _shopper_choice(provider, charge_id, request.form().get("choice", ""))
    return _nothing()


def _identity(request: Request) -> Answer:
    """The simulated identity provider: programs are answered, people see its pages."""
    request.path = request.path.removeprefix("/identity")
    if request.method == "POST" and request.path.strip("/") != "token":
        _same_site(request)
    answer = identity.serve(request)
    return answer if isinstance(answer, Answer) else _page(*answer)


def _nothing() -> NoReturn:
    raise Refuse(_page("sandbox/missing.html", {}, status=404))


def _scan(text: str) -> Answer:
    """A bank's app: paste what a code says, or follow it there."""
    if text.startswith(f"{settings.SANDBOX_URL}/_shopper/"):
        return _see(text)
    fault = ""
    if text:
        try:
            with transaction.atomic():
                charge = simulators()["direct"].scan(text)  # type: ignore[attr-defined]
            return _see(f"/_shopper/direct/{charge.id}")
        except Refuse as refused:
            fault = refused.answer.body["message"]
    return _page("sandbox/scan.html", {"text": text, "fault": fault}, status=400 if fault else 200)


def _shopper_page(charge: Charge) -> Answer:
    title, lead, yes, no = WORDS.get(charge.page, WORDS["bank"])
    context = {"title": title, "lead": lead, "yes": yes, "no": no, "charge": console.shown(charge)}
    answered = charge.state not in OPEN_STATES or charge.page not in PAGES
    template = "sandbox/answered.html" if answered else "sandbox/shopper.html"
    return _page(template, context | {"back": simulators()[charge.provider].returns(charge)})


def _shopper_choice(provider: str, charge_id: str, choice: str) -> Answer:
    if choice not in ("approve", "decline", "cancel"):
        raise Refuse(Answer(400, {"message": "choice must be approve, decline or cancel"}))
    simulator = simulators().get(provider)
    with transaction.atomic():
        charge = _charge(provider, charge_id, lock=True)
        assert simulator is not None
        if charge.state == "action":
            book = Book(control.account_of(charge))
            target = simulator.shopper(book, charge, choice)  # type: ignore[arg-type]
            book.save(charge)
        else:  # pressed twice, or settled meanwhile: the first answer stands
            target = simulator.returns(charge)
    return _see(target or f"/_shopper/{provider}/{charge_id}")


def _code(charge: Charge, kind: str) -> Answer:
    """The shopper's page as a QR code."""
    image = io.BytesIO()
    segno.make(page_url(charge), micro=False).save(image, kind=kind, scale=6)
    types = {"svg": "image/svg+xml", "png": "image/png"}
    return Answer(200, image.getvalue(), {"Content-Type": types[kind]})


def _charge(provider: str, charge_id: str, lock: bool = False) -> Charge:
    found = books.charges(
        "provider = %s AND id = %s" + (" FOR UPDATE" if lock else ""), [provider, charge_id]
    )
    if not found or provider not in simulators():
        raise Refuse(_page("sandbox/missing.html", {}, status=404))
    return found[0]


def _same_site(request: Request) -> None:
    """Refuse a form that another site sent: a browser says where it came from."""
    origin = request.headers.get("origin", "")
    allowed = {request.host, urlsplit(settings.SANDBOX_URL).netloc}
    if origin and origin != "null" and urlsplit(origin).netloc not in allowed:
        raise Refuse(Answer(403, {"message": "This form belongs to another site."}))


def _drawn(page: Drawn | None) -> Answer:
    return _nothing() if page is None else _page(page.template, page.context)


def _see(url: str | None) -> Answer:
    if url is None:
        _nothing()
    return Answer(303, b"", {"Location": url, "Cache-Control": "no-store"})


def _asset(name: str) -> Answer:
    path = (ASSETS / name).resolve()
    kind = ASSET_TYPES.get(path.suffix)
    if not kind or ASSETS.resolve() not in path.parents or not path.is_file():
        raise Refuse(Answer(404, {"message": "No such file."}))
    return Answer(
        200, path.read_bytes(), {"Content-Type": kind, "Cache-Control": "public, max-age=3600"}
    )


def _page(template: str, context: dict[str, Any], status: int = 200) -> Answer:
    drawn = _templates().get_template(template).render(Context(context, use_l10n=False))
    return Answer(status, drawn, HEADERS)


@lru_cache(maxsize=1)
def _templates() -> Engine:
    return Engine(dirs=[str(settings.BASE_DIR / "templates")], autoescape=True)
