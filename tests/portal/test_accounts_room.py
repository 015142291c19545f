from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from acquiring.connectors import client, registry
from acquiring.connectors.client import Account
from acquiring.connectors.driver import Call
from acquiring.core import http, ids
from merchants import accounts, joining, services
from merchants.models import ProviderAccount
from tests import cast

pytestmark = pytest.mark.django_db

PAGE = "/test/accounts/"
SECRET = "sk_test_a_very_secret_one"


@pytest.fixture
def desk(amber, ambers_shop):
    cast.connected(ambers_shop)
    return cast.at_the_desk(amber)


@pytest.fixture
def answers(monkeypatch):
    """Every provider answers with this status; None is silence."""
    said = {"status": 200, "sent": []}

    def send(method, url, headers, body, **_):
        said["sent"].append((method, url))
        if said["status"] is None:
            raise http.NoAnswer("nobody")
        kind = {"content-type": "application/json"}
        return http.Response(said["status"], kind, b"{}", 3)

    monkeypatch.setattr(http, "send", send)
    client.forget_failures()
    return said


def form(**typed):
    return {"secret_key": SECRET, "webhook_secret": "whsec_1", "once": str(ids.new()), **typed}


def text(answer) -> str:
    return answer.content.decode()


@pytest.mark.parametrize(
    ("status", "verdict"),
    [(200, "good"), (404, "good"), (422, "good"), (401, "refused"), (403, "refused"),
     (500, "unknown"), (429, "unknown"), (None, "unknown")],
)  # fmt: skip
def test_credentials_are_known_by_the_answer_to_a_question_that_changes_nothing(
    answers, status, verdict
):
    answers["status"] = status
    account = Account("stripe", "check", {"secret_key": SECRET, "webhook_secret": "whsec_1"})
    assert client.check(registry.driver("stripe"), account) == verdict
    assert {method for method, _ in answers["sent"]} == {"GET"}


def test_a_private_key_that_is_none_is_refused_before_anything_is_sent(answers):
    given = {"client_id": "1", "private_key": "shells", "gateway_public_key": "shells"}
    assert client.check(registry.driver("antom"), Account("antom", "check", given)) == "refused"
    assert answers["sent"] == []


@pytest.mark.parametrize("name", list(registry.drivers()))
def test_every_driver_can_be_asked_whether_it_is_let_in(answers, name):
    driver = registry.driver(name)
    given = dict.fromkeys(driver.credentials, "x")
    assert client.check(driver, Account(name, "check", given)) in ("good", "refused", "unknown")


def test_an_account_is_made_once_and_its_secret_is_never_shown_again(desk, answers, ambers_shop):
    sent = form(title="Stripe, second")
    answer = desk.post(f"{PAGE}new/stripe/", sent)
    assert desk.post(f"{PAGE}new/stripe/", sent).url == PAGE

    row = ProviderAccount.objects.get(title="Stripe, second")
    assert answer.url == f"{PAGE}{ids.show('acc', row.id)}/"
    assert row.priority > max(one.priority for one in ambers_shop.accounts if one != row)
    for path in (answer.url, f"{answer.url}credentials/", PAGE):
        assert SECRET not in text(desk.get(path))
    known = accounts.account(row.merchant_id, row.id)
    assert known.credentials["secret_key"] == SECRET


def test_refused_credentials_are_not_kept_and_what_was_typed_stays(desk, answers):
    answers["status"] = 401
    before = ProviderAccount.objects.count()
    answer = desk.post(f"{PAGE}new/stripe/", form())

    assert answer.status_code == 422
    assert "does not accept these credentials" in text(answer)
    assert SECRET in text(answer)
    assert ProviderAccount.objects.count() == before


def test_where_nobody_answers_a_person_may_keep_them_knowingly(desk, answers):
    answers["status"] = None
    sent = form()
    first = desk.post(f"{PAGE}new/stripe/", sent)
    assert (first.status_code, "anyway" in text(first)) == (422, True)
    assert desk.post(f"{PAGE}new/stripe/", {**sent, "anyway": "1"}).status_code == 302


def test_without_its_webhook_secret_an_account_believes_no_webhook(desk, answers, ambers_shop):
    answer = desk.post(f"{PAGE}new/stripe/", form(webhook_secret=""))
    row = joining.row(ambers_shop.merchant.id, answer.url.split("/")[-2])

    kept = accounts.account(row.merchant_id, row.id).credentials["webhook_secret"]
    assert len(kept) > 30


def test_the_webhook_is_registered_where_the_provider_has_a_call_for_it(
    desk, answers, ambers_shop, monkeypatch
):
    stripe = type(registry.driver("stripe"))
    urls = []

    def subscribe(self, url):
        urls.append(url)
        return Call("POST", "/v1/webhook_endpoints", {"url": url})

    monkeypatch.setattr(stripe, "subscribe", subscribe)
    monkeypatch.setattr(stripe, "subscribed", lambda self, reply: {"webhook_secret": "whsec_new"})
    services.connect(ambers_shop.accounts[0], {"secret_key": SECRET}, "system")
    shown = ids.show("acc", ambers_shop.accounts[0].id)
    desk.post(f"{PAGE}{shown}/webhook/")

    row = joining.row(ambers_shop.merchant.id, shown)
    assert row.subscribed_at is not None
    assert accounts.credentials_of(row)["webhook_secret"] == "whsec_new"
    assert accounts.webhook_url("stripe", row.hook_token) in urls
    assert "Registered at the provider" in text(desk.get(f"{PAGE}{shown}/"))


