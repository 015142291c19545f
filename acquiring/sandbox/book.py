"""What simulators remember: accounts, charges, other things, stored answers, webhooks to send.

A `Book` is one account's view of one simulator's tables, inside the transaction of one call. It
writes SQL itself: one prepared statement a change, no Django application registry, so that the
process starts small and stays fast. What a call wrote is committed before its answer leaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from acquiring.core import clock
from acquiring.sandbox import moves
from acquiring.sandbox.scenarios import Scenario, named
from acquiring.sandbox.sql import execute as execute
from acquiring.sandbox.sql import leave_dead_connection as leave_dead_connection
from acquiring.sandbox.sql import rows as rows
from acquiring.sandbox.sql import text as text
from acquiring.sandbox.wire import Answer

# Webhooks follow the answer at this distance, as providers' own do.
WEBHOOK_DELAY = timedelta(milliseconds=100)
LATE = timedelta(seconds=10)
OVERTAKEN = timedelta(seconds=3)
SETTLES = timedelta(seconds=3)
MAX_FOUND = 1_000


@dataclass(frozen=True, slots=True)
class Account:
    """A merchant's account at a provider. `switches` are its moods (see `control.py`)."""

    provider: str
    ref: str
    key: str
    credentials: Mapping[str, str]
    facts: Mapping[str, Any]
    webhook_url: str = ""
    switches: Mapping[str, Any] = field(default_factory=dict)
    ahead_seconds: int = 0

    def now(self) -> datetime:
        """The account's own time: the clock's, moved ahead as its merchant wished."""
        return clock.now() + timedelta(seconds=self.ahead_seconds)


@dataclass(slots=True)
class Charge:
    """A payment at a provider, in words that all simulators share.

    Sums are minor units by ISO 4217; `state` is one of CHARGE_STATES; `reference` is the caller's
    own name for it and `names` are others it can be found by; `page` is the kind of page the
    shopper is sent to (three_ds, bank, wallet, counter or ""); `data` is the provider's own object.
    """

    id: str
    amount: int
    currency: str
    method: str
    state: str
    scenario: str = "approve"
    reference: str = ""
    names: list[str] = field(default_factory=list)
    captured: int = 0
    refunded: int = 0
    page: str = ""
    data: dict[str, Any] = field(default_factory=dict)
    due: str = ""
    due_at: datetime | None = None
    provider: str = ""
    account: str = ""
    created_at: datetime | None = None
    moved: tuple[int, int] = (0, 0)  # what was captured and refunded when it was last written

    @property
    def plan(self) -> Scenario:
        """The scenario it goes through."""
        return named(self.scenario)


OPEN_STATES = frozenset({"action", "pending", "authorized"})
CHARGE_STATES = OPEN_STATES | {"captured", "declined", "canceled", "expired"}
CHARGE_COLUMNS = (
    "id, amount, currency, method, state, scenario, reference, names, captured, refunded, page,"
    " data, due, due_at, provider, account, created_at"
)
DATA = CHARGE_COLUMNS.split(", ").index("data")
_ACCOUNT_COLUMNS = "provider, ref, key, credentials, facts, webhook_url, switches, ahead_seconds"


