"""The engine of the simulators: what every provider shares.

A simulator is one file, `providers/<name>.py`, with one subclass of `Simulator`, found by its file
name and mounted at `/<name>/`. It sees the provider's own paths (the mount is stripped), since that
is what providers sign. It is written from the provider's documents and knows nothing of our
drivers.

    class Example(Simulator):
        name, title = "example", "Example Pay"
        routes = (("POST", "/v1/payments", "create"), ("GET", "/v1/payments/{payment}", "show"))

        def credentials(self, facts): ...   # issued once, when an account is registered
        def authenticate(self, request): ... # the Account, or raise Refuse(the provider's 401)
        def create(self, request, book): ... # a handler: (request, book, **path parts) -> Answer
        def advance(self, book, charge, event, decline=""): ...
        def sign(self, account, delivery, now): ...

The life of a call, in `Simulator.serve`:

1. `authenticate`, then the account's switches (outage, slowness).
2. One transaction: the idempotency key (`idempotency_key`, `busy`, `mismatch`), the handler, the
   stored answer. A returned `Answer` of any status is committed and stored under the key; a raised
   `Refuse` rolls everything back and stores nothing.
3. COMMIT, and only then the answer, so that a killed process knows every charge it acknowledged.

Charges (`book.open`, `book.save`, `book.charge`, see `book.py`) are what all simulators share: the
console, the control interface and the scenarios work on them without knowing the provider. A
handler that starts one names its scenario: the provider's own test value if it was given one, else
`scenarios.by_amount(amount).name`, then does as `first_step(scenario, asks_shopper)` says.
`book.open` (or `book.play`, where a later call pays) lets the scenario spoil the answer: `timeout`,
`timeout_uncharged` and `error_after_charge` need nothing from the simulator. Webhook moods are
applied by `book.tell`. What is left to the simulator is `plan.capture` = "fail" and
`plan.refund` = "fail" or "pending".

What happens to a charge later, whoever does it (the shopper on a page, time, a person at the
console, the control interface), arrives as `advance(book, charge, event, decline)` with the event
`approve`, `decline`, `cancel`, `expire`, `dispute` or `wait` (the shopper agreed, the money is
still to come: state "pending"). It changes the charge and tells its webhooks; the engine saves it.
It ignores an event that the charge's state does not allow.

Shopper pages: a handler gives `page_url(charge)` to the shopper with `charge.page` one of `PAGES`;
the page's answer ends in `advance`, and the shopper goes on to `returns(charge)`.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, ClassVar, Literal

import structlog
from django.conf import settings
from django.db import DatabaseError, IntegrityError, transaction

from acquiring.sandbox import settlements
from acquiring.sandbox.book import Account, Book, Charge
from acquiring.sandbox.scenarios import Scenario
from acquiring.sandbox.wire import Answer, Malformed, Refuse, Request

log = structlog.get_logger(__name__)

Event = Literal["approve", "decline", "cancel", "expire", "dispute", "wait"]
EVENTS: tuple[Event, ...] = ("approve", "decline", "cancel", "expire", "dispute")
Step = Literal["approve", "decline", "action", "wait"]

# How long an answer that never comes keeps its caller waiting: longer than anyone's patience here.
HANG_SECONDS = 40

# The unified decline code of a shopper's no, by page: what "decline" and "cancel" mean there.
PAGES: Mapping[str, Mapping[str, str]] = {
    "three_ds": {"decline": "authentication_failed", "cancel": "authentication_canceled"},
    "bank": {"decline": "bank_refused", "cancel": "shopper_canceled"},
    "wallet": {"decline": "wallet_refused", "cancel": "shopper_canceled"},
    "counter": {"decline": "payment_expired", "cancel": "shopper_canceled"},
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A webhook that is about to be sent. `message` is what the simulator told.

    The copies of one webhook share its `id`, as those of a provider do.
    """

    id: int
    name: str
    message: Mapping[str, Any]
    created_at: datetime
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Post:
    """A signed webhook, ready to leave. `expects` is a text its acknowledgement must contain."""

    headers: Mapping[str, str]
    body: bytes
    expects: str = ""
    url: str = ""  # where the call itself named an address, instead of the account's