def test_what_is_changed_while_the_provider_is_told_stays_changed(
    desk, answers, ambers_shop, monkeypatch
):
    row = ambers_shop.accounts[0]
    services.connect(row, {"secret_key": "old"}, "system")

    def slowly(driver, account, url):
        services.connect(joining.row(row.merchant_id, shown), {"secret_key": SECRET}, "system")
        return {"webhook_secret": "whsec_new"}

    monkeypatch.setattr(joining.client, "subscribe", slowly)
    shown = ids.show("acc", row.id)
    desk.post(f"{PAGE}{shown}/webhook/")

    row.refresh_from_db()
    kept = {"secret_key": SECRET, "webhook_secret": "whsec_new"}
    assert accounts.credentials_of(row) == kept


def test_rotated_credentials_keep_what_was_left_empty(desk, answers, ambers_shop):
    row = ambers_shop.accounts[0]
    services.connect(row, {"secret_key": "old", "webhook_secret": "whsec_old"}, "system")
    shown = ids.show("acc", row.id)
    desk.post(f"{PAGE}{shown}/credentials/", form(webhook_secret=""))

    row.refresh_from_db()
    assert accounts.credentials_of(row) == {"secret_key": SECRET, "webhook_secret": "whsec_old"}


def test_live_credentials_ask_for_the_password_before_the_form(desk, ambers_shop):
    services.approve(ambers_shop.business, "system")
    path = "/accounts/new/stripe/"
    assert desk.get(path).status_code == 200
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        answer = desk.get(path)
        assert answer.url == "/login/again/?next=%2Faccounts%2Fnew%2Fstripe%2F"
        assert desk.post(path, form()).url.endswith("?next=%2Flogin%2Fagain%2Fwaiting%2F")
        assert SECRET not in str(dict(desk.session))
        done = desk.post(answer.url, {"password": cast.PASSWORD, "next": path})
        assert done.url == path


def test_the_order_decides_who_is_asked_first(desk, ambers_shop):
    last = ambers_shop.accounts[-1]
    desk.post(f"{PAGE}{ids.show('acc', last.id)}/move/", {"do": "up"})
    assert [one.provider for one in ambers_shop.accounts] == ["stripe", "antom", "adyen"]
    desk.post(f"{PAGE}{ids.show('acc', last.id)}/move/", {"place": "0"})
    assert ambers_shop.accounts[0] == last


def test_an_account_carries_only_what_it_may(desk, ambers_shop):
    row = ambers_shop.accounts[0]
    path = f"{PAGE}{ids.show('acc', row.id)}/"
    typed = {"title": "Cards only", "settle_currency": "usd", "restrict": "1", "methods": ["card"]}
    assert desk.post(path, typed).status_code == 302
    row.refresh_from_db()
    assert (row.title, row.settle_currency, row.methods) == ("Cards only", "USD", ["card"])
    wrong = desk.post(path, {**typed, "settle_currency": "XQX", "methods": []})
    assert "Enter a currency code such as EUR" in text(wrong)
    assert "Choose at least one method" in text(wrong)
    desk.post(f"{path}switch/", {"on": "0"})
    row.refresh_from_db()
    assert row.enabled is False


def test_the_sandbox_is_connected_at_one_press(desk, sandbox, ambers_shop):
    answer = desk.post(f"{PAGE}new/mollie/sandbox/")
    row = joining.row(ambers_shop.merchant.id, answer.url.split("/")[-2])

    assert (row.provider, row.connected_at is not None) == ("mollie", True)
    checked = desk.post(f"{answer.url}check/", follow=True)
    assert "The provider knows these credentials" in text(checked)
    wrong = desk.post(f"{PAGE}new/mollie/", {"api_key": "test_wrong", "once": str(ids.new())})
    assert wrong.status_code == 422


def test_an_address_to_register_is_shown_only_where_the_provider_wants_it(desk, ambers_shop):
    merchant = ambers_shop.merchant
    row = services.add_account(merchant, "truelayer", "system")
    shared = f"/return/{merchant.id.hex}/account/{row.id.hex}"

    assert shared in text(desk.get(f"{PAGE}{ids.show('acc', row.id)}/"))
    other = ambers_shop.accounts[0]
    assert "Return address" not in text(desk.get(f"{PAGE}{ids.show('acc', other.id)}/"))


def test_nothing_is_made_while_the_sandbox_is_away(desk, ambers_shop, settings):
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    answer = desk.post(f"{PAGE}new/mollie/sandbox/", follow=True)
    assert "The sandbox does not answer" in text(answer)
    assert not ProviderAccount.objects.filter(provider="mollie").exists()


def test_who_may_only_look_sees_no_form_of_credentials(desk, bashir, ambers_shop):
    looking = cast.at_the_desk(bashir)
    shown = ids.show("acc", ambers_shop.accounts[0].id)
    assert looking.get(PAGE).status_code == 200
    assert looking.get(f"{PAGE}new/stripe/").status_code == 403
    assert looking.post(f"{PAGE}{shown}/switch/", {"on": "0"}).status_code == 403
