"""A shopper pays on our page, without scripts: every form works by itself."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from django.test import Client

from acquiring.core import ids
from acquiring.payments import models
from acquiring.vault.models import Token

pytestmark = pytest.mark.django_db


def payments_of(shopper) -> list[models.Payment]:
    session = ids.read("cs", shopper.session["id"])
    return list(models.Payment.objects.filter(session_id=session).order_by("id"))


def come_back(sandbox, shopper, choice: str) -> str:
    """Follow the hand-over to the simulator, choose, and return; the path one ends at."""
    shown = payments_of(shopper)[-1].next_action
    back = urlsplit(sandbox.choose(shown["url"], choice))
    answer = Client(SERVER_NAME="127.0.0.1").get(f"{back.path}?{back.query}")
    assert answer.status_code == 303
    return answer["Location"]


def test_a_card_pays_and_the_page_shows_the_receipt(api, open_session):
    shopper = open_session(reference="order-7", return_url="https://shop.example/done")
    answer = shopper.pay()
    assert answer.status_code == 303
    assert urlsplit(answer["Location"]).path == shopper.path
    page = shopper.text()
    assert "your payment is through" in page
    assert "order-7" in page
    assert "Visa ·· 4242" in page
    assert "https://shop.example/done?payment=pay_" in page
    assert api.get(f"/checkout_sessions/{shopper.session['id']}")["status"] == "complete"


def test_what_the_browser_and_the_shop_say_travels_with_the_payment(open_session):
    shopper = open_session(country="NL", metadata={"basket": "7"}, description="Two lamps")
    shopper.pay(screen_width="390", time_zone_offset_minutes="-60")
    payment = payments_of(shopper)[0]
    assert (payment.country, payment.metadata) == ("NL", {"basket": "7"})
    assert payment.description == "Two lamps"
    device = payment.shopper["device"]
    assert (device["screen_width"], device["time_zone_offset_minutes"]) == (390, -60)


def test_pressing_twice_is_one_payment(open_session):
    shopper = open_session()
    once = shopper.once()
    assert shopper.pay(once=once).status_code == 303
    assert shopper.pay(once=once).status_code == 303
    assert shopper.pay(once="another form that was open").status_code == 303
    assert [one.status for one in payments_of(shopper)] == ["captured"]


def test_a_decline_keeps_the_order_and_asks_only_for_the_code_again(open_session):
    shopper = open_session(amount=6623, country="NL")
    shopper.pay()
    page = shopper.text()
    assert "Your bank did not approve this card" in page
    assert "not enough money" in page
    assert "Nothing was charged" in page
    assert "insufficient_funds" not in page
    assert "Visa ·· 4242 again" in page
    assert page.index('value="ideal" checked') < page.index('value="again"')

    wrong = shopper.pay("again", **{"again.code": "12"})
    assert wrong.status_code == 422
    assert "The security code has 3 digits" in wrong.content.decode()
    assert shopper.pay("again", **{"again.code": "123"}).status_code == 303
    first, second = payments_of(shopper)
    assert first.token_id == second.token_id
    assert second.status == "declined"


def test_a_suspicion_is_never_told(open_session):
    shopper = open_session(amount=6641)
    shopper.pay()
    page = shopper.text().lower()
    assert "fraud" not in page
    assert "suspect" not in page


def test_a_redirect_hands_over_and_comes_back_to_the_page(api, sandbox, open_session):
    shopper = open_session(country="NL", return_url="https://shop.example/done")
    answer = shopper.pay("ideal")
    assert answer["Location"].endswith("?go")
    page = shopper.look("?go")
    assert "We take you to iDEAL" in page.content.decode()
    assert payments_of(shopper)[0].next_action["url"] in page.content.decode().replace("&amp;", "&")

    assert urlsplit(come_back(sandbox, shopper, "approve")).path == shopper.path
    assert "your payment is through" in shopper.text()
    assert api.get(f"/checkout_sessions/{shopper.session['id']}")["status"] == "complete"


def test_a_refused_redirect_leads_back_to_the_choice(sandbox, open_session):
    shopper = open_session(country="NL")
    shopper.pay("ideal")
    come_back(sandbox, shopper, "decline")
    page = shopper.text()
    assert "iDEAL | Wero did not approve the payment" in page
    assert shopper.pay().status_code == 303
    assert [one.status for one in payments_of(shopper)] == ["declined", "captured"]


def test_the_issuer_asks_and_the_card_pays(sandbox, open_session):
    shopper = open_session(amount=6602)
    shopper.pay()
    assert "We take you to your bank" in shopper.text()
    come_back(sandbox, shopper, "approve")
    assert "your payment is through" in shopper.text()


def test_going_back_from_a_hand_over_frees_the_order(sandbox, open_session):
    shopper = open_session(country="NL")
    shopper.pay("ideal")
    shopper.pay("card", once="of a second tab")  # the first try is still open
    assert [one.status for one in payments_of(shopper)] == ["requires_action"]
    assert shopper.do("other").status_code == 303
    assert "You went back" in shopper.text()
    shopper.pay("card")
    assert [one.status for one in payments_of(shopper)] == ["canceled", "captured"]


def test_mistakes_are_named_and_no_card_number_lies_in_the_page(open_session):
    shopper = open_session()
    answer = shopper.pay(number="4242 4242 4242 4241", expiry="13 / 29", code="12")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "One of the digits is wrong" in page
    assert "Type the date as on your card" in page
    assert "The security code has 3 digits" in page
    assert 'value="A Shopper"' in page
    assert "4242 4242" not in page.split("<form")[1]
    assert payments_of(shopper) == []


def test_nothing_chosen_says_so(open_session):
    answer = open_session().pay("")
    assert (answer.status_code, b"Choose how you would like to pay" in answer.content) == (
        422,
        True,
    )


def test_a_method_that_needs_more_asks_for_it(open_session):
    shopper = open_session(country="DE")
    field = "sepa_direct_debit."
    page = shopper.text()
    assert f'name="{field}details.iban"' in page
    wrong = shopper.pay(
        "sepa_direct_debit", **{f"{field}details.iban": "DE00 1234"}
    ).content.decode()
    assert "One of the characters is wrong" in wrong
    assert "Fill in: E-mail" in wrong
    filled = {
        "details.iban": "de89 3704 0044 0532 0130 00",
        "details.account_holder": "Amber Lamp",
        "customer.name": "Amber Lamp",
        "customer.email": "amber@example.com",
    }
    answer = shopper.pay("sepa_direct_debit", **{field + name: one for name, one in filled.items()})
    assert answer.status_code == 303, answer.content.decode()
    assert payments_of(shopper)[0].shopper["customer"]["email"] == "amber@example.com"


def test_a_saved_card_pays_with_one_press_and_can_be_forgotten(api, open_session):
    customer = api.post("/customers", {"name": "Sanne", "email": "sanne@example.com"})["id"]
    first = open_session(customer=customer)
    assert 'name="save"' in first.text()
    assert 'name="save" value="1" checked' not in first.text()
    first.pay(save="1")
    token = Token.objects.get(reusable=True)
    saved = f"saved-{ids.show('tok', token.id)}"

    second = open_session(amount=500, customer=customer)
    assert f'value="{saved}" checked' in second.text()
    second.pay(saved)
    assert payments_of(second)[0].status == "captured"
    assert "Visa ·· 4242" in second.text()

    stranger = open_session(amount=500)
    assert stranger.pay(saved).status_code == 404
    assert stranger.do("forget", token=ids.show("tok", token.id)).status_code == 404
    third = open_session(amount=500, customer=customer)
    third.do("forget", token=ids.show("tok", token.id))
    assert "saved-" not in third.text()


def test_a_card_is_not_kept_without_consent(api, open_session):
    customer = api.post("/customers", {"name": "Sanne"})["id"]
    open_session(customer=customer).pay()
    assert not Token.objects.filter(reusable=True).exists()


def test_the_session_says_which_methods(open_session):
    shopper = open_session(country="NL", payment_methods=["ideal"])
    assert 'value="card"' not in shopper.text()
    assert shopper.pay("card").status_code == 422
    assert payments_of(shopper) == []


def test_what_is_bought_is_shown_and_adds_up(api, open_session):
    items = [{"name": "Lamp", "amount": 2500}, {"name": "Discount", "amount": -501}]
    shopper = open_session(items=items)
    assert "Lamp" in shopper.text()
    assert "-€5.01" in shopper.text()
    items[0]["amount"] = 1
    refused = api.post("/checkout_sessions", {"amount": 1999, "currency": "EUR", "items": items})
    assert refused.param == "items"


def test_trying_out_cards_ends(open_session):
    shopper = open_session(amount=6622)
    for _ in range(20):
        shopper.pay(number="4242424242424242")
    assert shopper.pay().status_code == 429
