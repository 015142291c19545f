"""Payments and refunds in the portal: found, looked at, and acted on once."""

import re

import pytest

from acquiring.connectors.driver import Outcome
from acquiring.core import ids
from acquiring.core.models import AuditEntry
from acquiring.core.money import Money
from acquiring.payments import models, money, queries, search, wire
from acquiring.portal.payments import story, wirelog
from merchants import services as merchants
from tests import cast
from tests.payments.conftest import Provider, Till

pytestmark = pytest.mark.django_db

PAGE = "/test/payments/"
SHOPPER = {"customer": {"name": "Ines Moreau", "email": "ines@example.com"}}
HELD = Outcome("authorized", provider_ref="pi_held", money=Money(24890, "EUR"))
NO_FUNDS = Outcome("declined", decline="insufficient_funds", raw_code="51")
BROKEN = Outcome("declined", decline="issuer_unavailable", raw_code="91")


@pytest.fixture
def till(ambers_shop, monkeypatch):
    provider = Provider()
    monkeypatch.setattr(wire, "perform", provider.perform)
    return Till(cast.connected(ambers_shop), provider)


@pytest.fixture
def desk(amber, ambers_shop):
    return cast.at_the_desk(amber)


@pytest.fixture
def paid(till):
    return till.pay(
        Outcome("captured", provider_ref="pi_1"), amount=24890, reference="LM-1", shopper=SHOPPER
    ).book


@pytest.fixture
def held(till):
    return till.pay(HELD, amount=24890, capture_method="manual", reference="LM-2").book


def address(book, verb=""):
    tail = f"{verb}/" if verb else ""
    return f"{PAGE}{ids.show('pay', book.payment.id)}/{tail}"


def agreed(amount, minor, **typed):
    """A form whose effect was shown for the very amount it is sent with."""
    return {"amount": amount, "seen": str(minor), "once": str(ids.new()), **typed}


def fresh(book):
    return queries.book(book.payment.merchant_id, book.payment.id)


