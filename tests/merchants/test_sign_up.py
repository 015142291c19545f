import json

import pytest

from acquiring.connectors import registry
from acquiring.core import http, ids
from acquiring.core.errors import Problem
from acquiring.core.http import NotSent, Response
from acquiring.core.memory import forget_everything
from acquiring.core.models import AuditEntry
from acquiring.sandbox.models import Account as AccountRow
from merchants import accounts, services, tasks
from merchants.models import Merchant, ProviderAccount
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def simulators(monkeypatch, settings):
    """What the simulators' control interface would be asked, and their answer."""
    settings.SANDBOX_CONTROL_TOKEN = "control"
    asked = []

    def send(method, url, headers, body, **timeouts):
        asked.append((method, url, headers, json.loads(body)))
        provider = url.split("/")[-2]
        return Response(200, {}, json.dumps({"credentials": {"api_key": provider}}).encode(), 1)

    monkeypatch.setattr(http, "send", send)
    return asked


@pytest.fixture
def away(monkeypatch):
    def send(*args, **keywords):
        raise NotSent("connection refused")

    monkeypatch.setattr(http, "send", send)
    return monkeypatch


def test_a_new_business_has_a_test_merchant_a_store_keys_and_accounts(ambers_shop):
    merchant = ambers_shop.merchant

    assert (merchant.mode, merchant.default_currency, merchant.name) == (
        "test",
        "EUR",
        "Amber Lamps",
    )
    assert (ambers_shop.store.country, ambers_shop.store.currency) == ("DE", "EUR")
    assert ambers_shop.secret_key.startswith("sk_test_")
    assert ambers_shop.publishable_key.startswith("pk_test_")
    assert [account.provider for account in ambers_shop.accounts] == ["stripe", "adyen", "antom"]
    assert ambers_shop.business.memberships.get().role == "owner"
    assert ambers_shop.live is None


def test_its_sandbox_works_at_once(simulators, amber, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        shop = cast.shop(amber, "Amber Lamps")

    found = services.provider_accounts(shop.merchant.id)
    assert [account.provider for account in found] == ["stripe", "adyen", "antom"]
    assert found[0].credentials == {"api_key": "stripe"}
    method, url, headers, body = simulators[0]
    assert (method, headers["Authorization"]) == ("PUT", "Bearer control")
    assert "/_control/accounts/stripe/acc_" in url
    facts = {"merchant": ids.show("mer", shop.merchant.id)}
    assert body == {"webhook_url": found[0].webhook_url, "facts": facts}


def test_a_provider_that_signs_gets_our_public_key_and_not_the_private_one(simulators, ambers_shop):
    antom = ambers_shop.accounts[2]
    services.connect_sandbox(antom)

    kept = services.account(ambers_shop.merchant.id, antom.id).credentials
    sent = simulators[0][3]["facts"]
    assert set(sent) == {"public_key", "merchant"}
    assert set(kept) == {"api_key", "private_key"}
    assert kept["private_key"] not in json.dumps(sent)


def test_when_the_simulators_are_away_a_later_look_connects(away, sandbox, ambers_shop):
    tasks.connect_sandboxes()
    assert services.provider_accounts(ambers_shop.merchant.id) == ()

    away.undo()
    forget_everything()
    tasks.connect_sandboxes()
    assert len(services.provider_accounts(ambers_shop.merchant.id)) == 3


def test_the_real_simulators_give_each_provider_what_its_driver_needs(sandbox, ambers_shop):
    tasks.connect_sandboxes()

    for account in services.provider_accounts(ambers_shop.merchant.id):
        needed = set(registry.driver(account.provider).credentials) - {"live_prefix"}
        assert needed <= set(account.credentials), account.provider


def test_the_real_simulators_follow_the_merchants_clock(sandbox, ambers_shop):
    tasks.connect_sandboxes()
    services.advance_clock(ambers_shop.merchant.id, 86_400)

    moved = AccountRow.objects.filter(facts__merchant=ids.show("mer", ambers_shop.merchant.id))
    assert set(moved.values_list("ahead_seconds", flat=True)) == {86_400}


def test_credentials_lie_sealed_and_are_never_printed(ambers_shop):
    cast.connected(ambers_shop, stripe={"secret_key": "sk_test_very_secret"})

    row = ProviderAccount.objects.get(provider="stripe")
    facts = services.provider_accounts(ambers_shop.merchant.id)[0]
    assert b"very_secret" not in bytes(row.credentials)
    assert "very_secret" not in repr(facts)
    assert facts.credentials["secret_key"] == "sk_test_very_secret"


def test_an_account_is_found_by_its_webhook_address(ambers_shop):
    cast.connected(ambers_shop)
    facts = services.provider_accounts(ambers_shop.merchant.id)[0]

    assert services.account_at("stripe", facts.hook_token) == facts
    assert services.account_at("adyen", facts.hook_token) is None
    assert services.account_at("stripe", "nobody") is None


def test_a_disabled_account_takes_no_payment_but_can_still_refund(ambers_shop):
    cast.connected(ambers_shop)
    stripe = ambers_shop.accounts[0]
    services.change_account(stripe, "system", enabled=False)
    accounts._accounts.clear()

    found = services.provider_accounts(ambers_shop.merchant.id)
    assert [account.provider for account in found] == ["adyen", "antom"]
    assert services.account(ambers_shop.merchant.id, stripe.id).provider == "stripe"


def test_another_merchants_account_is_nobodys(ambers_shop, chiaras_shop):
    cast.connected(ambers_shop)

    assert services.account(chiaras_shop.merchant.id, ambers_shop.accounts[0].id) is None


def test_approval_opens_live_payments_once(ambers_shop):
    live = services.approve(ambers_shop.business, "system")

    assert services.approve(ambers_shop.business, "system") == live
    assert (live.mode, live.default_currency) == ("live", "EUR")
    assert Merchant.objects.filter(business=ambers_shop.business).count() == 2


def test_every_step_is_in_the_audit_log(ambers_shop):
    entries = AuditEntry.objects.filter(merchant_id=ambers_shop.merchant.id)

    actions = set(entries.values_list("action", flat=True))
    assert actions == {"business.signed_up", "api_key.created", "provider_account.added"}
    text = str(list(entries.values_list("changes", flat=True)))
    assert ambers_shop.secret_key not in text


@pytest.mark.parametrize(
    ("name", "country", "param"),
    [("", "DE", "business_name"), ("x" * 201, "DE", "business_name"), ("Lamps", "XX", "country")],
)
def test_a_business_that_cannot_be_is_refused_by_field(amber, name, country, param):
    with pytest.raises(Problem) as problem:
        services.sign_up(amber, name, country)
    assert problem.value.param == param
