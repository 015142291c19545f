import pytest

from acquiring import catalogue
from acquiring.core import ids
from acquiring.core.models import AuditEntry
from merchants import offering, services
from merchants.models import OfferingSnapshot
from tests import cast

pytestmark = pytest.mark.django_db

PAGE = "/test/methods/"


@pytest.fixture
def desk(amber, ambers_shop):
    cast.connected(ambers_shop)
    return cast.at_the_desk(amber)


@pytest.fixture
def choices(ambers_shop):
    def now(store=None):
        return offering.current(ambers_shop.merchant.id).of(store)

    return now


def text(answer) -> str:
    assert answer.status_code in (200, 302, 422), answer.status_code
    return answer.content.decode()


def test_every_method_is_there_a_page_at_a_time(desk):
    seen, path = 0, PAGE
    while path:
        answer = desk.get(path)
        seen += len(answer.context["lines"])
        path = PAGE + answer.context["listing"].older if answer.context["listing"].older else ""

    assert seen == len(catalogue.methods())


def test_the_list_is_narrowed_by_country_kind_capability_and_name(desk):
    lines = desk.get(f"{PAGE}?country=NL&kind=bank_redirect&can=refund").context["lines"]
    assert "ideal" in [line.method.code for line in lines]
    assert all(catalogue.covers(line.method.countries, "NL") for line in lines)
    found = desk.get(f"{PAGE}?q=iDE").context["lines"]
    assert "ideal" in [line.method.code for line in found]
    live = desk.get(f"{PAGE}?state=live").context["lines"]
    assert {line.state for line in live} == {"live"}
    assert any(reach.connected for line in live for reach in line.reach)
    assert "Nothing fits" in text(desk.get(f"{PAGE}?q=nobody-pays-so"))


def test_a_method_says_who_carries_it_and_through_which_account_it_is_live(desk, ambers_shop):
    page = text(desk.get(f"{PAGE}ideal/"))
    account = ids.show("acc", ambers_shop.accounts[0].id)

    assert "iDEAL" in page
    assert f"/test/accounts/{account}/" in page
    assert "Netherlands" in page
    assert desk.get(f"{PAGE}seashells/").status_code == 404


def test_switched_off_in_one_store_it_is_on_in_the_others(desk, ambers_shop, choices):
    store = ids.show("sto", ambers_shop.store.id)
    desk.post(f"{PAGE}ideal/switch/", {"on": "0", "store": store})

    assert choices().rule("ideal").on is None
    assert choices(ambers_shop.store.id).rule("ideal").on is False
    desk.post(f"{PAGE}ideal/switch/", {"on": "same", "store": store})
    assert choices(ambers_shop.store.id).rule("ideal").on is None


def test_own_limits_are_typed_as_people_type_amounts(desk, choices):
    answer = desk.post(f"{PAGE}ideal/limits/", {"low_EUR": "5", "high_EUR": "1.249,50"})
    assert answer.status_code == 302
    rule = choices().rule("ideal")
    assert (rule.minimum, rule.maximum) == ({"EUR": 500}, {"EUR": 124950})

    wrong = desk.post(f"{PAGE}ideal/limits/", {"low_EUR": "ten", "high_EUR": ""})
    assert wrong.status_code == 422
    assert "Enter an amount such as 10.00" in text(wrong)
    above = desk.post(f"{PAGE}ideal/limits/", {"low_EUR": "50", "high_EUR": "5"})
    assert "not above the maximum" in text(above)


def test_the_order_moves_without_javascript(desk, choices):
    for code in ("ideal", "card", "alipay_cn"):
        desk.post(f"{PAGE}offer/order/", {"add": code})
    desk.post(f"{PAGE}offer/order/", {"do": "up:alipay_cn"})
    assert choices().order == ("ideal", "alipay_cn", "card")
    desk.post(f"{PAGE}offer/order/", {"do": "first:card"})
    desk.post(f"{PAGE}offer/order/", {"do": "out:ideal"})
    assert choices().order == ("card", "alipay_cn")
    desk.post(f"{PAGE}offer/order/", {"order": "alipay_cn,card"})
    assert choices().order == ("alipay_cn", "card")
    desk.post(f"{PAGE}offer/order/", {"order": "alipay_cn,seashells"})
    assert choices().order == ("alipay_cn", "card"), "an order of unknown things is refused"


def test_every_change_is_a_version_and_an_old_one_comes_back(desk, ambers_shop, choices):
    desk.post(f"{PAGE}ideal/switch/", {"on": "0"})
    desk.post(f"{PAGE}card/switch/", {"on": "0"})
    page = text(desk.get(f"{PAGE}offer/"))
    assert "iDEAL | Wero switched off" in page
    desk.post(f"{PAGE}offer/back/", {"number": "1"})

    assert choices().rule("card").on is None
    assert OfferingSnapshot.objects.count() == 3
    kept = AuditEntry.objects.filter(action="offering.changed").last()
    assert kept.actor == services.user_actor(ambers_shop.owner)
    assert desk.post(f"{PAGE}offer/back/", {"number": "77"}).status_code == 404


def test_who_may_only_look_changes_nothing(desk, bashir, choices):
    bashir_desk = cast.at_the_desk(bashir)
    assert bashir_desk.get(f"{PAGE}ideal/").status_code == 200
    assert bashir_desk.post(f"{PAGE}ideal/switch/", {"on": "0"}).status_code == 403
    assert choices().rule("ideal").on is None


def test_another_merchants_store_is_not_found(desk, chiaras_shop):
    foreign = ids.show("sto", chiaras_shop.store.id)
    assert desk.get(f"{PAGE}ideal/?store={foreign}").status_code == 404
    assert desk.post(f"{PAGE}ideal/switch/", {"on": "0", "store": foreign}).status_code == 404
    assert OfferingSnapshot.objects.count() == 0