class Book:
    """One account's book, for one call. All writes belong to the caller's transaction."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.provider = account.provider
        self.now = account.now()
        self.playing: Scenario | None = None  # set when this call starts a charge
        self._delay = timedelta()

    # Charges.

    def open(self, charge: Charge) -> Charge:
        """Write a new charge; its scenario also decides how this very call is answered."""
        charge.provider, charge.account = self.provider, self.account.ref
        charge.created_at = charge.created_at or self.now
        self.playing = charge.plan
        _schedule(charge, self.now)
        execute(
            f"INSERT INTO sandbox_charge ({CHARGE_COLUMNS})"  # noqa: S608 (our own column names)
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            _values(charge),
        )
        moves.note(charge, self.now)
        return charge

    def play(self, charge: Charge) -> None:
        """Let the charge's scenario decide how this call is answered: it is the one that pays."""
        self.playing = charge.plan

    def save(self, charge: Charge, by: Mapping[str, Any] | None = None) -> Charge:
        """Write what changed in a charge. Time's part of its scenario is arranged here.

        Money that moved is noted for the statement of the day; `by` is the capture or refund that
        moved it (its `id`, and its `reference` where the merchant gave one).
        """
        _schedule(charge, self.now)
        execute(
            "UPDATE sandbox_charge SET amount = %s, method = %s, state = %s, scenario = %s,"
            " reference = %s, names = %s, captured = %s, refunded = %s, page = %s, data = %s,"
            " due = %s, due_at = %s WHERE provider = %s AND id = %s",
            [
                charge.amount, charge.method, charge.state, charge.scenario, charge.reference,
                charge.names, charge.captured, charge.refunded, charge.page, text(charge.data),
                charge.due, charge.due_at, self.provider, charge.id,
            ],
        )  # fmt: skip
        moves.note(charge, self.now, by)
        return charge

    def charge_back(self, charge: Charge, dispute: str = "") -> None:
        """Note that the cardholder's bank has taken the whole sum back."""
        moves.write(charge, "chargeback", charge.captured, self.now, {"id": dispute})

    def charge(self, charge_id: str, lock: bool = True) -> Charge | None:
        """The account's charge by its id, locked against other calls unless only read."""
        found = charges(
            "provider = %s AND id = %s AND account = %s" + (" FOR UPDATE" if lock else ""),
            [self.provider, charge_id, self.account.ref],
        )
        return found[0] if found else None

    def charges_named(self, name: str) -> list[Charge]:
        """The account's charges that carry a reference or another name, oldest first."""
        return charges(
            "provider = %s AND account = %s AND names @> ARRAY[%s]::text[] ORDER BY row LIMIT 100",
            [self.provider, self.account.ref, name],
        )

    def recent_charges(self, limit: int = 10, before: str = "") -> list[Charge]:
        """The account's newest charges first; `before` is the id of the last one already seen."""
        older = " AND row < (SELECT row FROM sandbox_charge WHERE provider = %s AND id = %s)"
        return charges(
            "provider = %s AND account = %s" + (older if before else "")
            + " ORDER BY row DESC LIMIT %s",
            [self.provider, self.account.ref, *([self.provider, before] if before else []), limit],
        )  # fmt: skip

    # Anything else a provider remembers.

    def put(self, kind: str, thing_id: str, data: dict, charge: str = "") -> dict:
        """Write a new thing; `charge` is the id of the charge it belongs to."""
        execute(
            "INSERT INTO sandbox_thing (provider, account, kind, id, charge, data, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            [self.provider, self.account.ref, kind, thing_id, charge, text(data), self.now],
        )
        return data

    def get(self, kind: str, thing_id: str, lock: bool = False) -> dict | None:
        """A thing's data by its id, or None.

        One with `later` has that status from `later_at` on.
        """
        found = rows(
            "SELECT data FROM sandbox_thing WHERE provider = %s AND account = %s"  # noqa: S608
            " AND kind = %s AND id = %s" + (" FOR UPDATE" if lock else ""),
            [self.provider, self.account.ref, kind, thing_id],
        )
        return self._by_now(orjson.loads(found[0][0])) if found else None

    def change(self, kind: str, thing_id: str, data: dict) -> dict:
        """Replace a thing's data."""
        execute(
            "UPDATE sandbox_thing SET data = %s WHERE provider = %s AND account = %s AND kind = %s"
            " AND id = %s",
            [text(data), self.provider, self.account.ref, kind, thing_id],
        )
        return data

    def find(self, kind: str, charge: str = "", **equals: Any) -> list[dict]:
        """Things of a kind, oldest first: those of a charge, those whose members equal these."""
        found = rows(
            "SELECT data FROM sandbox_thing WHERE provider = %s AND account = %s"  # noqa: S608
            " AND kind = %s"
            + (" AND charge = %s" if charge else "") + " AND data @> %s ORDER BY row LIMIT %s",
            [
                self.provider, self.account.ref, kind, *([charge] if charge else []),
                text(equals), MAX_FOUND,
            ],
        )  # fmt: skip
        return [self._by_now(orjson.loads(data)) for (data,) in found]

    def _by_now(self, thing: dict) -> dict:
        ended = thing.get("later_at") and thing["later_at"] <= self.now.isoformat()
        return {**thing, "status": thing["later"]} if ended else thing

    # Webhooks.

    def tell(
        self, charge: Charge, name: str, message: dict, delay: timedelta = timedelta()
    ) -> None:
        """Queue a webhook about a charge, as often, as late and as false as its scenario wants.

        `message` is what `Simulator.sign` will make the request from, when it is sent. An account
        without a webhook URL, or with the switch `webhooks` = "lost", is told nothing. The
        account's switch is about every charge that has no mood of its own.
        """
        switched = self.account.switches.get("webhooks", "sent")
        mood = charge.plan.webhooks or switched
        if not self.account.webhook_url or mood == "never" or switched == "lost":
            return
        delay += WEBHOOK_DELAY + self._delay
        if mood == "late":
            delay += LATE
        if mood == "reordered" and self._is_first(charge):
            delay += OVERTAKEN
        due_at, next_at = clock.now() + delay, clock.now() + delay + WEBHOOK_DELAY
        if mood == "forged":
            self._queue(charge.id, name, message, due_at, forged=True)
            due_at = next_at
        told = self._queue(charge.id, name, message, due_at)
        if mood == "twice":
            self._queue(charge.id, name, message, next_at, copy_of=told)

    def later(self) -> str:
        """When what pends for a while will have its end; a thing's `later_at`."""
        return (self.now + SETTLES).isoformat()

    @contextmanager
    def delayed(self, really: bool = True) -> Iterator[None]:
        """What is told meanwhile is told when that moment has come."""
        self._delay = SETTLES if really else timedelta()
        yield
        self._delay = timedelta()

    def _is_first(self, charge: Charge) -> bool:
        """Whether nothing was told about a charge yet."""
        told = "SELECT 1 FROM sandbox_delivery WHERE provider = %s AND charge = %s LIMIT 1"
        return not rows(told, [self.provider, charge.id])

    def _queue(
        self,
        charge: str,
        name: str,
        message: dict,
        due_at: datetime,
        forged: bool = False,
        copy_of: int | None = None,
    ) -> int:
        """Write a webhook to send; its number. A copy goes out under the number of its first."""
        ((number,),) = rows(
            "INSERT INTO sandbox_delivery (provider, account, charge, name, message, forged,"
            " copy_of, state, attempts, due_at, last_error, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, 'waiting', 0, %s, '', %s) RETURNING id",
            [
                self.provider, self.account.ref, charge, name, text(message), forged, copy_of,
                due_at, clock.now(),
            ],
        )  # fmt: skip
        return int(number)

    # Stored answers.

    def claim(self, key: str) -> bool:
        """Hold a key until the transaction ends; False when another call holds it."""
        lock = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
        return rows(lock, [self._lock(key)])[0][0]

    def recall(self, key: str) -> tuple[bool, tuple[str, Answer] | None]:
        """Hold an idempotency key until the transaction ends: whether nobody else holds it, and
        the fingerprint of the first call under it with what that was answered, if there was one.

        An answer that is stored between the look and the lock is not seen; `store` will notice.
        """
        ((held, fingerprint, status, body, headers),) = rows(
            "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0)), fingerprint, status, body,"
            " headers FROM (SELECT) AS always LEFT JOIN sandbox_stored"
            " ON provider = %s AND account = %s AND key = %s",
            [self._lock(key), self.provider, self.account.ref, key],
        )
        if fingerprint is None:
            return held, None
        return held, (fingerprint, Answer(status, bytes(body), orjson.loads(headers)))

    def _lock(self, key: str) -> str:
        return f"sandbox:{self.provider}:{self.account.ref}:{key}"

    def store(self, key: str, fingerprint: str, answer: Answer) -> None:
        """Keep the first answer to a key. Raises IntegrityError when another call was faster."""
        headers = {**answer.headers, "Content-Type": answer.content_type()}
        execute(
            "INSERT INTO sandbox_stored (provider, account, key, fingerprint, status, headers,"
            " body, created_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [
                self.provider, self.account.ref, key, fingerprint, answer.status, text(headers),
                answer.content(), self.now,
            ],
        )  # fmt: skip