class _Uncharged(Exception):  # noqa: N818 (a scenario, not a fault)
    """The answer will not come, and nothing of the call is kept."""


class Simulator:
    """The shared half of every simulator."""

    name: ClassVar[str]
    title: ClassVar[str]
    routes: ClassVar[Sequence[tuple[str, str, str]]]
    # The credential in which `authenticate` finds the account (`book.account_by_key`).
    key_credential: ClassVar[str]
    # Scenarios that cannot happen at this provider, each with the reason, for people to read.
    cannot: ClassVar[Mapping[str, str]] = {}

    # What a provider adds.

    def credentials(self, facts: Mapping[str, Any]) -> dict[str, str]:
        """Fresh credentials for a new account; `facts` are what the merchant told (a public key).

        They are kept and shown to the registering merchant; a name that begins with an underscore
        stays with the provider (a private key). Raises ValueError naming a fact that is missing.
        """
        raise NotImplementedError

    def authenticate(self, request: Request) -> Account:
        """Whose call this is; raises Refuse with the provider's own answer to a stranger."""
        raise NotImplementedError

    def advance(self, book: Book, charge: Charge, event: Event, decline: str = "") -> None:
        """Let something happen to a charge; `decline` is a unified code. The engine saves it."""
        raise NotImplementedError

    def sign(self, account: Account, delivery: Delivery, now: datetime) -> Post:
        """The webhook request as the provider signs it at this moment."""
        raise NotImplementedError

    def returns(self, charge: Charge) -> str:
        """Where the shopper's browser goes after its page; "" where there is nowhere to go."""
        return ""

    # What a provider may change.

    def idempotency_key(self, request: Request) -> str:
        """The key under which the answer is kept; "" for none."""
        return ""

    def fingerprint(self, request: Request) -> str:
        """What makes two calls under one key the same call."""
        return request.fingerprint()

    def replayed(self, answer: Answer) -> Answer:
        """A stored answer as it is given again."""
        return answer

    def busy(self, request: Request) -> Answer:
        """Another call holds the same idempotency key at this moment."""
        return Answer(409, {"message": "A request with this key is being processed."})

    def mismatch(self, request: Request) -> Answer:
        """The key was used before, for another call."""
        return Answer(422, {"message": "This key was used with other parameters."})

    def not_found(self, request: Request) -> Answer:
        """No such path."""
        return Answer(404, {"message": f"No such path: {request.method} {request.path}"})

    def malformed(self, request: Request, reason: str) -> Answer:
        """A body that cannot be read."""
        return Answer(400, {"message": reason})

    def broken(self, request: Request) -> Answer:
        """The provider's own HTTP 500."""
        return Answer(500, {"message": "Internal error"})

    def unavailable(self, request: Request) -> Answer:
        """The provider's own answer during an outage."""
        return Answer(503, {"message": "Service unavailable"})

    def test_values(self) -> list[tuple[str, str]]:
        """The provider's own published test values and what they do, for `docs/testing.md`."""
        return []

    def settled_as(self, charge: Charge) -> str:
        """The payment's name in statements."""
        return charge.id

    def shopper(self, book: Book, charge: Charge, choice: Event) -> str:
        """The shopper answered the page: approve, decline or cancel. Where the browser goes next.

        A yes can still be declined, or only pend, when the charge's scenario says so.
        """
        plan, codes = charge.plan, PAGES.get(charge.page, PAGES["bank"])
        if choice == "approve" and plan.result == "pending":
            self.advance(book, charge, "wait")
        elif choice == "approve" and plan.result == "decline":
            self.advance(book, charge, "decline", plan.decline)
        else:
            self.advance(book, charge, choice, codes.get(choice, ""))
        return self.returns(charge)

    # The shared half.

    def serve(self, request: Request) -> Answer:
        """Answer a call; never raises."""
        try:
            account = self.authenticate(request)
            request.caller = account.ref
            if self._is_out(account):
                return self.unavailable(request)
            time.sleep(int(account.switches.get("slow_milliseconds", 0)) / 1000)
            answer, book = self._transact(request, account)
        except Refuse as refused:
            return refused.answer
        except Malformed as malformed:
            return self.malformed(request, str(malformed))
        except _Uncharged:
            _hang(account)
            return self.broken(request)
        except IntegrityError:  # another call under the same key was faster
            return self.busy(request)
        except DatabaseError as error:
            log.warning("sandbox_database_away", provider=self.name, error=str(error))
            return self.unavailable(request)
        except Exception:
            log.exception("sandbox_failed", provider=self.name, path=request.path)
            return self.broken(request)
        if book.playing and book.playing.answer == "timeout":
            _hang(account)
        return answer

    def _transact(self, request: Request, account: Account) -> tuple[Answer, Book]:
        with transaction.atomic():
            book = Book(account)
            key = self.idempotency_key(request)
            if not key:
                return self._spoiled(request, book, self._handle(request, book)), book
            held, known = book.recall(key)
            fingerprint = self.fingerprint(request)
            if known:
                same = known[0] == fingerprint
                return self.replayed(known[1]) if same else self.mismatch(request), book
            if not held:
                return self.busy(request), book
            answer = self._spoiled(request, book, self._handle(request, book))
            book.store(key, fingerprint, answer)
            return answer, book

    def _handle(self, request: Request, book: Book) -> Answer:
        if settlements.is_asked(request):
            return settlements.serve(self, request, book)
        for method, pattern, handler in _compiled(tuple(self.routes)):
            match = pattern.fullmatch(request.path)
            if match and method == request.method:
                answer: Answer = getattr(self, handler)(request, book, **match.groupdict())
                return answer
        raise Refuse(self.not_found(request))

    def _spoiled(self, request: Request, book: Book, answer: Answer) -> Answer:
        """The answer as the scenario of the charge that this call made wants it."""
        mood = book.playing.answer if book.playing else ""
        if mood == "timeout_uncharged":
            raise _Uncharged
        return self.broken(request) if mood == "error_after_charge" else answer

    def _is_out(self, account: Account) -> bool:
        """Whether this call falls into the account's outage: every one, or an even share."""
        share = int(account.switches.get("outage_percent", 0))
        if not share:
            return False
        place = (account.provider, account.ref)
        spent = _outages.get(place, 0) + share
        _outages[place] = spent % 100
        return spent >= 100


