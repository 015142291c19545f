"""The developers' room: webhooks, deliveries, events, the API log, versions and the test clock."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquiring.core import chain, clock, ids, outbox
from acquiring.portal.developers import drawing
from acquiring.webhooks import queries, services
from acquiring.webhooks.fanout import fan_out
from acquiring.webhooks.models import Delivery, DeliveryAttempt, Endpoint
from merchants import accounts, calls
from merchants import services as merchants
from merchants.calls import Call, queue
from merchants.models import Merchant
from tests import cast

pytestmark = pytest.mark.django_db
URL = "https://hooks.example.com/caravel"
ROOM = "/test/developers"
LIST_BUDGET, DETAIL_BUDGET = 12, 20


@pytest.fixture
def desk(ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


@pytest.fixture
def merchant_id(ambers_shop):
    return ambers_shop.merchant.id


@pytest.fixture
def endpoint(merchant_id):
    return services.create_endpoint(merchant_id, URL, "system").endpoint


@pytest.fixture
def delivery(merchant_id, endpoint):
    """A payment's event that the endpoint answered 503 to, once."""
    outbox.announce(merchant_id, "payment.captured", "pay_1", {"object": "payment", "note": "<b>"})
    chain.seal_everything(chain.EVENTS)
    fan_out()
    made = Delivery.objects.get(merchant_id=merchant_id)
    now = clock.now()
    Delivery.objects.filter(pk=made.pk).update(tries=1, next_at=now + timedelta(seconds=30))
    DeliveryAttempt.objects.create(
        merchant_id=merchant_id,
        delivery_id=made.pk,
        status=503,
        response="<busy>",
        error="answered 503",
        milliseconds=12_345,
        sent_at=now,
    )
    made.refresh_from_db()
    return made


def we(endpoint: Endpoint) -> str:
    return ids.show("we", endpoint.pk)


def once() -> str:
    return str(ids.new())


def asked(merchant_id, key_id, **more) -> str:
    """A request in the log; returns its id as the answer carried it."""
    request_id = f"req_{ids.new().hex}"
    facts = {"method": "POST", "route": "v1/payments", "path": "/v1/payments", "status": 201}
    given = {**facts, "seconds": 0.012, "version": "2026-11-22", "idempotency_key": "", **more}
    queue.put(Call(merchant_id=merchant_id, key_id=key_id, request_id=request_id, **given))
    queue.flush()
    return request_id


# --- endpoints ------------------------------------------------------------------------------------


def test_the_empty_room_teaches_the_next_step(desk):
    page = desk.get(f"{ROOM}/webhooks/").content.decode()

    assert "Hear of it when it happens" in page
    assert f"{ROOM}/webhooks/new/" in page


def test_an_endpoint_is_made_and_its_secret_shown_once(desk, merchant_id):
    form = {"url": URL, "everything": "", "types": ["payment.*"], "others": "refund.failed"}
    key = once()
    answer = desk.post(f"{ROOM}/webhooks/new/", {**form, "once": key})

    made = Endpoint.objects.get(merchant_id=merchant_id)
    assert made.types == ["payment.*", "refund.failed"]
    assert b"whsec_" in answer.content
    assert b"whsec_" not in desk.get(f"{ROOM}/webhooks/{we(made)}/").content
    again = desk.post(f"{ROOM}/webhooks/new/", {**form, "once": key})
    assert again.status_code == 302
    assert Endpoint.objects.filter(merchant_id=merchant_id).count() == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"url": ""}, "Enter the address"),
        ({"url": "http://localhost/x"}, "is reachable from the internet"),
        ({"url": URL, "everything": "", "others": "Payment"}, "A type is"),
        ({"url": URL, "everything": ""}, "Choose at least one kind of event"),
    ],
)
def test_a_wrong_endpoint_is_refused_beside_the_field_and_nothing_is_lost(desk, given, words):
    answer = desk.post(
        f"{ROOM}/webhooks/new/", {"everything": "1", "description": "Shop", "once": once(), **given}
    )

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert 'value="Shop"' in page


def test_an_endpoint_is_changed_switched_and_removed(desk, merchant_id, endpoint):
    here = f"{ROOM}/webhooks/{we(endpoint)}/"
    desk.post(here, {"url": f"{URL}/2", "everything": "1", "description": "", "once": once()})
    assert queries.endpoint(merchant_id, we(endpoint)).url == f"{URL}/2"

    desk.post(f"{here}switch/", {"on": ""})
    assert queries.endpoint(merchant_id, we(endpoint)).status == "disabled"
    assert "Enable" in desk.get(here).content.decode()
    desk.post(f"{here}switch/", {"on": "1"})
    assert queries.endpoint(merchant_id, we(endpoint)).status == "enabled"

    assert "cannot be undone" in desk.get(f"{here}remove/").content.decode()
    desk.post(f"{here}remove/")
    assert not Endpoint.objects.filter(merchant_id=merchant_id).exists()


