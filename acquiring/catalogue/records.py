"""The shapes of the catalogue's rows. Values only: frozen, no I/O, compared by identity.

A capability that a row leaves out is unknown (None), and unknown is never offered: None and False
read the same in an `if`.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from acquiring.core.locales import language
from acquiring.core.money import Money

Places = frozenset[str] | Literal["*"]  # ISO codes, or everywhere
Flow = Literal[
    "card",  # number, expiry and security code, typed into our vault's fields
    "redirect",  # the shopper leaves for the provider's or bank's page and comes back
    "app",  # an app opens by link, with a page to fall back on
    "qr",  # the shopper scans a code
    "voucher",  # a reference is paid in cash at a counter
    "bank_details",  # the shopper transfers to an account we name
    "push",  # a request appears on the shopper's phone
    "code",  # the shopper types a one-time code of their bank
    "mandate",  # bank account and consent, then the debit
    "wallet_token",  # an encrypted payload of the device's wallet
]
Capture = Literal["automatic", "manual"]
Refund = Literal["none", "full", "partial"]
Who = Literal[
    "issuer", "network", "acquirer", "provider", "wallet", "bank", "shopper", "merchant", "platform"
]
Category = Literal[
    "unspecified",
    "funds",
    "limit",
    "details",
    "account",
    "authentication",
    "security",
    "permission",
    "shopper",
    "expiry",
    "agreement",
    "credit",
    "setup",
    "technical",
    "after_payment",
]
Need = Literal[
    "customer.name",
    "customer.email",
    "customer.phone",
    "billing",
    "billing.country",
    "shipping",
    "details.account_holder",
    "details.account_number",
    "details.bank",
    "details.birth_date",
    "details.branch_number",
    "details.bsb_number",
    "details.code",
    "details.iban",
    "details.plan",
    "details.tax_id",
    "details.token",  # of a wallet: the encrypted payload its sheet gave
    "details.vpa",
]
Retry = Literal["never", "now", "later", "after_change"]


class Row(msgspec.Struct, frozen=True, eq=False, forbid_unknown_fields=True):
    """A row of a table; a member that has no place here is refused by its name."""


class Country(Row, frozen=True, kw_only=True):
    """A country by its ISO 3166-1 alpha-2 code; `dial` is its calling code without the plus."""

    code: str
    name: str
    currency: str = ""
    dial: str = ""


class Decline(Row, frozen=True, kw_only=True):
    """A reason for a failure, in our words; the vocabulary is explained in `declines.toml`."""

    code: str
    who: Who
    category: Category
    retry: Retry
    another_route: bool
    advice: str
    shopper: str

    @property
    def retryable(self) -> bool:
        """Whether another try can succeed: at once, later, or after something has changed."""
        return self.retry != "never"


class Named(Row, frozen=True, kw_only=True):
    """A row that shoppers read: its English `name`, and by language (`zh_Hans`) local `names`."""

    code: str
    name: str
    names: dict[str, str] = {}

    def named(self, locale: str) -> str:
        """What a reader of this locale calls it: the local name where known, else the English."""
        return self.names.get(language(locale), self.name) if self.names else self.name


class Brand(Named, frozen=True, kw_only=True):
    """A card brand as its numbers show it.

    `prefixes` are leading digits ("4") or inclusive ranges of equal length ("222100-272099");
    `grouping` is how the digits are printed; `security_code_digits` is the length of its code.
    """

    prefixes: tuple[str, ...]
    lengths: tuple[int, ...]
    grouping: tuple[int, ...]
    security_code_digits: int
    luhn: bool


class Method(Named, frozen=True, kw_only=True):
    """What a shopper chooses to pay with, whoever carries it.

    `confirmation` is how soon the outcome is known once the shopper has done their part;
    `chargebacks` whether the payer can have the money taken back through the scheme; `basis` how
    far the row can be trusted.
    """

    kind: str
    countries: Places
    currencies: Places
    flow: Flow
    confirmation: Literal["instant", "minutes", "days"]
    chargebacks: bool | None = None
    legacy: bool = False
    basis: Literal["documented", "partly_documented", "inferred"]


class Connector(Row, frozen=True, kw_only=True):
    """One method as one provider carries it: the provider's word for it and what it can do.

    `markets` gives a country its only currency, where shoppers pay in none but their own.
    `choices` are what a needed detail can be, by detail: the provider's word for it and how a
    shopper reads it (`{"bank": {"hsbc": "HSBC Bank"}}`); without them it is typed.
    `minimum` and `maximum` are minor units by currency, both included; `multiple_of` says in what
    steps a currency can be sent at all. `needs` are the members of a payment that the provider
    insists on (`details.…` is what the shopper types for the method); `brands` the card brands it
    takes. `capture` is "both" where the merchant may choose. `settle_days` counts days from
    capture to the provider's payout, as a rule. `extra` is handed to the driver as it stands.
    `basis` tells whose word the identifier rests on.
    """

    provider: str
    method: str
    code: str
    countries: Places
    currencies: Places
    flow: Flow
    markets: dict[str, str] = {}
    minimum: dict[str, int] = {}
    maximum: dict[str, int] = {}
    multiple_of: dict[str, int] = {}
    needs: tuple[Need, ...] = ()
    choices: dict[str, dict[str, str]] = {}
    brands: tuple[str, ...] = ()
    capture: Literal["automatic", "manual", "both"]
    partial_capture: bool | None = None
    multiple_capture: bool | None = None
    void: bool | None = None
    refund: Refund | None = None
    recurring: bool | None = None
    installments: bool | None = None
    settle_days: int
    extra: dict[str, Any] = {}
    basis: Literal["vendor", "third_party"] = "vendor"

    def why_not(
        self,
        money: Money,
        country: str = "",
        capture: Capture = "automatic",
        recurring: bool = False,
    ) -> str | None:
        """Why this connector cannot take such a payment, in words for the merchant; None if it can.

        `country` is the shopper's, ISO alpha-2; "" when nobody knows, which rules nothing out.
        """
        if not covers(self.currencies, money.currency):
            return f"currency {money.currency} is not carried"
        if country and not covers(self.countries, country):
            return f"country {country} is not served"
        if self.markets.get(country, money.currency) != money.currency:
            return f"shoppers in {country} can pay in {self.markets[country]} only"
        if self.capture not in ("both", capture):
            return f"only {self.capture} capture is possible"
        if recurring and not self.recurring:
            return "recurring payments are not possible"
        return self._why_not_amount(money)

    def _why_not_amount(self, money: Money) -> str | None:
        currency = money.currency
        lowest = self.minimum.get(currency, 1)
        highest = self.maximum.get(currency, money.amount)
        step = self.multiple_of.get(currency, 1)
        if money.amount < lowest:
            return f"amount {_show(money)} is below the minimum {_show(Money(lowest, currency))}"
        if money.amount > highest:
            return f"amount {_show(money)} is above the maximum {_show(Money(highest, currency))}"
        if money.amount % step:
            return f"amount {_show(money)} is not a multiple of {_show(Money(step, currency))}"
        return None


class Wallet(Row, frozen=True, kw_only=True):
    """A device wallet whose payload the provider takes as the wallet made it.

    `parameters` are those Google wants to know a gateway by; `{name}` stands for a credential of
    the account, or for a value that the merchant types.
    """

    parameters: dict[str, str] = {}


class Provider(Row, frozen=True, kw_only=True):
    """A provider's facts that are not about one method.

    `exponents` are the decimals of a currency on its wire where they differ from ISO 4217;
    `multiple_of` the steps and `minimum` the least, in our minor units, in which it takes a
    currency. `wallets` are the device wallets of which it takes a payload. An idempotency key may
    have `idempotency_characters` and is honoured for `idempotency_hours` (None: no end is stated).
    `sources` name where the facts were read.
    """

    name: str
    title: str
    connect_timeout_seconds: int
    read_timeout_seconds: int
    idempotency_hours: int | None = None
    idempotency_characters: int
    settle_days: int
    exponents: dict[str, int] = {}
    multiple_of: dict[str, int] = {}
    minimum: dict[str, int] = {}
    wallets: dict[Literal["apple_pay", "google_pay"], Wallet] = {}
    sources: tuple[str, ...]
    connectors: tuple[Connector, ...] = ()


def covers(places: Places, code: str) -> bool:
    """Whether a set of ISO codes, or everywhere, holds `code`."""
    return places == "*" or code in places


def _show(money: Money) -> str:
    return f"{money.major()} {money.currency}"
