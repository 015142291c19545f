"""What the general suites cannot know about the central bank's Pix."""

from __future__ import annotations

import base64
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from acquiring import catalogue
from acquiring.connectors.driver import Ask, BadSignature, Inbound
from acquiring.connectors.parts.br_code import br_code
from acquiring.connectors.registry import driver
from acquiring.core.money import Money
from acquiring.sandbox import book as books
from acquiring.sandbox.wire import Request
from tests.connectors.contract import shared
from tests.connectors.shop import Shop, _wired  # noqa: F401 (the wire of the shop)

PIX = driver("bacen_pix")
HEX = "7978c0c97ea847e78e8849634473c1f1"
ASK = Ask(
    verb="authorize",
    reference=f"att_{HEX}",
    payment="pay_1",
    money=Money(3700, "BRL"),
    code="cob",
)


def call(shop: Shop, method: str, path: str, body: dict | None = None) -> tuple:
    """A call past our driver: status and body."""
    known = shop.here.credentials
    pair = base64.b64encode(f"{known['client_id']}:{known['client_secret']}".encode()).decode()
    asked = Request("POST", "/oauth/token", {"authorization": f"Basic {pair}"})
    asked.body = b"grant_type=client_credentials"
    token = json.loads(shop.simulator.serve(asked).content())["access_token"]
    headers = {"authorization": f"Bearer {token}"}
    content = json.dumps(body).encode() if body is not None else b""
    answer = shop.simulator.serve(Request(method, path, headers, "", content))
    return answer.status, json.loads(answer.content() or b"{}")


def put(shop: Shop, txid: str = "a" * 26, **members) -> str:
    """What a charge is, or what is wrong with it."""
    body = {"valor": {"original": "37.00"}, "chave": shop.here.credentials["pix_key"]}
    told = call(shop, "PUT", f"/cob/{txid}", body | members)[1]
    return told.get("status") if "txid" in told else told["violacoes"][0]["propriedade"]


def test_a_code_that_we_write_ends_in_the_remainder_of_the_standard():
    sample = shared("psp_specs", "mercadopago", "samples", "response", "payment")
    known = json.loads((sample / "payment_pix.json").read_text("utf-8"))
    known = known["point_of_interaction"]["transaction_data"]["qr_code"]
    ours = br_code("pix.example.com/qr/1", Money(10000, "BRL"), "São João", "São Paulo")

    assert ours.startswith("00020101021226420014br.gov.bcb.pix2520pix.example.com/qr/1520400005303")
    assert "5406100.00" in ours
    assert "5908Sao Joao6009Sao Paulo" in ours
    assert remainder(ours[:-4]) == ours[-4:]
    assert remainder(known[:-4]) == known[-4:]


def remainder(text: str) -> str:
    """CRC-16/CCITT-FALSE, bit by bit."""
    found = 0xFFFF
    for byte in text.encode():
        found ^= byte << 8
        for _ in range(8):
            found = ((found << 1) ^ 0x1021 if found & 0x8000 else found << 1) & 0xFFFF
    return f"{found:04X}"


def test_a_charge_bears_our_reference_and_the_accounts_key():
    account = {"pix_key": "key@pix.example", "access_token": "t"}
    charge = PIX.wire(PIX.ask(ASK), "https://bank.example/v2", account)
    hook = PIX.wire(PIX.subscribe("https://caravel.example/in"), "https://bank.example", account)

    assert charge.url == f"https://bank.example/v2/cob/att{HEX}"
    assert json.loads(charge.body)["chave"] == "key@pix.example"
    assert hook.url == "https://bank.example/webhook/key@pix.example"
    assert json.loads(hook.body)["webhookUrl"] + "/pix" == "https://caravel.example/in?event=/pix"


def test_a_webhook_is_only_a_reason_to_ask():
    refund = {"id": f"ref{HEX}", "status": "DEVOLVIDO"}
    transfer = {"endToEndId": "E1", "txid": f"att{HEX}", "devolucoes": [refund]}
    body = json.dumps({"pix": [transfer, {"endToEndId": "E2", "valor": "1.00"}]}).encode()

    paid, back = PIX.news(Inbound("POST", "https://caravel.example/pix", {}, body), {})

    assert (paid.reference, paid.outcome.state, paid.outcome.keep) == (f"att_{HEX}", "unknown", {})
    assert (back.about, back.reference, back.outcome.state) == ("refund", f"ref_{HEX}", "unknown")
    with pytest.raises(BadSignature):
        PIX.news(Inbound("POST", "https://caravel.example/pix", {}, b"[]"), {})


@pytest.mark.django_db
def test_the_simulator_refuses_what_a_bank_refuses():
    shop = Shop(PIX)
    stranger = Request("GET", "/cob/1", {"authorization": "Bearer nobody"})

    assert shop.simulator.serve(stranger).status == 401
    assert put(shop, colour="red") == "cob.colour"
    assert put(shop, valor={"original": 37}) == "value.original"
    assert put(shop, valor={"original": "37"}) == "cob.valor.original"
    assert put(shop, valor={"original": "0.00"}) == "cob.valor.original"
    assert put(shop, chave="another's") == "cob.chave"
    assert put(shop, "short") == "txid"
    assert put(shop) == put(shop) == "ATIVA"
    assert call(shop, "GET", f"/cob/{'a' * 26}")[1]["revisao"] == 0
    assert put(shop, valor={"original": "38.00"}) == "ATIVA"
    assert call(shop, "GET", f"/cob/{'a' * 26}")[1]["revisao"] == 1


@pytest.mark.django_db
def test_a_charge_is_paid_once_and_given_back_no_further():
    shop = Shop(PIX)
    ask = shop.ask(catalogue.connector("bacen_pix", "pix"))
    open_ = shop.does(ask)
    assert shop.does(ask, again=True).provider_ref == open_.provider_ref
    assert shop.then(ask, open_, "refund")[1].state == "refused"  # nobody has paid yet
    assert "captured" in shop.approved(ask, open_)
    assert shop.does(replace(ask, money=Money(1, "BRL")), again=True).state == "captured"

    assert shop.then(ask, open_, "refund", money=Money(2000, "BRL"))[1].state == "refused"
    refund, pending = shop.then(ask, open_, "refund", money=Money(1999, "BRL"))
    assert pending.state == "pending"
    assert shop.does(refund, again=True).operation_ref == pending.operation_ref
    assert shop.does(replace(refund, verb="inquire", target="refund")).state == "succeeded"
    assert shop.then(ask, open_, "refund", money=Money(1, "BRL"))[1].state == "refused"
    never = replace(refund, verb="inquire", target="refund", reference="ref_never")
    assert shop.does(never).raw_code in PIX.missing


@pytest.mark.django_db
def test_a_charge_past_its_time_has_expired_though_the_bank_calls_it_active():
    shop = Shop(PIX)
    ask = shop.ask(catalogue.connector("bacen_pix", "pix"))
    begun = shop.does(ask)

    later = ask.now + timedelta(seconds=3600) + timedelta(minutes=6)

    assert (
        shop.then(ask, begun, "inquire", now=later, reference=ask.reference)[1].state == "expired"
    )
    assert len(books.charges("account = %s", [shop.there.ref])) == 1