def account_by_key(provider: str, key: str) -> Account | None:
    """The account a credential belongs to, or None."""
    return _account("provider = %s AND key = %s", [provider, key])


def account_by_ref(provider: str, ref: str) -> Account | None:
    """The account somebody registered under a reference, or None."""
    return _account("provider = %s AND ref = %s", [provider, ref])


def register(account: Account) -> Account:
    """Write an account unless its reference is known; its webhook URL and facts are renewed."""
    execute(
        "INSERT INTO sandbox_account (provider, ref, key, credentials, facts, webhook_url,"
        " switches, ahead_seconds, created_at) VALUES (%s, %s, %s, %s, %s, %s, '{}', 0, %s)"
        " ON CONFLICT (provider, ref) DO UPDATE"
        " SET facts = excluded.facts, webhook_url = excluded.webhook_url",
        [
            account.provider, account.ref, account.key, text(account.credentials),
            text(account.facts), account.webhook_url, clock.now(),
        ],
    )  # fmt: skip
    found = account_by_ref(account.provider, account.ref)
    assert found is not None
    return found


def charges(condition: str, parameters: Iterable[Any]) -> list[Charge]:
    """The charges that meet an SQL condition (which may order, limit and lock)."""
    found = rows(
        f"SELECT {CHARGE_COLUMNS} FROM sandbox_charge WHERE {condition}",  # noqa: S608
        parameters,
    )
    read = [Charge(*_columns(row)) for row in found]
    for one in read:
        one.moved = (one.captured, one.refunded)
    return read


