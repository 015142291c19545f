"""The ways to pay that a shopper is offered, and in which order.

What can be used is told by the same routing that the payment goes through. The order is the same
for the same shopper: what the merchant put first, what they used last, what people in their country
use, cards, what fits their device, and then by name. A guess at the country orders; only the shop's
own word leaves out.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.http import HttpRequest

from acquiring import catalogue
from acquiring.catalogue import Connector, Method
from acquiring.checkout import fields, logos, sheets, wallets, words
from acquiring.checkout.fields import Field
from acquiring.checkout.visits import Visit
from acquiring.core import ids
from acquiring.payments import limits, queries
from acquiring.vault import services as vault
from copilot import routing
from merchants import offering
from merchants.accounts import provider_accounts

ROWS = 5
SAVED_CARDS = 3
CARD, AGAIN, SAVED = "card", "again", "saved-"
# Kinds of method that nobody wants to see before a card, at home either.
SECOND_CHOICE = frozenset({"voucher", "pay_later", "gift_card", "installment", "crypto"})
HOME_COUNTRIES = 5  # a method of at most so many countries is at home in each
PHONE_FIRST = frozenset({"app", "push", "qr", "redirect"})


class Way(NamedTuple):
    """A row to choose. `value` is what the form sends."""

    value: str
    name: str
    hint: str = ""
    brand: str = ""
    kind: str = ""
    fields: tuple[Field, ...] = ()
    token: str = ""  # a saved card's outside id
    code_digits: int = 0  # the security code is asked for
    chosen: bool = False


DEVICE = ("color_depth", "screen_width", "screen_height", "time_zone_offset_minutes")
SHEET = ("method", "once", wallets.PROVIDER, wallets.PAYLOAD, *DEVICE)


class Offer(NamedTuple):
    """Everything the form is drawn from. `more` are the other ways by group."""

    express: list[wallets.Express]
    rows: list[Way]
    more: list[tuple[str, list[Way]]]
    more_count: int
    brands: tuple[str, ...]
    once: str
    typed: Mapping[str, str]
    mistakes: Mapping[str, str]
    may_save: bool
    sheet_fields: tuple[str, ...] = SHEET

    @property
    def sheets(self) -> dict[str, dict[str, Any]]:
        """What the script opens live wallets with; {} where none is shown."""
        return {one.code: one.facts for one in self.express if one.facts is not None}


def of(
    visit: Visit,
    request: HttpRequest,
    typed: Mapping[str, str] | None = None,
    mistakes: Mapping[str, str] | None = None,
    chosen: str = "",
) -> Offer:
    """The offer to the shopper of this visit."""
    typed, mistakes = typed or {}, mistakes or {}
    usable = methods(visit)
    first = _preferred(visit, chosen)
    listed = [code for code in usable if code not in wallets.WALLETS]
    choices = offering.offering(visit.merchant_id).of(visit.session.store_id)
    ordered = sorted(
        listed, key=lambda code: (choices.place(code), _rank(visit, request, usable[code][0]))
    )
    known, once = known_facts(visit), secrets.token_hex(12)

    own = [*_again(visit, first), *_saved(visit, usable, first)]

    def way(code: str) -> Way:
        method, connector = usable[code]
        names = fields.wanted(connector.needs, known)
        drawn = fields.drawn(code, names, typed, mistakes, visit.country, connector.choices)
        hint = str(words.HINTS.get(method.kind, ""))
        return Way(
            code,
            words.another_card() if own and code == CARD else words.method_name(code),
            hint,
            code,
            method.kind,
            tuple(drawn),
            chosen=code == first,
        )

    shown, rest = _cut(ordered, max(ROWS - len(own), 2), first)
    return Offer(
        express=wallets.buttons(visit, usable, once),
        rows=_with_own(own, [way(code) for code in shown], visit),
        more=_grouped([way(code) for code in rest]),
        more_count=len(rest),
        brands=usable[CARD][1].brands if CARD in usable else (),
        once=once,
        typed=typed,
        mistakes=mistakes,
        may_save=visit.session.customer_id is not None,
    )


def methods(visit: Visit) -> dict[str, tuple[Method, Connector]]:
    """The methods that can carry the session's payment, each with its first connector."""
    session = visit.session
    choices = offering.offering(visit.merchant_id).of(session.store_id)
    bars = limits.of(visit.merchant_id)
    found = {}
    for code, accounts in routing.carriers(provider_accounts(visit.merchant_id)).items():
        method = catalogue.method(code)
        if code in wallets.WALLETS:
            accounts = sheets.able(visit, code, accounts)
        wanted = code in session.methods if session.methods else choices.offers(code, method.legacy)
        if not wanted:
            continue
        wish = routing.Wish(code, visit.money, session.country, session.capture_method)
        barred = bars.why_not(code, visit.money)
        routes = routing.routes(wish, accounts, choices, barred).chosen
        # Instalments on a card have no form of their own here; the API takes them.
        if routes and routes[0].connector.flow == "card" and code != CARD:
            continue
        if routes and wallets.drawn(code, routes[0].connector.flow):
            found[code] = (method, routes[0].connector)
    return found


