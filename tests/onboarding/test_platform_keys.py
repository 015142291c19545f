"""A platform takes payments for a business it onboarded, with a key of that business."""

from __future__ import annotations

import pytest

from acquiring.core.models import AuditEntry
from merchants import keys, roles, services
from merchants.models import ApiKey, Business, Merchant
from merchants.onboarding import platform_keys
from tests import cast
from tests.api.conftest import Api

pytestmark = pytest.mark.django_db
ROOM = "/onboarding/applications"
FIRM = {"business_name": "Testco Lamps", "country": "SG", "reference": "shop-17"}


@pytest.fixture
def platform(ambers_shop) -> Api:
    return Api(ambers_shop, ambers_shop.secret_key)


@pytest.fixture
def brought(platform) -> str:
    """Where the keys of a business that Amber's platform opened lie."""
    return f"{ROOM}/{platform.post(ROOM, FIRM)['id']}/api_keys"


@pytest.fixture
def live(ambers_shop) -> Api:
    merchant = services.approve(ambers_shop.business, "system")
    return Api(ambers_shop, keys.issue(merchant, "secret", "system").secret)


def test_with_its_key_payments_are_taken_for_the_business_alone(sandbox, platform, brought):
    services.connect_sandboxes()
    made = platform.post(brought, {"name": "Checkout of shop-17"})
    shop = Api(None, made["key"])

    paid = shop.pay(currency="SGD")

    assert (paid.status, paid["status"]) == (201, "captured")
    merchant = ApiKey.objects.get(digest=keys.digest_of(made["key"])).merchant
    assert merchant.name == "Testco Lamps"
    assert platform.get(f"/payments/{paid['id']}").code == "not_found"
    assert shop.get(ROOM).code == "insufficient_scope"
    assert shop.get("/api_keys").code == "insufficient_scope"


def test_a_key_is_shown_once_listed_and_revoked_and_both_logs_say_so(platform, brought):
    made = platform.post(brought, {"scopes": ["payments:read"]}, Idempotency_Key="one")
    again = platform.post(brought, {"scopes": ["payments:read"]}, Idempotency_Key="one")

    assert made["key"].startswith("rk_test_")
    assert (again["id"], again["key"]) == (made["id"], None)
    assert [one["id"] for one in platform.get(brought)["data"]] == [made["id"]]
    assert platform.delete(f"{brought}/{made['id']}")["deleted"] is True
    assert platform.get(brought)["data"] == []
    assert Api(None, made["key"]).get("/payments").code == "unknown_key"
    logged = AuditEntry.objects.filter(subject=made["id"])
    said = {(one.action, one.merchant_id == platform.shop.merchant.pk) for one in logged}
    assert {("platform_key.created", True), ("platform_key.revoked", True)} <= said
    assert {("api_key.created", False), ("api_key.revoked", False)} <= said


def test_a_platform_is_given_no_more_than_taking_payments_needs(platform, brought):
    for scope in ("onboarding:write", "api_keys:read", "payments:fly"):
        assert platform.post(brought, {"scopes": [scope]}).param == "scopes"
    assert {one.partition(":")[0] for one in platform_keys.USUAL} <= set(roles.resources())
    assert platform.post(brought, {"kind": "publishable"})["key"].startswith("pk_test_")


def test_a_live_key_waits_for_the_approval(live):
    at = f"{ROOM}/{live.post(ROOM, FIRM)['id']}/api_keys"
    assert live.post(at).code == "merchant_not_approved"

    services.approve(Business.objects.get(legal_name="Testco Lamps"), "system")

    assert live.post(at)["key"].startswith("rk_live_")


def test_when_an_owner_comes_the_platforms_keys_end(platform, brought, chiaras_shop):
    made = platform.post(brought)
    business = Business.objects.get(legal_name="Testco Lamps")
    own = keys.issue(Merchant.objects.get(business=business), "secret", "system")

    services.add_member(business, cast.person("Dora"), "owner", "system")

    assert Api(None, made["key"]).get("/payments").code == "unknown_key"
    assert Api(None, own.secret).get("/payments").status == 200
    assert platform.post(brought).code == "invalid_state"


def test_a_platform_that_is_stopped_takes_nothing_for_others(live, ambers_shop):
    at = f"{ROOM}/{live.post(ROOM, FIRM)['id']}/api_keys"
    services.approve(Business.objects.get(legal_name="Testco Lamps"), "system")
    made = live.post(at)
    assert keys.authenticate(made["key"]).active

    services.suspend(ambers_shop.business, "system")
    keys.forget_all()

    assert not keys.authenticate(made["key"]).active


def test_keys_are_bounded(platform, brought, monkeypatch):
    monkeypatch.setattr(platform_keys, "MOST", 1)
    made = platform.post(brought)
    assert platform.post(brought).code == "invalid_state"
    monkeypatch.setattr(platform_keys, "MOST_A_DAY", 1)
    platform.delete(f"{brought}/{made['id']}")
    assert platform.post(brought).code == "rate_limited"