def test_a_secret_is_rolled_with_an_overlap_and_the_old_one_ended(desk, merchant_id, endpoint):
    here = f"{ROOM}/webhooks/{we(endpoint)}/"
    answer = desk.post(f"{here}secret/", {"overlap_seconds": 86_400, "once": once()})

    assert b"whsec_" in answer.content
    assert "Two valid" in desk.get(here).content.decode()
    desk.post(f"{here}secret/old/")
    assert queries.endpoint(merchant_id, we(endpoint)).previous_secret is None


def test_a_test_event_is_sent_to_this_endpoint(desk, merchant_id, endpoint):
    answer = desk.post(f"{ROOM}/webhooks/{we(endpoint)}/test/", follow=True)

    assert "A test event is on its way" in answer.content.decode()
    assert queries.Event.objects.filter(
        merchant_id=merchant_id, type="webhook_endpoint.test"
    ).exists()


# --- deliveries -----------------------------------------------------------------------------------


def test_a_delivery_says_what_came_back_and_when_it_is_tried_again(desk, delivery):
    page = desk.get(f"{ROOM}/webhooks/").content.decode()

    assert "Your server answered 503" in page
    assert "12.3 s" in page
    assert "Next try" in page
    assert "&lt;b&gt;" in page
    assert "<b>&quot;" not in page


@pytest.mark.parametrize(
    ("part", "words"),
    [
        ("headers", "webhook-signature: v1,"),
        ("reply", "&lt;busy&gt;"),
        ("verify", "hmac.compare_digest"),
        ("nonsense", "payment.captured"),
    ],
)
def test_each_part_of_a_delivery_has_an_address(desk, delivery, part, words):
    shown = ids.show("del", delivery.pk)

    assert words in desk.get(f"{ROOM}/deliveries/{shown}/?part={part}").content.decode()


def test_a_delivery_is_sent_again_once_per_press(desk, merchant_id, delivery):
    shown, key = ids.show("del", delivery.pk), once()
    Delivery.objects.filter(pk=delivery.pk).update(status="failed", tries=11)

    assert "We stopped after 11 tries" in desk.get(f"{ROOM}/deliveries/{shown}/").content.decode()
    desk.post(f"{ROOM}/deliveries/{shown}/again/", {"once": key})
    delivery.refresh_from_db()
    assert (delivery.status, delivery.tries) == ("pending", 0)
    Delivery.objects.filter(pk=delivery.pk).update(status="failed", tries=11)
    desk.post(f"{ROOM}/deliveries/{shown}/again/", {"once": key})
    delivery.refresh_from_db()
    assert delivery.status == "failed"


def test_what_was_missed_is_counted_before_it_is_sent(desk, merchant_id, endpoint, delivery):
    Delivery.objects.filter(pk=delivery.pk).update(status="failed")
    here = f"{ROOM}/webhooks/{we(endpoint)}/replay/"
    page = desk.get(f"{here}?time=1h")
    assert "1 event was not taken" in page.content.decode()

    context = page.context
    form = {"since": context["since"].isoformat(), "until": context["until"].isoformat()}
    answer = desk.post(here, {**form, "once": str(context["once"])}, follow=True)

    assert "1 event is sent again" in answer.content.decode()
    delivery.refresh_from_db()
    assert delivery.status == "pending"
    assert desk.post(here, {"since": "never"}).status_code == 302


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=pending", True),
        ("status=failed", False),
        ("type=payment.captured", True),
        ("type=payment.declined", False),
        ("time=1h", True),
        ("endpoint=we_nobody", True),  # no such choice: as if it were not set
        ("after=junk", True),
    ],
)
def test_deliveries_are_narrowed_by_the_address(desk, delivery, query, found):
    page = desk.get(f"{ROOM}/webhooks/?{query}").content.decode()

    assert (ids.show("del", delivery.pk) in page) is found
    assert ("Nothing fits these filters" in page) is not found


# --- events ---------------------------------------------------------------------------------------


def test_events_are_found_by_type_and_by_what_they_are_about(desk, delivery):
    shown = ids.show("evt", delivery.event_id)
    for query, found in {
        "": True,
        "?type=payment.captured&subject=pay_1&time=1h": True,
        "?type=refund.failed": False,
        "?subject=pay_2": False,
    }.items():
        assert (shown in desk.get(f"{ROOM}/events/{query}").content.decode()) is found

    page = desk.get(f"{ROOM}/events/{shown}/").content.decode()
    assert f"/v1/events/{shown}" in page
    assert URL in page
    assert "sk_test_…" in page


