"""API keys: made, rotated, revoked and recognised.

A key is a prefix that says what it is (`sk_test_`) and 256 random bits. We keep its SHA-256, which
is enough for a value nobody can guess. Recognised keys are remembered in process for 30 seconds:
that is how long another process may still accept a revoked one.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from acquiring.core.memory import Memory
from acquiring.vault import services as vault
from merchants import queries, roles
from merchants.models import ApiKey, Business, Doorplate, Merchant, Mode, User

PREFIXES = {
    ApiKey.Kind.SECRET: "sk",
    ApiKey.Kind.PUBLISHABLE: "pk",
    ApiKey.Kind.RESTRICTED: "rk",
    ApiKey.Kind.MANAGEMENT: "mk",
}
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DIGITS = 43  # of 62 letters: room for 256 bits
KEYS_PER_MERCHANT = 100
OVERLAP_SECONDS = 24 * 3600
LONGEST_OVERLAP_SECONDS = 7 * 24 * 3600
USE_NOTED_SECONDS = 60
UNKNOWN_SECONDS = 5


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What a recognised key says: whose it is and what it may do."""

    key_id: UUID
    merchant_id: UUID
    business_id: UUID
    mode: str  # "test" or "live"
    kind: str
    scopes: frozenset[str]
    expires_at: datetime | None
    merchant_name: str
    default_currency: str
    currencies: tuple[str, ...]  # the only ones it takes; () = every one
    active: bool  # the merchant may be served: neither suspended nor closed, live only if approved

    def allows(self, scope: str) -> bool:
        """Whether the key holds a scope such as "payments:write"."""
        return scope in self.scopes

    @property
    def actor(self) -> str:
        """The key as the audit log names it."""
        return f"key:{ids.show('key', self.key_id)}"


class Issued(NamedTuple):
    """A new key, and the whole of it: the only time anyone sees it."""

    key: ApiKey
    secret: str

    def __repr__(self) -> str:
        return f"Issued({self.key})"


_known: Memory[str, KeyFacts] = Memory(seconds=30, limit=20_000)
_unknown: Memory[str, bool] = Memory(seconds=UNKNOWN_SECONDS, limit=20_000)


@transaction.atomic
def issue(
    merchant: Merchant,
    kind: str,
    actor: str,
    *,
    name: str = "",
    scopes: list[str] | None = None,
    created_by: User | None = None,
    platform_id: UUID | None = None,
) -> Issued:
    """Make a key; `platform_id` names the platform it is made for.

    Raises Problem for an unknown kind or scope, and when there are too many.
    """
    if kind not in PREFIXES:
        raise Problem("invalid_field", f"A key is one of {', '.join(PREFIXES)}.", "kind")
    given = roles.check_scopes(scopes or []) if kind == ApiKey.Kind.RESTRICTED else []
    if kind != ApiKey.Kind.RESTRICTED and scopes:
        raise Problem("invalid_field", "Only restricted keys are given scopes.", "scopes")
    if queries.api_keys(merchant.id).count() >= KEYS_PER_MERCHANT:
        raise Problem("invalid_state", f"A merchant has at most {KEYS_PER_MERCHANT} keys.")
    if len(name) > 100:
        raise Problem("invalid_field", "A key's name has at most 100 characters.", "name")
    prefix = f"{PREFIXES[ApiKey.Kind(kind)]}_{merchant.mode}_"
    secret = prefix + _random()
    key = ApiKey(
        merchant=merchant,
        kind=kind,
        name=name.strip(),
        prefix=prefix,
        last4=secret[-4:],
        digest=digest_of(secret),
        plain=secret if kind == ApiKey.Kind.PUBLISHABLE else "",
        scopes=given,
        created_by=created_by,
        platform_id=platform_id,
        created_at=clock.now(),
    )
    key.save(force_insert=True)
    Doorplate.objects.create(
        digest=key.digest, kind=Doorplate.Kind.API_KEY, owner=merchant, target_id=key.id
    )
    _record(actor, "api_key.created", key, {"kind": kind, "name": key.name, "scopes": given})
    return Issued(key, secret)


@transaction.atomic
def rotate(
    key: ApiKey,
    actor: str,
    overlap_seconds: int = OVERLAP_SECONDS,
    created_by: User | None = None,
) -> Issued:
    """Make the key's successor; the old one works on for the overlap. Raises Problem.

    It belongs to who made the old one, unless somebody else asked for it.
    """
    if not 0 <= overlap_seconds <= LONGEST_OVERLAP_SECONDS:
        days = LONGEST_OVERLAP_SECONDS // 86_400
        raise Problem("invalid_field", f"The overlap is 0 to {days} days.", "overlap_seconds")
    locked = _lock(key)
    if locked.expires_at is not None:
        raise Problem("invalid_state", "This key was already rotated; rotate its successor.")
    issued = issue(
        locked.merchant,
        locked.kind,
        actor,
        name=locked.name,
        scopes=locked.scopes,
        created_by=created_by or locked.created_by,
    )
    locked.expires_at = clock.now() + timedelta(seconds=overlap_seconds)
    locked.save(update_fields=["expires_at"])
    _forget(locked)
    changes = {"successor": ids.show("key", issued.key.id), "overlap_seconds": overlap_seconds}
    _record(actor, "api_key.rotated", locked, changes)
    return issued


