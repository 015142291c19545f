"""Provider accounts: connected, read on every payment, and found again by a webhook's address."""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.db import transaction

from acquiring import catalogue
from acquiring.connectors import registry
from acquiring.core import audit, clock, http, ids
from acquiring.core.errors import Problem
from acquiring.core.memory import Memory
from acquiring.vault import services as vault
from merchants.keys import digest_of
from merchants.models import Doorplate, Merchant, Mode, ProviderAccount

SANDBOX_PROVIDERS = ("stripe", "adyen", "antom")
CONNECT_BATCH = 100
MOST_AWAY = 3  # simulators that do not answer before a look gives up

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """A connected account as the payment path needs it. Printing it shows no secret."""

    id: UUID
    merchant_id: UUID
    provider: str
    title: str
    mode: str  # "test" or "live"
    priority: int
    base_url: str  # "" = the provider's live service
    methods: frozenset[str]  # empty = all the provider carries
    settle_currency: str  # "" = the payment's own
    hook_token: str
    credentials: Mapping[str, str] = field(repr=False)
    # by wallet, what its live button needs
    wallets: Mapping[str, Mapping[str, str]] = field(default_factory=dict, repr=False)

    def takes(self, method: str) -> bool:
        """Whether the merchant lets this account carry a method."""
        return not self.methods or method in self.methods

    @property
    def webhook_url(self) -> str:
        """Where the provider tells us its news about this account."""
        return webhook_url(self.provider, self.hook_token)


class SandboxAway(Exception):  # noqa: N818 (a fact, not a fault)
    """The simulators did not register an account now; the next look tries again."""


_accounts: Memory[UUID, tuple[AccountFacts, ...]] = Memory(seconds=10, limit=10_000)
_hooks: Memory[str, AccountFacts] = Memory(seconds=10, limit=10_000)


def provider_accounts(merchant_id: UUID) -> tuple[AccountFacts, ...]:
    """The merchant's connected and enabled accounts, the first to ask first; up to 10 s old."""
    found = _accounts.get(merchant_id)
    if found is None:
        rows = _connected().filter(merchant_id=merchant_id, enabled=True)
        found = tuple(_facts(merchant_id, *rows.order_by("priority", "id")))
        _accounts.put(merchant_id, found)
    return found


def carried(accounts: Iterable[AccountFacts]) -> set[str]:
    """The codes of the methods that these accounts take between them."""
    return {
        connector.method
        for account in accounts
        for connector in catalogue.provider(account.provider).connectors
        if account.takes(connector.method)
    }


def account(merchant_id: UUID, account_id: UUID) -> AccountFacts | None:
    """One connected account, enabled or not: what was paid through it must still be refundable."""
    for one in provider_accounts(merchant_id):
        if one.id == account_id:
            return one
    row = _connected().filter(merchant_id=merchant_id, id=account_id).first()
    return _facts(merchant_id, row)[0] if row else None


def credentials_of(row: ProviderAccount) -> dict[str, str]:
    """What is sealed in a row as it was just read; {} until it is connected."""
    connected = row.credentials is not None
    return dict(_facts(row.merchant_id, row)[0].credentials) if connected else {}


def wallets_of(row: ProviderAccount) -> dict[str, dict[str, str]]:
    """What is sealed for the device wallets of a row as it was just read; see `wallets`."""
    if row.wallets is None:
        return {}
    return json.loads(vault.unseal(row.merchant_id, row.wallets, _wallets_purpose(row.id)))


def keep_wallets(row: ProviderAccount, wallets: Mapping[str, Mapping[str, str]]) -> None:
    """Seal what the device wallets of an account need; call it in a transaction."""
    text = json.dumps(wallets, sort_keys=True).encode()
    row.wallets = vault.seal(row.merchant_id, text, _wallets_purpose(row.id))
    row.save(update_fields=["wallets"])
    _forget(row)


def account_at(provider: str, hook_token: str) -> AccountFacts | None:
    """The account whose webhook address this is; None when there is no such address."""
    found = _hooks.get(hook_token)
    if found is None:
        plate = _plates().filter(digest=digest_of(hook_token)).first()
        if plate is None:
            return None
        row = _connected().filter(merchant_id=plate.owner_id, id=plate.target_id).first()
        if row is None:
            return None
        found = _facts(plate.owner_id, row)[0]
        _hooks.put(hook_token, found)
    return found if found.provider == provider else None