def _account(condition: str, parameters: Iterable[Any]) -> Account | None:
    found = rows(
        f"SELECT {_ACCOUNT_COLUMNS} FROM sandbox_account WHERE {condition}",  # noqa: S608
        parameters,
    )
    if not found:
        return None
    provider, ref, key, credentials, facts, webhook_url, switches, ahead = found[0]
    return Account(
        provider, ref, key, orjson.loads(credentials), orjson.loads(facts), webhook_url,
        orjson.loads(switches), ahead,
    )  # fmt: skip


def _columns(row: tuple) -> tuple[Any, ...]:
    return (*row[:DATA], orjson.loads(row[DATA]), *row[DATA + 1 :])


def _values(charge: Charge) -> list[Any]:
    """A charge in the order of CHARGE_COLUMNS."""
    values = [getattr(charge, name) for name in CHARGE_COLUMNS.split(", ")]
    values[DATA] = text(charge.data)
    return values


def _schedule(charge: Charge, now: datetime) -> None:
    """Arrange what time will do to a charge by itself: settle what pends, dispute what was paid."""
    plan = charge.plan
    assert charge.state in CHARGE_STATES, charge.state
    waits = charge.state == "pending" and plan.result == "pending"
    disputed = charge.state == "captured" and plan.later == "dispute"
    planned = now + timedelta(seconds=plan.after_seconds)
    later_than_planned = charge.due_at is not None and charge.due_at > planned
    if plan.later and (waits or disputed) and (not charge.due or later_than_planned):
        charge.due, charge.due_at = plan.later, planned
    elif charge.due_at and charge.state not in OPEN_STATES and not disputed:
        charge.due, charge.due_at = "done", None