def text(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def test_the_list_shows_amount_state_method_and_person(desk, paid):
    page = text(desk.get(PAGE))

    for words in ("248.90 EUR", "Captured", "Visa ·· 4242", "Ines Moreau", "LM-1"):
        assert words in page, words


@pytest.mark.parametrize("term", ["LM-1", "ines@example.com", "248.90", "4242", "pi_1"])
def test_the_list_finds_it(term, desk, paid, till):
    till.pay(NO_FUNDS, NO_FUNDS, amount=77, instrument=till.card("5555555555554444"))
    page = text(desk.get(PAGE, {"q": term}))

    assert "248.90 EUR" in page
    assert "0.77" not in page


def test_what_is_not_there_names_what_to_take_off(desk, paid):
    page = text(desk.get(PAGE, {"status": "expired"}))

    assert "Nothing fits these filters" in page
    assert "Take off" in page


def test_an_empty_room_teaches(desk):
    assert "A payment link takes the first one" in text(desk.get(PAGE))
    assert "Open a payment to give its money back" in text(desk.get("/test/refunds/"))
    assert "Tick payments in the list" in text(desk.get(f"{PAGE}chosen/"))


def test_a_bounded_look_says_how_far_it_came(desk, paid, held, monkeypatch):
    monkeypatch.setattr(search, "LOOK", 1)
    page = desk.get(PAGE, {"country": "jp"})

    assert "None so far" in text(page)
    further = re.search(r'href="(\?[^"]*before=[^"]*)"', page.content.decode()).group(1)
    assert "Nothing fits" in text(desk.get(PAGE + further.replace("&amp;", "&")))


def test_columns_come_and_go_by_the_address(desk, paid):
    page = desk.get(PAGE, {"columns": "id,refunded"}).content.decode()

    assert "Visa ·· 4242" not in page
    assert ids.show("pay", paid.payment.id) in page


def test_a_list_costs_few_queries(desk, till, django_assert_max_num_queries):
    for _ in range(12):
        till.pay(Outcome("captured"), shopper=SHOPPER)
    with django_assert_max_num_queries(12):
        desk.get(PAGE)
    with django_assert_max_num_queries(14):
        desk.get(PAGE, {"q": "ines@example.com", "status": "captured"})


def test_a_payment_costs_few_queries(desk, till, paid, django_assert_max_num_queries):
    till.provider.says(*[Outcome("succeeded")] * 3)
    for _ in range(3):
        desk.post(address(paid, "refund"), agreed("1.00", 100))
    with django_assert_max_num_queries(20):
        assert desk.get(address(paid)).status_code == 200


def test_a_payment_tells_what_happened_and_what_is_kept(desk, paid, till):
    page = text(desk.get(address(paid)))

    fee = paid.captures[0].fee
    kept = f"{Money(24890 - fee, 'EUR').major()} EUR"
    for words in ("Captured 248.90 EUR", "Risk: accepted", "You keep", kept, "becomes available"):
        assert words in page, words


def test_a_second_route_is_a_story(desk, till):
    book = till.pay(BROKEN, Outcome("captured")).book
    page = text(desk.get(address(book)))

    assert "Saved by another route." in page
    assert "issuer unavailable" in page
    assert "Nothing was charged, so another provider could be asked." in page


def test_a_decline_says_who_and_what_helps(desk, till):
    book = till.pay(NO_FUNDS, NO_FUNDS).book
    page = text(desk.get(address(book)))

    assert "Declined by the shopper&#x27;s bank: insufficient funds." in page
    assert "code 51" in page
    assert "Nothing has moved." in page


def test_doubt_is_said_plainly_and_nothing_is_offered(desk, till):
    book = till.pay(Outcome("unknown", raw_code="no_answer")).book
    page = desk.get(address(book))

    assert "We do not know yet whether this was charged." in text(page)
    assert "Do not charge again" in text(page)
    assert "data-key-refund" not in page.content.decode()
    assert "Unknown" in text(desk.get(PAGE, {"standing": "unknown"}))


def test_money_that_came_twice_is_told(till):
    book = till.pay(Outcome("unknown", raw_code="no_answer")).book
    till.hears(book, "payment", Outcome("declined", decline="do_not_honor"))
    late = fresh(book)
    till.hears(late, "payment", Outcome("captured", money=Money(1999, "EUR")))

    told = story.of(fresh(book))
    assert told.title in {"Money came twice.", "The money came late."}


def test_the_decision_runs_again_to_the_same_result(desk, paid):
    page = text(desk.get(address(paid), {"again": "1"}))

    assert "run again just now: the same result" in page
    assert "rules were read" in page


def test_the_wire_log_is_pretty_and_safe():
    row = models.WireLog(
        payment_id=ids.new(),
        attempt_id=ids.new(),
        verb="authorize",
        direction="sent",
        request={"method": "POST", "url": "https://x", "headers": {"A": "b"}, "body": "a=1&b=%20c"},
        response={"status": 200, "headers": {}, "body": '{"id": "<script>"}', "error": ""},
        milliseconds=12,
    )
    [shown] = wirelog.exchanges([row])

    assert "a = 1\nb =  c" in shown.request
    assert '"id": "<script>"' in shown.response
    assert (shown.status, shown.first) == (200, True)


def test_every_event_is_one_press_away(desk, paid):
    assert "payment.captured" in text(desk.get(address(paid), {"steps": "every"}))


def test_a_refund_shows_its_effect_first(desk, paid):
    page = text(desk.get(address(paid, "refund")))

    for words in ("Ines Moreau gets back, on Visa ·· 4242", "Fees you do not get back",
                  "Leaves your balance now", "cannot be called back", "Keep the money",
                  "Refund 248.90 EUR", "of 248.90 EUR"):  # fmt: skip
        assert words in page, words
    assert "Refund 1.50 EUR" in text(desk.get(address(paid, "refund"), {"amount": "1.5"}))


def test_a_refund_of_another_amount_is_shown_again_before_it_moves(desk, paid, till):
    till.provider.says(Outcome("succeeded"))
    page = desk.post(address(paid, "refund"), agreed("120,00", 24890, reason="Strap"))

    assert "The amount is another one now." in text(page)
    assert "Refund 120.00 EUR" in text(page)
    assert fresh(paid).refunds == []
    seen = re.search(r'name="seen" value="(\d+)"', page.content.decode()).group(1)
    again = desk.post(address(paid, "refund"), agreed("120,00", seen, reason="Strap"))
    assert again.url == address(paid)
    assert fresh(paid).payment.amount_refunded == 12000


def test_a_partial_refund_is_done_once_however_often_it_is_sent(desk, paid, till, amber):
    till.provider.says(Outcome("succeeded"), Outcome("succeeded"))
    form = agreed("49.00", 4900, reason="Rain cover returned")
    first = desk.post(address(paid, "refund"), form)
    second = desk.post(address(paid, "refund"), form)

    assert first.url == second.url == address(paid)
    [refund] = fresh(paid).refunds
    assert (refund.amount, refund.status) == (4900, "succeeded")
    assert refund.reason == "Rain cover returned"
    entry = AuditEntry.objects.get(action="payment.refund")
    assert entry.actor == merchants.user_actor(amber)
    page = text(desk.get(address(paid)))
    for words in ("49.00 EUR refunded", "by Amber", "Rain cover returned", "Partly refunded",
                  "−49.00 EUR"):  # fmt: skip
        assert words in page, words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "Enter the amount."),
        ("lots", "Enter an amount like 248.90 EUR."),
        ("0", "Enter an amount above zero."),
        ("248.91", "At most 248.90 EUR is left."),
    ],
)
def test_a_wrong_amount_is_refused_beside_the_field(typed, words, desk, paid):
    answer = desk.post(address(paid, "refund"), agreed(typed, 24890))

    assert answer.status_code == 422
    assert words in text(answer)
    assert fresh(paid).refunds == []