def add_account(
    merchant: Merchant, provider: str, actor: str, *, priority: int = 100, title: str = ""
) -> ProviderAccount:
    """A new account, still without credentials. Raises KeyError for a provider we cannot speak to.

    A test merchant's account is at the simulators, a live merchant's at the provider itself.
    """
    row = drafted(merchant, provider, priority=priority, title=title)
    keep(row, actor)
    return row


def drafted(
    merchant: Merchant, provider: str, *, priority: int = 100, title: str = ""
) -> ProviderAccount:
    """An account that is not kept yet. Raises KeyError for a provider we cannot speak to."""
    driver = registry.driver(provider)
    test = merchant.mode == Mode.TEST
    return ProviderAccount(
        merchant=merchant,
        provider=provider,
        title=title or (f"{driver.title} sandbox" if test else driver.title),
        priority=priority,
        base_url=f"{settings.SANDBOX_URL}/{provider}" if test else "",
        hook_token=secrets.token_urlsafe(24),
        created_at=clock.now(),
    )


@transaction.atomic
def keep(row: ProviderAccount, actor: str) -> None:
    """Keep a drafted account, with the address at which its provider tells us its news."""
    row.save(force_insert=True)
    Doorplate.objects.create(
        digest=digest_of(row.hook_token),
        kind=Doorplate.Kind.HOOK,
        owner=row.merchant,
        target_id=row.id,
    )
    about = {"provider": row.provider, "priority": row.priority}
    _record(actor, "provider_account.added", row, about)


@transaction.atomic
def connect(row: ProviderAccount, credentials: Mapping[str, str], actor: str) -> None:
    """Seal the credentials of an account: from now on payments may go through it."""
    text = json.dumps(dict(credentials), sort_keys=True).encode()
    row.credentials = vault.seal(row.merchant_id, text, _purpose(row.id))
    row.connected_at = clock.now()
    row.save(update_fields=["credentials", "connected_at"])
    _forget(row)
    _record(actor, "provider_account.connected", row, {"credentials": sorted(credentials)})


@transaction.atomic
def change_account(row: ProviderAccount, actor: str, **changes: Any) -> None:
    """Change an account's title, priority, enabled, methods or settle_currency.

    Raises Problem for a method its provider does not carry.
    """
    allowed = {"title", "priority", "enabled", "methods", "settle_currency"}
    assert set(changes) <= allowed, f"not changed here: {set(changes) - allowed}"
    if "methods" in changes:
        changes["methods"] = check_methods(row.provider, changes["methods"])
    locked = ProviderAccount.objects.select_for_update().get(merchant_id=row.merchant_id, id=row.id)
    before = {name: getattr(locked, name) for name in changes}
    for name, value in changes.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(changes))
    _forget(locked)
    _record(actor, "provider_account.changed", locked, {"before": before, "after": changes})


def check_methods(provider: str, methods: Any) -> list[str]:
    """The methods an account is restricted to, sorted; [] = all. Raises Problem."""
    carried = {one.method for one in catalogue.provider(provider).connectors}
    if not isinstance(methods, list) or not all(isinstance(one, str) for one in methods):
        raise Problem("invalid_field", "The methods are a list of method codes.", "methods")
    unknown = sorted(set(methods) - carried)
    if unknown:
        rule = f"{provider} does not carry {', '.join(unknown)[:200]}."
        raise Problem("invalid_field", rule, "methods")
    return sorted(set(methods))


def connect_sandbox(row: ProviderAccount) -> None:
    """Register an account with the simulators and seal what they issue. Raises SandboxAway."""
    connect(row, sandbox_credentials(row), "system")


