"""What an account needs before Apple Pay and Google Pay buttons can be shown for it, in live mode.

Google encrypts what its sheet gives for a gateway: the provider, and the account there. Apple asks
that the shop's server proves itself with a certificate of the merchant. Both are typed once for an
account, and kept sealed beside its credentials. In test mode nothing is needed: the sandbox has
sheets of its own.

Sources: developers.google.com/pay/api/web/guides/tutorial (gateways and their parameters),
developer.apple.com/documentation/applepayontheweb/requesting-an-apple-pay-payment-session.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from django.db import transaction

from acquiring import catalogue
from acquiring.connectors import registry
from acquiring.core import audit, clock, ids
from acquiring.core.errors import Problem
from merchants import accounts
from merchants.accounts import AccountFacts
from merchants.models import ProviderAccount

APPLE: Literal["apple_pay"] = "apple_pay"
GOOGLE: Literal["google_pay"] = "google_pay"
GOOGLE_ID, APPLE_ID = "google_merchant_id", "merchant_identifier"
CERTIFICATE, KEY = "certificate", "certificate_key"
ENDS = "certificate_ends"  # kept beside what was typed
PLACE = re.compile(r"\{(\w+)\}")
LONGEST = 10_000
# Apple's extension of a merchant identity certificate that names the merchant id it is for.
APPLE_EXTENSION = x509.ObjectIdentifier("1.2.840.113635.100.6.32")


def offered(provider: str) -> tuple[str, ...]:
    """The device wallets whose payloads a provider takes from a page of ours."""
    return tuple(catalogue.provider(provider).wallets)


def asked(provider: str, wallet: str) -> tuple[str, ...]:
    """The names of the values a merchant types for a wallet at a provider."""
    if wallet == APPLE:
        return (APPLE_ID, CERTIFICATE, KEY)
    known = registry.driver(provider).credentials
    places = PLACE.findall(" ".join(_parameters(provider).values()))
    return (GOOGLE_ID, *(name for name in places if name not in known))


def ready(account: AccountFacts, wallet: str) -> Mapping[str, str] | None:
    """What was typed for a wallet; None while it cannot be offered through this account."""
    known = account.wallets.get(wallet)
    return known if in_force(known) else None


def in_force(known: Mapping[str, str] | None) -> bool:
    """Whether a wallet's button can be shown with this: a certificate ends one day."""
    if not known:
        return False
    return ENDS not in known or datetime.fromisoformat(known[ENDS]) > clock.now()


def gateway(account: AccountFacts) -> dict[str, str]:
    """Google's tokenization parameters for an account that is ready."""
    values = {**account.credentials, **account.wallets[GOOGLE]}
    parameters = _parameters(account.provider)
    return {
        name: PLACE.sub(lambda place: values[place[1]], text) for name, text in parameters.items()
    }


@transaction.atomic
def save(row: ProviderAccount, wallet: str, values: Mapping[str, str], actor: str) -> None:
    """Keep what a wallet needs; its button is shown from now on. Raises Problem naming a value."""
    given = {name: values.get(name, "").strip() for name in asked(row.provider, wallet)}
    _check(given, wallet)
    if wallet == APPLE:
        given[ENDS] = _certificate(given).not_valid_after_utc.isoformat()
    _put(row, actor, "wallet_saved", wallet, given)


@transaction.atomic
def drop(row: ProviderAccount, wallet: str, actor: str) -> None:
    """Forget what a wallet needs; its button is no longer shown."""
    _put(row, actor, "wallet_dropped", wallet, None)


def _put(
    row: ProviderAccount, actor: str, verb: str, wallet: str, given: dict[str, str] | None
) -> None:
    if wallet not in offered(row.provider):
        raise Problem("not_found", f"{row.provider} takes no payload of {wallet[:40]!r}.")
    locked = ProviderAccount.objects.select_for_update().get(merchant_id=row.merchant_id, id=row.id)
    known = accounts.wallets_of(locked)
    known.pop(wallet, None)
    accounts.keep_wallets(locked, known | ({wallet: given} if given else {}))
    shown = ids.show("acc", row.id)
    audit.record(actor, f"provider_account.{verb}", shown, row.merchant_id, {"wallet": wallet})


def _check(given: Mapping[str, str], wallet: str) -> None:
    for name, value in given.items():
        if not value:
            raise Problem("missing_field", "This is needed before the button can be shown.", name)
        if len(value) > LONGEST:
            raise Problem("invalid_field", "This is too long.", name)
    if wallet == GOOGLE:
        if not re.fullmatch(r"[A-Z0-9]{10,20}", given[GOOGLE_ID]):
            rule = "Google's merchant id has capital letters and digits, such as BCR2DN4T5678ABCD."
            raise Problem("invalid_field", rule, GOOGLE_ID)
    else:
        _check_certificate(given)


def _check_certificate(given: Mapping[str, str]) -> None:
    """The certificate is in force and Apple's, and the key is its own."""
    certificate = _certificate(given)
    if certificate.not_valid_after_utc <= clock.now():
        ended = certificate.not_valid_after_utc.date()
        raise Problem("invalid_field", f"This certificate ended on {ended}.", CERTIFICATE)
    try:
        certificate.extensions.get_extension_for_oid(APPLE_EXTENSION)
    except x509.ExtensionNotFound:
        rule = "This is no merchant identity certificate of Apple's."
        raise Problem("invalid_field", rule, CERTIFICATE) from None
    try:
        key = serialization.load_pem_private_key(given[KEY].encode(), password=None)
    except (ValueError, TypeError):
        rule = "Paste the private key as PEM, without a password."
        raise Problem("invalid_field", rule, KEY) from None
    form = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise Problem("invalid_field", "This key does not belong to the certificate.", KEY)


def _certificate(given: Mapping[str, str]) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(given[CERTIFICATE].encode())
    except ValueError:
        rule = "Paste the merchant identity certificate as PEM: it begins with -----BEGIN."
        raise Problem("invalid_field", rule, CERTIFICATE) from None


def _parameters(provider: str) -> Mapping[str, str]:
    wallet = catalogue.provider(provider).wallets.get(GOOGLE)
    return wallet.parameters if wallet else {}
