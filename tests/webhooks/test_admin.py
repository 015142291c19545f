"""The admin shows webhooks, does what it offers, and shows no secret."""

import pytest
from django.test import Client

from acquiring.core import chain, ids
from acquiring.core.models import AuditEntry
from acquiring.webhooks import dispatch, queries
from tests import cast
from tests.webhooks.conftest import announce

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk():
    """The browser of a superuser."""
    person = cast.person("Dilnoza", staff=True)
    person.is_superuser = True
    person.save()
    client = Client()
    client.force_login(person, "django.contrib.auth.backends.ModelBackend")
    return client


def test_every_page_opens_and_none_shows_a_secret(desk, receiver, endpoint, merchant_id):
    announce(merchant_id)
    dispatch.look()
    chain.seal_everything(chain.AUDIT)
    (delivery,) = queries.deliveries(merchant_id)
    pages = [
        *("/admin/webhooks/endpoint/", f"/admin/webhooks/endpoint/{endpoint.endpoint.id}/change/"),
        *("/admin/webhooks/delivery/", f"/admin/webhooks/delivery/{delivery.id}/change/"),
        *("/admin/webhooks/deliveryattempt/", "/admin/core/event/", "/admin/core/auditentry/"),
        *("/admin/core/chainhead/", f"/admin/core/event/{delivery.event_id}/change/"),
    ]
    for page in pages:
        answer = desk.get(page)
        assert answer.status_code == 200, page
        assert endpoint.secret not in answer.content.decode()
        assert "secret" not in answer.content.decode().lower().replace("csrf", ""), page


def test_its_actions_are_the_merchants_own_verbs(desk, receiver, endpoint, merchant_id):
    announce(merchant_id)
    dispatch.look()
    (delivery,) = queries.deliveries(merchant_id)

    def act(page, action, one):
        return desk.post(page, {"action": action, "_selected_action": [str(one.pk)]}, follow=True)

    act("/admin/webhooks/delivery/", "replay", delivery)
    dispatch.look()
    assert len(receiver.got) == 2
    act("/admin/webhooks/endpoint/", "disable", endpoint.endpoint)
    shown = ids.show("we", endpoint.endpoint.id)
    assert queries.endpoint(merchant_id, shown).status == "disabled"
    answer = act("/admin/webhooks/delivery/", "replay", delivery)
    assert "disabled; enable it first" in answer.content.decode()
    act("/admin/webhooks/endpoint/", "enable", endpoint.endpoint)
    assert queries.endpoint(merchant_id, shown).status == "enabled"
    who = AuditEntry.objects.get(action="webhook_endpoint.enabled").actor
    assert who.startswith("staff:usr_")


def test_a_chain_can_be_verified_there(desk, merchant_id):
    announce(merchant_id)
    chain.seal(chain.EVENTS, merchant_id)
    from acquiring.core.models import ChainHead

    head = ChainHead.objects.get(merchant_id=merchant_id, name="events")
    answer = desk.post(
        "/admin/core/chainhead/",
        {"action": "verify", "_selected_action": [str(head.pk)]},
        follow=True,
    )
    assert "whole" in answer.content.decode()
