"""The sheets of Apple Pay and Google Pay in live mode: what the page's script needs to open one.

Google's sheet comes with Google's own script, the only foreign one a checkout ever loads, and only
where its button is shown. Apple's is part of the browser, see `apple`.

Sources: developers.google.com/pay/api/web/reference/request-objects,
developer.apple.com/documentation/applepayontheweb (ApplePayPaymentRequest).
"""

from __future__ import annotations

from typing import Any

from acquiring import catalogue
from acquiring.catalogue import Connector
from acquiring.checkout.visits import Visit
from acquiring.core.errors import Problem
from merchants import wallets
from merchants.accounts import AccountFacts, provider_accounts

SCRIPT = "https://pay.google.com/gp/p/js/pay.js"
GOOGLE_NETWORKS = {
    "visa": "VISA", "mastercard": "MASTERCARD", "amex": "AMEX", "discover": "DISCOVER",
    "jcb": "JCB",
}  # fmt: skip
APPLE_NETWORKS = {
    "visa": "visa", "mastercard": "masterCard", "amex": "amex", "discover": "discover",
    "jcb": "jcb", "unionpay": "chinaUnionPay", "maestro": "maestro", "elo": "elo", "mir": "mir",
}  # fmt: skip


def able(visit: Visit, code: str, accounts: list[AccountFacts]) -> list[AccountFacts]:
    """The accounts through which the wallet's button can be shown: in test mode, all of them."""
    if visit.is_test:
        return accounts
    return [account for account in accounts if wallets.ready(account, code)]


def facts(visit: Visit, code: str, connector: Connector) -> dict[str, Any]:
    """What the script opens the sheet with."""
    account = account_of(visit, code, connector.provider)
    country = visit.look.country or visit.country
    common = {"provider": account.provider, "amount": visit.money.major(), "shop": visit.look.name}
    brands = _brands(account.provider)
    if code == wallets.APPLE:
        return common | {
            "request": {
                "countryCode": country,
                "currencyCode": visit.money.currency,
                "supportedNetworks": _of(APPLE_NETWORKS, brands),
                "merchantCapabilities": ["supports3DS"],
                "total": {"label": visit.look.name, "amount": visit.money.major()},
            },
            "session": visit.place("checkout_apple"),
        }
    return common | {"request": _google(visit, account, country, brands), "script": SCRIPT}


def _google(visit: Visit, account: AccountFacts, country: str, brands: set[str]) -> dict[str, Any]:
    known = account.wallets[wallets.GOOGLE]
    card = {
        "type": "CARD",
        "parameters": {
            "allowedAuthMethods": ["PAN_ONLY", "CRYPTOGRAM_3DS"],
            "allowedCardNetworks": _of(GOOGLE_NETWORKS, brands),
        },
        "tokenizationSpecification": {
            "type": "PAYMENT_GATEWAY",
            "parameters": wallets.gateway(account),
        },
    }
    return {
        "apiVersion": 2,
        "apiVersionMinor": 0,
        "merchantInfo": {
            "merchantId": known[wallets.GOOGLE_ID],
            "merchantName": visit.look.name,
        },
        "allowedPaymentMethods": [card],
        "transactionInfo": {
            "countryCode": country,
            "currencyCode": visit.money.currency,
            "totalPriceStatus": "FINAL",
            "totalPrice": visit.money.major(),
        },
    }


def _of(names: dict[str, str], brands: set[str]) -> list[str]:
    return [name for brand, name in names.items() if brand in brands]


def account_of(visit: Visit, code: str, provider: str) -> AccountFacts:
    """The account a wallet's payload is made for. Raises Problem where none is ready."""
    for account in provider_accounts(visit.merchant_id):
        if account.provider == provider and wallets.ready(account, code):
            return account
    raise Problem("method_unavailable", "This wallet is not open to this order.")


def _brands(provider: str) -> set[str]:
    """The card networks the provider takes, in our words; the wallets carry cards of these."""
    rows = [one for one in catalogue.provider(provider).connectors if one.flow == "card"]
    return {brand for row in rows for brand in row.brands}