def test_pages_follow_each_other_by_cursor(desk, merchant_id):
    for number in range(120):
        outbox.announce(merchant_id, "payment.created", f"pay_{number}", {})
    first = desk.get(f"{ROOM}/events/")
    second = desk.get(f"{ROOM}/events/{first.context['listing'].older}")
    third = desk.get(f"{ROOM}/events/{second.context['listing'].older}")

    pages = [[one.subject for one, _ in page.context["events"]] for page in (first, second, third)]
    assert [len(page) for page in pages] == [50, 50, 20]
    assert [one for page in pages for one in page] == [
        f"pay_{number}" for number in reversed(range(120))
    ]
    assert third.context["listing"].older == ""
    back = desk.get(f"{ROOM}/events/{third.context['listing'].newer}")
    assert [one.subject for one, _ in back.context["events"]] == pages[1]


# --- the API log ----------------------------------------------------------------------------------


def test_the_log_marks_the_field_that_failed(desk, ambers_shop):
    key = ambers_shop.merchant.keys.get(kind="secret")
    body = {"amount": 5, "payment_method": {"card": {"exp_month": "<13>"}}}
    shown = asked(
        ambers_shop.merchant.id,
        key.id,
        status=400,
        error_code="invalid_field",
        param="payment_method.card.exp_month",
        message="exp_month: expected int.",
        body=json.dumps(body).encode(),
    )

    page = desk.get(f"{ROOM}/log/{shown}/").content.decode()
    assert page.count("dv-mark") == 1
    assert "exp_month: expected int." in page
    assert "/docs/errors#invalid_field" in page
    assert str(key) in page
    listed = desk.get(f"{ROOM}/log/?status=failed&error=invalid_field&method=POST&key={key.shown}")
    assert shown in listed.content.decode()
    assert shown not in desk.get(f"{ROOM}/log/?method=GET").content.decode()


def test_a_request_is_found_by_its_id(desk, ambers_shop):
    key = ambers_shop.merchant.keys.get(kind="secret")
    shown = asked(ambers_shop.merchant.id, key.id)

    assert desk.get(f"{ROOM}/log/?q={shown}")["Location"] == f"{ROOM}/log/{shown}/"
    page = desk.get(f"{ROOM}/log/?q=req_nothing").content.decode()
    assert "Nothing fits these filters" in page


@pytest.mark.parametrize(
    ("value", "param", "marked"),
    [
        ({"a": [{"b": 1}, {"b": 2}]}, "a[1].b", '    <span class="k">&quot;b&quot;</span>'),
        ({"a": {"b": 1}}, "a", "&quot;a&quot;</span>: {"),
        ({"a": 1}, "b", "missing"),
        ({"a": {}}, "a.b", "missing"),
    ],
)
def test_a_path_finds_its_line(value, param, marked):
    drawn = drawing.drawn(value, param, "missing")

    assert marked in drawn.partition('<mark class="dv-mark">')[2].partition("</mark>")[0]


def test_what_is_drawn_can_do_nothing():
    drawn = drawing.drawn({"<script>": "</pre><script>alert(1)</script>"}, "<img>", "<i>")
    cut = drawing.drawn_text('{"<script>": "x', "<script>")

    assert "<script" not in drawn + cut
    assert "<img" not in drawn


# --- versions and the clock -----------------------------------------------------------------------


def test_versions_say_what_each_key_asked_for_last(desk, ambers_shop):
    key = ambers_shop.merchant.keys.get(kind="secret")
    asked(ambers_shop.merchant.id, key.id, version="2020-01-01")
    asked(ambers_shop.merchant.id, key.id)

    page = desk.get(f"{ROOM}/versions/").content.decode()
    assert "2026-11-22" in page
    assert "2020-01-01" not in page


@pytest.fixture
def _simulators(monkeypatch):
    monkeypatch.setattr(accounts, "tell_sandbox_the_time", lambda merchant, ahead: None)


@pytest.mark.usefixtures("_simulators")
def test_the_clock_moves_once_per_press_and_comes_back(desk, merchant_id):
    form = {"seconds": 86_400, "once": once()}
    for _ in range(2):
        desk.post(f"{ROOM}/clock/", form)
    assert Merchant.objects.get(pk=merchant_id).clock_ahead_seconds == 86_400

    assert "Back to real time" in desk.get(f"{ROOM}/clock/").content.decode()
    desk.post(f"{ROOM}/clock/back/")
    assert Merchant.objects.get(pk=merchant_id).clock_ahead_seconds == 0