def test_a_refund_without_an_answer_is_doubt_and_not_tried_again(desk, paid, till):
    till.provider.says(Outcome("unknown", raw_code="no_answer"))
    page = text(desk.post(address(paid, "refund"), agreed("49.00", 4900), follow=True))

    assert "We do not know yet whether 49.00 EUR moved." in page
    [refund] = fresh(paid).refunds
    assert "did not answer" in text(desk.get(f"/test/refunds/{ids.show('ref', refund.id)}/"))


def test_a_refused_refund_says_why(desk, paid, till):
    till.provider.says(Outcome("failed", decline="insufficient_funds", raw_code="x"))
    page = text(desk.post(address(paid, "refund"), agreed("49.00", 4900), follow=True))

    assert "The provider refused: insufficient funds." in page
    assert "Refund of 49.00 EUR failed" in page


def test_a_capture_shows_what_arrives_and_takes_part(desk, held, till):
    page = text(desk.get(address(held, "capture")))
    for words in ("Our fee", "Arrives in your balance", "Capture 248.90 EUR", "Not now"):
        assert words in page, words

    till.provider.says(Outcome("succeeded", money=Money(10000, "EUR")))
    done = desk.post(address(held, "capture"), agreed("100.00", 10000), follow=True)
    assert "100.00 EUR captured." in text(done)
    assert fresh(held).payment.amount_captured == 10000


def test_a_capture_that_was_done_meanwhile_is_told(desk, held, till):
    till.provider.says(Outcome("succeeded"))
    desk.post(address(held, "capture"), agreed("248.90", 24890))

    assert "Nothing is left to capture." in text(desk.get(address(held, "capture")))


def test_canceling_ends_the_hold(desk, held, till):
    page = text(desk.get(address(held, "cancel")))
    assert "The hold of 248.90 EUR ends" in page
    assert "Keep the payment" in page

    till.provider.says(Outcome("succeeded"))
    done = text(desk.post(address(held, "cancel"), {"once": str(ids.new())}, follow=True))
    assert "Canceled. 248.90 EUR was given back." in done
    assert fresh(held).payment.status == "canceled"
    assert "can no longer be canceled" in text(desk.get(address(held, "cancel")))