def sandbox_credentials(row: ProviderAccount) -> dict[str, str]:
    """Register an account with the simulators; returns what they issue. Raises SandboxAway.

    Registering twice is harmless: the same reference gets the same credentials. A provider that
    signs with our key gets the public half of one made here; the private half never leaves.
    """
    ours, facts = _signing_pair(row.provider)
    url = f"{settings.SANDBOX_URL}/_control/accounts/{row.provider}/{ids.show('acc', row.id)}"
    facts["merchant"] = ids.show("mer", row.merchant_id)
    body = {"webhook_url": webhook_url(row.provider, row.hook_token), "facts": facts}
    issued = _control("PUT", url, body)["credentials"]
    if row.merchant.clock_ahead_seconds:
        tell_sandbox_the_time(row.merchant_id, row.merchant.clock_ahead_seconds)
    return {**issued, **ours}


def connect_sandboxes() -> int:
    """Connect the test accounts that are not yet connected; returns how many were."""
    waiting = ProviderAccount.objects.select_related("merchant").filter(
        connected_at=None, merchant__mode=Mode.TEST
    )
    connected = away = 0
    for row in waiting.order_by("id")[:CONNECT_BATCH]:
        try:
            connect_sandbox(row)
        except SandboxAway as reason:
            log.info("sandbox_away", reason=str(reason))
            away += 1
            if away == MOST_AWAY:
                break
            continue
        connected += 1
    return connected


def tell_sandbox_the_time(merchant_id: UUID, ahead_seconds: int) -> None:
    """Move the simulators' clock for every test account of a merchant. Raises SandboxAway."""
    body = {"merchant": ids.show("mer", merchant_id), "ahead_seconds": ahead_seconds}
    _control("PUT", f"{settings.SANDBOX_URL}/_control/clock", body)


def webhook_url(provider: str, hook_token: str) -> str:
    """Where a provider tells us its news about one account."""
    return f"{settings.BASE_URL}/hooks/{provider}/{hook_token}"


def _plates():
    return Doorplate.objects.filter(kind=Doorplate.Kind.HOOK)


def _connected():
    accounts = ProviderAccount.objects.select_related("merchant")
    return accounts.filter(credentials__isnull=False)


def _facts(merchant_id: UUID, *rows: ProviderAccount) -> list[AccountFacts]:
    """Accounts of one merchant, opened together."""
    sealed = [(row.credentials or b"", _purpose(row.id)) for row in rows]
    opened = vault.unseal_all(merchant_id, sealed)
    return [_fact(row, text) for row, text in zip(rows, opened, strict=True)]


def _fact(row: ProviderAccount, opened: bytes) -> AccountFacts:
    return AccountFacts(
        id=row.id,
        merchant_id=row.merchant_id,
        provider=row.provider,
        title=row.title,
        mode=row.merchant.mode,
        priority=row.priority,
        base_url=row.base_url,
        methods=frozenset(row.methods),
        settle_currency=row.settle_currency,
        hook_token=row.hook_token,
        credentials=json.loads(opened),
        wallets=wallets_of(row),
    )


def _signing_pair(provider: str) -> tuple[dict[str, str], dict[str, str]]:
    """Our private credential and the public fact of it, where the provider's driver signs."""
    if "private_key" not in registry.driver(provider).credentials:
        return {}, {}
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return (
        {"private_key": base64.b64encode(private).decode()},
        {"public_key": base64.b64encode(public).decode()},
    )


def _control(method: str, url: str, body: dict) -> dict:
    headers = {
        "Authorization": f"Bearer {settings.SANDBOX_CONTROL_TOKEN}",
        "Content-Type": "application/json",
    }
    try:
        reply = http.send(
            method,
            url,
            headers,
            json.dumps(body).encode(),
            connect_timeout_seconds=2,
            read_timeout_seconds=10,
        )
    except (http.NotSent, http.NoAnswer) as silence:
        raise SandboxAway(str(silence)) from silence
    if reply.status >= 300:
        raise SandboxAway(f"{url} answered {reply.status}")
    return json.loads(reply.body or b"{}")


def _forget(row: ProviderAccount) -> None:
    def forget() -> None:
        _accounts.forget(row.merchant_id)
        _hooks.forget(row.hook_token)

    transaction.on_commit(forget)


def _record(actor: str, action: str, row: ProviderAccount, changes: dict) -> None:
    audit.record(actor, action, ids.show("acc", row.id), row.merchant_id, changes)


def _wallets_purpose(account_id: UUID) -> str:
    return f"device wallets:{account_id.hex}"


def _purpose(account_id: UUID) -> str:
    return f"provider account:{account_id.hex}"
