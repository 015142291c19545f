"""Every way of paying that waits for something elsewhere has its page, played by the simulators."""

from __future__ import annotations

import re

import pytest

from acquiring.checkout import barcodes, flows
from acquiring.core import ids
from acquiring.payments import hearing, models, queries

pytestmark = pytest.mark.django_db

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148"


def payments_of(shopper) -> list[models.Payment]:
    session = ids.read("cs", shopper.session["id"])
    return list(models.Payment.objects.filter(session_id=session).order_by("id"))


def paying(shopper, method: str, **fields: str):
    """The page after a try by a method, with what it asks typed."""
    answer = shopper.pay(method, **{f"{method}.{name}": text for name, text in fields.items()})
    assert answer.status_code == 303, answer.content.decode()
    return shopper.text()


def test_a_qr_code_is_shown_saved_and_renewed(open_session):
    shopper = open_session(38900, "SGD", country="SG")
    page = paying(shopper, "paynow")
    assert "Pay with PayNow" in page
    assert "data-co-timer" in page
    assert "Valid until" in page
    assert 'style="' not in page
    drawn = shopper.client.get(f"{shopper.path}/code.svg")
    assert drawn["Content-Type"] == "image/svg+xml"
    saved = shopper.client.get(f"{shopper.path}/code.png")
    assert saved.content.startswith(b"\x89PNG")
    assert "attachment" in saved["Content-Disposition"]

    once = payments_of(shopper)[0].id.hex
    assert shopper.do("fresh", once=once).status_code == 303
    assert [one.status for one in payments_of(shopper)] == ["canceled", "requires_action"]
    shopper.do("fresh", once=once)  # pressed twice: that key's payment stands, and is not doubled
    assert len(payments_of(shopper)) == 2


def test_a_code_that_ran_out_offers_another_without_a_new_order(api, sandbox, open_session):
    shopper = open_session(38900, "SGD", country="SG", return_url="https://shop.example/done")
    paying(shopper, "paynow")
    lapse(sandbox, shopper)
    page = shopper.text()
    assert "The time to pay ran out" in page
    assert "Try PayNow again" in page
    assert "How would you like to pay" not in page
    assert 'value="paynow"' in shopper.text("?choose")
    shopper.do("fresh", once=payments_of(shopper)[0].id.hex)
    assert [one.status for one in payments_of(shopper)] == ["declined", "requires_action"]
    assert "data-co-timer" in shopper.text()


def test_on_a_phone_the_app_comes_before_the_code(open_session):
    shopper = open_session(38900, "SGD", country="SG")
    shopper.client.defaults["HTTP_USER_AGENT"] = PHONE
    page = paying(shopper, "paynow")
    assert "Save the picture" in page
    assert "choose to scan" not in page


def test_nothing_to_scan_is_nothing_to_see(open_session):
    shopper = open_session()
    assert shopper.client.get(f"{shopper.path}/code.svg").status_code == 404


@pytest.mark.parametrize(
    ("method", "amount", "currency", "country", "says"),
    [
        ("oxxo", 179000, "MXN", "MX", ("Pay at any OXXO", "<svg viewBox", "Central")),
        ("multibanco", 4500, "EUR", "PT", ("Entity", "Western European")),
        ("konbini", 4500, "JPY", "JP", ("FamilyMart", "Confirmation number", "Japan")),
    ],
)
def test_a_voucher_names_its_numbers_and_its_deadline(
    open_session, method, amount, currency, country, says
):
    shopper = open_session(amount, currency, country=country)
    page = paying(shopper, method, **typed(shopper, method))
    action = payments_of(shopper)[0].next_action
    for text in (*says, action.get("entity", ""), "Exact amount", "You can close this page"):
        assert text in page, text


def test_a_boleto_carries_the_bars_of_its_number(open_session):
    shopper = open_session(179000, "BRL", country="BR")
    page = paying(shopper, "boleto", **typed(shopper, "boleto"))
    number = payments_of(shopper)[0].next_action["barcode"]
    assert flows.grouped(number) in page
    assert barcodes.boleto(number).path in page


def test_a_transfer_ends_with_its_reference(open_session):
    shopper = open_session(24890, country="DE")
    page = paying(shopper, "bank_transfer", **typed(shopper, "bank_transfer"))
    action = payments_of(shopper)[0].next_action
    assert page.index("NL13 TEST 0123 4567 89") < page.index("Exact amount")
    assert page.index("Exact amount") < page.rindex(action["reference"])
    assert 'data-co-copy="248.90"' in page