def known_facts(visit: Visit) -> dict[str, str]:
    """What the shop already told of the shopper, by the names of fields."""
    session = visit.session
    known = {"billing.country": session.country}
    if session.customer_id:
        shown = ids.show("cus", session.customer_id)
        row = queries.customers_by_id(visit.merchant_id, [shown]).get(shown)
        if row is not None:
            known |= {f"customer.{name}": getattr(row, name) for name in ("name", "email", "phone")}
    return {name: value for name, value in known.items() if value}


def brand_rules(taken: tuple[str, ...]) -> list[dict[str, Any]]:
    """What the page's script must know of card brands: prefixes, lengths, grouping, code."""
    return [
        {
            "code": brand.code,
            "name": brand.name,
            "logo": logos.address(brand.code),
            "prefixes": brand.prefixes,
            "lengths": brand.lengths,
            "grouping": brand.grouping,
            "digits": brand.security_code_digits,
            "luhn": brand.luhn,
            "taken": not taken or brand.code in taken,
        }
        for brand in catalogue.brands().values()
    ]


def _preferred(visit: Visit, chosen: str) -> str:
    """The row that is chosen before the shopper has touched anything; "" for none."""
    if chosen:
        return chosen
    if words.decline(visit) and visit.book:
        return ""
    return _last_used(visit)


def _last_used(visit: Visit) -> str:
    """The method the customer paid with last."""
    if not visit.session.customer_id:
        return ""
    rows = queries.payments(
        visit.merchant_id, customer=ids.show("cus", visit.session.customer_id), status="captured"
    )
    last = rows[:1]
    return last[0].method if last else ""


def _rank(visit: Visit, request: HttpRequest, method: Method) -> tuple[int, int, int, str]:
    """Where a method comes: its class, whether it suits the device, how widely it is carried, its
    name. What many providers carry is what many shoppers ask for."""
    at_home = method.countries != "*" and len(method.countries) <= HOME_COUNTRIES
    here = at_home and visit.country in method.countries
    phone = "Mobi" in request.META.get("HTTP_USER_AGENT", "")
    suits = 0 if (method.flow in PHONE_FIRST) == phone or method.flow == "redirect" else 1
    carried = -len({row.provider for row in catalogue.connectors(method.code)})
    if here and method.kind not in SECOND_CHOICE:
        return (0, suits, carried, method.name)
    if method.code == CARD:
        return (1, 0, 0, "")
    if here:
        return (2, suits, carried, method.name)
    if method.countries == "*" or (
        not at_home and catalogue.covers(method.countries, visit.country)
    ):
        return (3, suits, carried, method.name)
    return (4 if not at_home else 5, suits, carried, method.name)


def _cut(ordered: list[str], rows: int, first: str) -> tuple[list[str], list[str]]:
    """The rows shown at once, cards and what is chosen among them, and the rest."""
    shown = ordered[:rows] if len(ordered) > rows + 1 else ordered
    for needed in (CARD, first):
        if needed in ordered and needed not in shown:
            shown = [*shown[:-1], needed]
    return shown, [code for code in ordered if code not in shown]


def _saved(visit: Visit, usable: Mapping[str, Any], first: str) -> list[Way]:
    """The customer's saved cards."""
    if CARD not in usable or not visit.session.customer_id:
        return []
    found: list[Way] = []
    for token in vault.kept(visit.merchant_id, visit.session.customer_id)[:SAVED_CARDS]:
        shown = ids.show("tok", token.id)
        expires = f"{token.exp_month:02}/{token.exp_year % 100:02}"
        value = f"{SAVED}{shown}"
        found.append(
            Way(
                value,
                words.card_name(token.brand, token.last4),
                words.saved_until(expires),
                token.brand,
                "card",
                token=shown,
                chosen=value == first or (first == CARD and not found),
            )
        )
    return found


def _again(visit: Visit, first: str) -> list[Way]:
    """The card that was just declined, if another try can help: only its code is asked again."""
    told = words.decline(visit)
    payment = visit.book.payment if visit.book else None
    if not (told and told.again and payment and payment.token_id):
        return []
    card = payment.method_details["card"]
    brand = catalogue.brands().get(card["brand"])
    digits = brand.security_code_digits if brand else 3
    name = words.card_name(card["brand"], card["last4"])
    return [
        Way(
            AGAIN,
            words.once_more(name),
            told.again_hint,
            card["brand"],
            "card",
            code_digits=digits,
            chosen=first == AGAIN,
        )
    ]


def _with_own(own: list[Way], rows: list[Way], visit: Visit) -> list[Way]:
    """Saved cards first; after a decline the same card comes last, and another way is chosen."""
    again = [one for one in own if one.value == AGAIN]
    saved = [one for one in own if one.value != AGAIN]
    if words.decline(visit):
        others = [one for one in rows if one.value != CARD]
        cards = [one for one in rows if one.value == CARD]
        rows = [*others, *saved, *cards, *again]
        if not any(one.chosen for one in rows):
            rows[0] = rows[0]._replace(chosen=True)
        return rows
    if any(one.chosen for one in saved):
        rows = [one._replace(chosen=False) for one in rows]
    return [*saved, *rows]


def _grouped(ways: list[Way]) -> list[tuple[str, list[Way]]]:
    groups: dict[str, list[Way]] = {}
    for way in sorted(ways, key=lambda one: one.name.lower()):
        groups.setdefault(words.GROUP_OF.get(way.kind, "wallet"), []).append(way)
    return [(str(title), groups[name]) for name, title in words.GROUPS.items() if name in groups]