def test_chosen_payments_are_summed_and_captured_once(desk, paid, till):
    books = [till.pay(HELD, amount=24890, capture_method="manual").book for _ in range(2)]
    shown = [ids.show("pay", one.payment.id) for one in [paid, *books]]
    page = text(desk.get(f"{PAGE}chosen/", {"only": shown}))
    for words in ("746.70 EUR", "497.80 EUR", "Capture 2 payments", "1 stays as it is"):
        assert words in page, words

    till.provider.says(*[Outcome("succeeded")] * 4)
    form = {"only": shown, "once": str(ids.new())}
    done = text(desk.post(f"{PAGE}chosen/", form, follow=True))
    assert "2 payments captured: 497.80 EUR." in done
    desk.post(f"{PAGE}chosen/", form)
    assert [fresh(one).payment.amount_captured for one in books] == [24890, 24890]


@pytest.mark.parametrize("only", [[], [""], ["nonsense"], ["pay_" + "0" * 32]])
def test_naming_none_chooses_none(only, desk, held):
    form = {"only": only, "once": str(ids.new())}

    assert "No payment is chosen" in text(desk.get(f"{PAGE}chosen/", {"only": only}))
    desk.post(f"{PAGE}chosen/", form)
    assert fresh(held).captures == []


def test_a_selection_can_be_exported(desk, paid, held):
    query = f"only={ids.show('pay', paid.payment.id)}"
    sent = {"kind": "payments", "format": "csv", "query": query}
    file = desk.post("/test/exports/new/", sent).content.decode("utf-8-sig")

    assert "LM-1" in file
    assert "LM-2" not in file


def test_the_refunds_are_listed_and_shown(desk, paid, till):
    till.provider.says(Outcome("succeeded", operation_ref="re_1"))
    desk.post(address(paid, "refund"), agreed("49.00", 4900, reason="Strap"))
    [refund] = fresh(paid).refunds

    page = text(desk.get("/test/refunds/", {"q": "LM-1"}))
    for words in ("49.00 EUR", "Done", "Strap", "Ines Moreau"):
        assert words in page, words
    page = text(desk.get(f"/test/refunds/{ids.show('ref', refund.id)}/"))
    for words in ("49.00 EUR", "by Amber", "LM-1", "Visa ·· 4242"):
        assert words in page, words


@pytest.mark.parametrize("role", ["read_only", "developer", "analyst"])
def test_who_may_only_look_sees_who_may_more(role, bashir, ambers_shop, paid):
    merchants.add_member(ambers_shop.business, bashir, role, "system")
    browser = cast.at_the_desk(bashir)

    page = browser.get(address(paid))
    assert "You can look, but not move money." in text(page)
    assert "data-key-refund" not in page.content.decode()
    assert browser.post(address(paid, "refund"), agreed("1", 100)).status_code == 403
    assert fresh(paid).refunds == []


def test_chiara_finds_nothing_of_ambers(chiara, chiaras_shop, paid, till):
    till.provider.says(Outcome("succeeded"))
    done = money.refund(paid.payment.merchant_id, paid.payment.id, 100)
    refund = ids.show("ref", done.row.id)
    browser = cast.at_the_desk(chiara)
    for verb in ("", "refund", "capture", "cancel"):
        assert browser.get(address(paid, verb)).status_code == 404, verb
        if verb:
            assert browser.post(address(paid, verb), agreed("1", 100)).status_code == 404, verb
    assert browser.get(f"/test/refunds/{refund}/").status_code == 404
    assert "248.90" not in text(browser.get(PAGE, {"q": "LM-1"}))
    chosen = browser.get(f"{PAGE}chosen/", {"only": ids.show("pay", paid.payment.id)})
    assert "248.90" not in text(chosen)


def test_a_live_payment_is_not_found_in_test(desk, ambers_shop, paid):
    merchants.approve(ambers_shop.business, "system")

    assert desk.get(address(paid).removeprefix("/test")).status_code == 404


@pytest.mark.parametrize("name", ["pay_x", "nonsense", "ref_" + "0" * 32, "pay_" + "0" * 32])
def test_a_payment_that_is_none_is_not_found(name, desk):
    assert desk.get(f"{PAGE}{name}/").status_code == 404


@pytest.mark.parametrize("term", ["LM-1", "ines@example.com", "248.90", "pi_1"])
def test_the_palette_finds_it_too(term, desk, paid):
    page = desk.get("/test/palette/", {"q": term})

    assert "248.90 EUR · LM-1" in text(page)
    assert address(paid) in page.content.decode()
