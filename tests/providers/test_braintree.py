"""Braintree: currencies and accounts, signatures, its schema, and what its simulator refuses."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
from urllib.parse import urlencode

import pytest

from acquiring.connectors.driver import Ask, BadSignature, Card, Inbound
from acquiring.connectors.registry import driver
from acquiring.connectors.vocabulary.braintree import QUERIES
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.engine import simulators
from acquiring.sandbox.parts import graphql
from acquiring.sandbox.wire import Request
from tests.connectors.contract import shared

BRAINTREE = driver("braintree")
ACCOUNT = {
    "public_key": "public",
    "private_key": "private",
    "merchant_accounts": "EUR=acme_eur, JPY=acme_jpy",
}
CARD = Card("4111111111111111", 3, 2030, "737")


def ask(amount: int = 1999, currency: str = "EUR", **members) -> Ask:
    wanted = {"code": "CARD", "card": CARD, **members}
    money = Money(amount, currency)
    return Ask(verb="authorize", reference="att_1", payment="pay_1", money=money, **wanted)


def sale(wish: Ask) -> dict:
    """What is sent to charge, with the account's own merchant account."""
    call = BRAINTREE._pay(wish, "token", "CreditCard")
    wire = BRAINTREE.wire(call, BRAINTREE.live, ACCOUNT)
    return json.loads(wire.body)["variables"]["input"]["transaction"]


@pytest.mark.parametrize(
    ("amount", "currency", "sent"), [(1999, "EUR", "19.99"), (1999, "JPY", "1999")]
)
def test_an_amount_goes_to_the_merchant_account_of_its_currency(amount, currency, sent):
    told = sale(ask(amount, currency))

    assert (told["amount"], told["merchantAccountId"]) == (sent, f"acme_{currency.lower()}")


def test_a_currency_without_an_account_is_never_charged():
    with pytest.raises(KeyError):
        sale(ask(1999, "USD"))


def inbound(payload: str, private: str = "private") -> Inbound:
    key = hashlib.sha1(private.encode()).digest()
    signature = hmac.new(key, payload.encode(), hashlib.sha1).hexdigest()
    form = {"bt_signature": f"other|00&public|{signature}", "bt_payload": payload}
    return Inbound("POST", "/", {}, urlencode(form).encode())


def test_a_notification_is_signed_with_a_hash_of_the_private_key():
    xml = (
        "<notification><kind>transaction_settled</kind><subject><transaction><id>t1</id>"
        "<order-id>att_1</order-id></transaction></subject></notification>"
    )
    payload = base64.encodebytes(xml.encode()).decode()
    (told,) = BRAINTREE.news(inbound(payload), ACCOUNT)

    assert (told.about, told.reference, told.outcome.state) == ("payment", "att_1", "unknown")
    with pytest.raises(BadSignature):
        BRAINTREE.news(inbound(payload, "of-nobody"), ACCOUNT)


def test_every_query_selects_what_the_schema_has():
    schema = shared("psp_specs", "braintree", "schema.graphql").read_text("utf-8")
    bare = re.sub(r'"""[\s\S]*?"""', "", schema)
    types: dict[str, dict[str, str]] = {}
    scalars = set(re.findall(r"^(?:scalar|enum) (\w+)", bare, re.M))
    for name, body in re.findall(r"^(?:type|interface) (\w+)[^{]*\{([^}]*)\}", bare, re.M):
        rows = re.findall(r"^  (\w+)(?:\([^)]*\))?: \[?(\w+)", body, re.M)
        known = scalars | {"String", "ID", "Boolean", "Int"}
        types[name] = {one: "" if kind in known else kind for one, kind in rows}
    for query in QUERIES.values():
        top = graphql.operation(query, {})
        root = "Query" if query.startswith("query") else "Mutation"
        graphql.check(root, [top], types)


class Till:
    """The simulator, called by hand."""

    def __init__(self) -> None:
        self.there = simulators()["braintree"]
        self.keys = self.there.credentials({})
        ref = self.keys["public_key"]
        books.register(books.Account("braintree", ref, ref, self.keys, {}, ""))

    def call(self, query: str, variables: dict, private: str = ""):
        pair = f"{self.keys['public_key']}:{private or self.keys['private_key']}".encode()
        headers = {"authorization": f"Basic {base64.b64encode(pair).decode()}"}
        headers["braintree-version"] = "2019-01-01"
        body = json.dumps({"query": query, "variables": variables}).encode()
        told = self.there.serve(Request("POST", "/graphql", headers, "", body)).body
        if "errors" in told:
            extensions = told["errors"][0]["extensions"]
            return extensions.get("legacyCode") or extensions["errorClass"]
        return told["data"]

    def does(self, name: str, **members):
        return self.call(QUERIES[name], {"input": members})

    def held(self) -> str:
        card = {"number": CARD.number, "expirationMonth": "03", "expirationYear": "2030"}
        made = self.does("tokenizeCreditCard", creditCard=card)
        token = made["tokenizeCreditCard"]["paymentMethod"]["id"]
        wish = {"amount": "19.99", "merchantAccountId": "sandbox_eur", "orderId": "att_1"}
        done = self.does("authorizeCreditCard", paymentMethodId=token, transaction=wish)
        return done["authorizeCreditCard"]["transaction"]["id"]


@pytest.mark.django_db
def test_strangers_and_what_nobody_documents_are_refused():
    till = Till()
    wish = {"input": {"creditCard": {"number": CARD.number}}}

    query = QUERIES["tokenizeCreditCard"]
    assert till.call(query, wish, private="of-nobody") == "AUTHENTICATION"
    assert till.call(query, {"input": {"card": {}}}) == "VALIDATION"
    assert till.call(query.replace("{ id }", "{ id colour }"), wish) == "VALIDATION"
    assert till.call("{ ping", {}) == "VALIDATION"


@pytest.mark.django_db
def test_no_more_is_captured_or_given_back_than_there_is():
    till = Till()
    held = till.held()

    assert till.does("refundTransaction", transactionId=held) == "91506"
    too_much = {"amount": "20.00"}
    assert till.does("captureTransaction", transactionId=held, transaction=too_much) == "91518"
    assert till.does("captureTransaction", transactionId=held, transaction={"amount": "15.00"})
    assert till.does("captureTransaction", transactionId=held) == "91507"
    assert till.does("reverseTransaction", transactionId=held) == "91504"
    assert till.does("refundTransaction", transactionId=held, refund=too_much) == "91521"
    part = {"amount": "15.00", "orderId": "ref_1"}
    assert "refundTransaction" in till.does("refundTransaction", transactionId=held, refund=part)
    assert till.does("refundTransaction", transactionId=held, refund=part) == "91512"