@transaction.atomic
def revoke(key: ApiKey, actor: str) -> ApiKey:
    """End a key: at once here, within 30 seconds in other processes. Raises Problem."""
    locked = _lock(key)
    locked.revoked_at = clock.now()
    locked.unshown = None
    locked.save(update_fields=["revoked_at", "unshown"])
    _forget(locked)
    _record(actor, "api_key.revoked", locked, {})
    return locked


def hand_over(business: Business, actor: str) -> int:
    """An owner begins to work here: the keys that a platform made end. Returns how many."""
    held = ApiKey.objects.filter(merchant__business=business, revoked_at=None)
    ended = list(held.exclude(platform_id=None).select_related("merchant"))
    for key in ended:
        revoke(key, actor)
    return len(ended)


def hold_for_showing(issued: Issued) -> None:
    """Keep a key, sealed, until its owner has looked at it once (see `show_once`).

    A live key is kept so only when a second person agreed to it: its maker is not there then.
    """
    key = issued.key
    assert key.merchant.mode == Mode.TEST or key.created_by, "a live key has an owner to wait for"
    key.unshown = vault.seal(key.merchant_id, issued.secret.encode(), _purpose(key.id))
    key.save(update_fields=["unshown"])


@transaction.atomic
def show_once(key: ApiKey, actor: str) -> str:
    """The whole key, for the first and last time. Raises Problem when it was shown before."""
    locked = _lock(key)
    if locked.unshown is None:
        raise Problem("invalid_state", "This key was already shown. Rotate it to get a new one.")
    if not may_show(locked, actor):
        raise Problem("forbidden", "Only who asked for this key may see it.")
    secret = vault.unseal(locked.merchant_id, locked.unshown, _purpose(locked.id)).decode()
    locked.unshown = None
    locked.save(update_fields=["unshown"])
    _record(actor, "api_key.shown", locked, {})
    return secret


def may_show(key: ApiKey, actor: str) -> bool:
    """Whether somebody may look at a key that waits: a live one only who asked for it."""
    maker = f"user:{ids.show('usr', key.created_by_id)}" if key.created_by_id else ""
    return key.merchant.mode == Mode.TEST or actor == maker


def authenticate(secret: str) -> KeyFacts | None:
    """Whose key this is; None for one that is unknown, revoked or past its overlap."""
    digest = digest_of(secret)
    facts = _known.get(digest)
    if facts is None:
        if _unknown.get(digest):
            return None
        facts = _look_up(digest)
        if facts is None:
            _unknown.put(digest, True)
            return None
        _known.put(digest, facts)
    if facts.expires_at is not None and facts.expires_at <= clock.now():
        return None
    return facts


def forget_all() -> None:
    """Recognise every key anew: something changed that many of them stand on."""
    _known.clear()


def _look_up(digest: str) -> KeyFacts | None:
    plate = Doorplate.objects.filter(digest=digest, kind=Doorplate.Kind.API_KEY).first()
    if plate is None:
        return None
    keys = ApiKey.objects.select_related("merchant__business")
    key = keys.filter(merchant_id=plate.owner_id, id=plate.target_id, revoked_at=None).first()
    if key is None:
        return None
    _note_use(key)
    merchant = key.merchant
    return KeyFacts(
        key_id=key.id,
        merchant_id=merchant.id,
        business_id=merchant.business_id,
        mode=merchant.mode,
        kind=key.kind,
        scopes=roles.scopes_of(key.kind, key.scopes),
        expires_at=key.expires_at,
        merchant_name=merchant.name,
        default_currency=merchant.default_currency,
        currencies=tuple(merchant.currencies),
        active=_is_served(merchant) and _is_platform_served(key),
    )


def _is_served(merchant: Merchant) -> bool:
    if merchant.status != Merchant.Status.ACTIVE:
        return False
    return merchant.mode == Mode.TEST or merchant.business.status == Business.Status.APPROVED


def _is_platform_served(key: ApiKey) -> bool:
    """A platform that is stopped takes nothing for others either."""
    if key.platform_id is None:
        return True
    platform = Merchant.objects.select_related("business").filter(pk=key.platform_id).first()
    return platform is not None and _is_served(platform)


def _note_use(key: ApiKey) -> None:
    """Remember the use, at most once a minute: this runs only when memory did not know the key."""
    now = clock.now()
    before = Q(last_used_at=None) | Q(last_used_at__lt=now - timedelta(seconds=USE_NOTED_SECONDS))
    ApiKey.objects.filter(before, merchant_id=key.merchant_id, id=key.id).update(last_used_at=now)


def _lock(key: ApiKey) -> ApiKey:
    locked = ApiKey.objects.select_for_update(of=("self",)).select_related("merchant", "created_by")
    found = locked.get(merchant_id=key.merchant_id, id=key.id)
    if found.revoked_at is not None:
        raise Problem("invalid_state", "This key was already revoked.")
    return found


def _forget(key: ApiKey) -> None:
    transaction.on_commit(lambda: _known.forget(key.digest))


def _record(actor: str, action: str, key: ApiKey, changes: dict) -> None:
    audit.record(actor, action, ids.show("key", key.id), key.merchant_id, changes)


def _purpose(key_id: UUID) -> str:
    return f"unshown key:{key_id.hex}"


def digest_of(secret: str) -> str:
    """What is kept of a value that opens something: enough to know it again."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _random() -> str:
    """256 random bits in letters and digits: a double click selects the whole key."""
    number = secrets.randbits(256)
    letters = []
    for _ in range(DIGITS):
        number, digit = divmod(number, 62)
        letters.append(ALPHABET[digit])
    return "".join(letters)