def first_step(scenario: Scenario, asks_shopper: bool, is_card: bool = False) -> Step:
    """What a fresh charge does first: `action` sends the shopper to a page, `wait` is pending.

    A scenario that declines does so at once; one that pends does so after the shopper's yes, where
    the method asks for one.
    """
    if is_card and scenario.authentication == "challenge":
        return "action"
    if scenario.result == "decline":
        return "decline"
    if asks_shopper:
        return "action"
    return "wait" if scenario.result == "pending" else "approve"


def page_url(charge: Charge) -> str:
    """Where the shopper meets the simulated issuer, bank or wallet of a charge."""
    return f"{settings.SANDBOX_URL}/_shopper/{charge.provider}/{charge.id}"


@lru_cache(maxsize=1)
def simulators() -> dict[str, Simulator]:
    """Every simulator by its name, one per file in `providers/`."""
    from acquiring.sandbox import providers

    found = {}
    for module in pkgutil.iter_modules(providers.__path__):
        loaded = importlib.import_module(f"{providers.__name__}.{module.name}")
        for kind in vars(loaded).values():
            ours = isinstance(kind, type) and issubclass(kind, Simulator)
            if ours and kind.__module__ == loaded.__name__:
                found[kind.name] = kind()
    return found


# How much of a whole call each account's partial outage has saved up.
_outages: dict[tuple[str, str], int] = {}


def _hang(account: Account) -> None:
    time.sleep(int(account.switches.get("hang_seconds", HANG_SECONDS)))


@cache
def _compiled(
    routes: tuple[tuple[str, str, str], ...],
) -> list[tuple[str, re.Pattern[str], str]]:
    def pattern(path: str) -> re.Pattern[str]:
        parts = re.split(r"\{(\w+)\}", path)
        return re.compile(
            "".join(
                f"(?P<{part}>[^/]+)" if index % 2 else re.escape(part)
                for index, part in enumerate(parts)
            )
        )

    return [(method, pattern(path), handler) for method, path, handler in routes]