def test_a_live_clock_stands(desk, ambers_shop):
    merchants.approve(ambers_shop.business, "system")

    assert "cannot be moved" in desk.get("/developers/clock/").content.decode()
    desk.post("/developers/clock/", {"seconds": 86_400, "once": once()})
    assert ambers_shop.live.clock_ahead_seconds == 0


# --- who may, and how much it costs ---------------------------------------------------------------


def every(merchant_id, endpoint, delivery, key_id):
    """Each page of the room that shows something of a merchant's."""
    whose = we(endpoint)
    shown = asked(merchant_id, key_id)
    return [
        f"webhooks/{whose}/",
        f"webhooks/{whose}/secret/",
        f"webhooks/{whose}/remove/",
        f"webhooks/{whose}/replay/",
        f"deliveries/{ids.show('del', delivery.pk)}/",
        f"events/{ids.show('evt', delivery.event_id)}/",
        f"log/{shown}/",
    ]


def test_nobody_sees_anothers(desk, ambers_shop, chiaras_shop, endpoint, delivery):
    key = ambers_shop.merchant.keys.get(kind="secret")
    stranger = cast.at_the_desk(chiaras_shop.owner)
    for page in every(ambers_shop.merchant.id, endpoint, delivery, key.id):
        assert desk.get(f"{ROOM}/{page}").status_code == 200, page
        assert stranger.get(f"{ROOM}/{page}").status_code == 404, page
    for act in ("test", "switch", "secret/old", "remove"):
        address = f"{ROOM}/webhooks/{we(endpoint)}/{act}/"
        assert stranger.post(address).status_code == 404, act
    shown = ids.show("del", delivery.pk)
    assert stranger.post(f"{ROOM}/deliveries/{shown}/again/").status_code == 404
    assert URL not in stranger.get(f"{ROOM}/webhooks/").content.decode()


def test_who_may_only_look_cannot_touch(ambers_shop, endpoint, delivery):
    reader = cast.person("Rin")
    merchants.add_member(ambers_shop.business, reader, "read_only", "system")
    desk = cast.at_the_desk(reader)

    page = desk.get(f"{ROOM}/webhooks/{we(endpoint)}/").content.decode()
    assert "You can look, but not change this" in page
    for act in ("test/", "switch/", "secret/", "remove/", "replay/", ""):
        assert desk.post(f"{ROOM}/webhooks/{we(endpoint)}/{act}").status_code == 403, act
    shown = ids.show("del", delivery.pk)
    assert desk.post(f"{ROOM}/deliveries/{shown}/again/").status_code == 403
    assert desk.post(f"{ROOM}/clock/back/").status_code == 403


def test_every_page_keeps_its_budget(desk, ambers_shop, endpoint, delivery):
    key = ambers_shop.merchant.keys.get(kind="secret")
    details = every(ambers_shop.merchant.id, endpoint, delivery, key.id)
    lists = ["events/", "log/", "versions/", "api-keys/"]
    for page in [*lists, *details, "webhooks/", "clock/"]:
        budget = LIST_BUDGET if page in lists else DETAIL_BUDGET
        with CaptureQueriesContext(connection) as asked_for:
            assert desk.get(f"{ROOM}/{page}").status_code == 200
        assert len(asked_for) <= budget, (page, len(asked_for))


def test_the_log_is_the_merchants_alone(ambers_shop, chiaras_shop):
    key = ambers_shop.merchant.keys.get(kind="secret")
    shown = asked(ambers_shop.merchant.id, key.id)

    assert calls.request(ambers_shop.merchant.id, shown)
    assert not calls.requests(chiaras_shop.merchant.id).exists()


def test_chosen_deliveries_are_sent_again_once_per_press(desk, delivery):
    shown = ids.show("del", delivery.pk)
    form = {"only": [shown], "once": once()}
    for _ in range(2):
        Delivery.objects.filter(pk=delivery.pk).update(status="failed", tries=11)
        page = desk.post(f"{ROOM}/deliveries/again/", form, follow=True).content.decode()
    delivery.refresh_from_db()

    assert delivery.status == "failed", "the second press of the same form did nothing"
    assert "1 event is sent again" not in page
    stranger = desk.post(f"{ROOM}/deliveries/again/", {"only": ["del_" + "0" * 32]}, follow=True)
    assert "There is no webhook delivery" in stranger.content.decode()


def test_the_tabs_above_an_open_delivery_come_alone(desk, delivery):
    """A whole page in the place of the tabs would ask for its own tabs, and so on."""
    path = f"/test/developers/deliveries/{ids.show('del', delivery.id)}/"
    fragment = desk.get(path, headers={"HX-Request": "true", "HX-Target": "tabs"})
    assert "<main" not in fragment.content.decode()
    assert 'id="tabs"' in fragment.content.decode()