def test_a_request_on_the_phone_shows_half_the_number_and_can_be_sent_again(open_session):
    shopper = open_session(4500, country="PT")
    phone, email = "+351912345678", "sanne@example.com"
    page = paying(shopper, "mbway", **{"customer.phone": phone, "customer.email": email})
    assert "Look at your phone" in page
    assert "+351 ••• ••• 678" in page
    assert phone not in page
    assert "Send it again" in page
    shopper.do("fresh", once=payments_of(shopper)[0].id.hex)
    first, second = payments_of(shopper)
    assert (first.status, second.status) == ("canceled", "requires_action")
    assert second.shopper["customer"]["phone"] == phone


def test_a_code_typed_is_confirmed_in_the_app(open_session):
    shopper = open_session(4500, "PLN", country="PL")
    assert 'autocomplete="one-time-code"' in shopper.text()
    page = paying(shopper, "blik", **{"details.code": "777 123"})
    assert "Confirm in your bank" in page
    assert 'data-co-total="120"' in page
    assert "Get a new code" not in page


def test_a_debit_shows_its_mandate_before_the_press(open_session):
    page = open_session(country="DE").text()
    assert "Direct debit mandate for" in page
    assert "within 8 weeks" in page


@pytest.mark.parametrize("type_", ["", "something_new"])
def test_a_step_nobody_drew_waits_in_words(type_):
    assert flows.drawn({"type": type_} if type_ else {}) == "wait"


def test_numbers_are_read_in_groups():
    assert flows.grouped("93001042778600124579") == "9300 1042 7786 0012 4579"
    assert flows.masked("+351912345678") == "+351 ••• ••• 678"


def test_code_128_adds_up():
    patterns = barcodes.CODE_128
    assert len(set(patterns)) == len(patterns) == 107
    assert all(sum(map(int, one)) == 11 for one in patterns[:-1])
    # The bars of a symbol are an even number of modules wide: that is its parity check.
    assert all(sum(map(int, one[::2])) % 2 == 0 for one in patterns[:-1])
    # The example every table of the standard is tried on: "PJJ123C" in set A has check 54.
    text = "PJJ123C"
    values = [103, *(ord(one) - 32 for one in text)]
    assert (values[0] + sum(at * one for at, one in enumerate(values))) % 103 == 54
    assert barcodes.code_128("12345678").width == 2 * 10 + 11 * 6 + 13
    assert barcodes.code_128("A1").width == 2 * 10 + 11 * 4 + 13
    assert barcodes.code_128("é") is None


def test_a_boletos_line_becomes_its_bars():
    line = "23790.50400 41990.303169 88008.109204 8 90540000190000"
    wanted = "23798905400001900000504041990303168800810920"
    assert barcodes.boleto(line) == barcodes.two_of_five(wanted)
    assert barcodes.boleto("12") is None


def typed(shopper, method: str) -> dict[str, str]:
    """Something sensible for every field a method asks."""
    values = {
        "customer.name": "Sanne de Vries",
        "customer.email": "sanne@example.com",
        "customer.phone": "+351912345678",
        "billing.line1": "Rua Augusta 1",
        "billing.postal_code": "01310100",
        "billing.city": "Lisboa",
        "billing.country": shopper.session["country"],
        "details.tax_id": "12345678909",
    }
    asked = re.findall(rf'name="{method}\.([a-z_0-9.]+)"', shopper.text())
    return {name: values[name] for name in asked}


def lapse(sandbox, shopper) -> None:
    """Time goes over the newest try: the simulator says so, and the sweeper hears it."""
    payment = payments_of(shopper)[-1]
    attempt = models.Attempt.objects.get(payment_id=payment.id)
    path = f"/charges/{attempt.provider}/{attempt.provider_ref}/expire"
    sandbox.control("POST", path)
    book = queries.book(payment.merchant_id, payment.id)
    hearing.inquire_attempt(book, book.open_attempt)


def test_a_bank_is_chosen_from_the_providers_list(open_session):
    shopper = open_session(12000, "MYR", country="MY")
    assert '<option value="maybank2u">Maybank2U</option>' in shopper.text()

    refused = shopper.pay("fpx", **{"fpx.details.bank": "bank_of_mars"})

    assert "Fill in: Bank" in refused.content.decode()
    assert not payments_of(shopper)
    shopper.pay("fpx", **{"fpx.details.bank": "maybank2u"})
    assert payments_of(shopper)[0].status == "requires_action"
