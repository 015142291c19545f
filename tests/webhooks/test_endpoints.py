"""Endpoints: what a merchant may have, change, rotate and replay, and what it may not."""

from datetime import timedelta

import pytest
from standardwebhooks import Webhook

from acquiring.core import chain, clock, ids
from acquiring.core.errors import Problem
from acquiring.core.models import AuditEntry, Event
from acquiring.webhooks import addresses, dispatch, filters, queries, render, retention, services
from acquiring.webhooks.models import Delivery, Endpoint
from tests.webhooks.conftest import announce

pytestmark = pytest.mark.django_db
URL = "https://shop.example.com/hooks"


def shown(made):
    return ids.show("we", made.endpoint.id)


def create(merchant_id, url=URL, **more):
    return services.create_endpoint(merchant_id, url, "key:key_1", **more)


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "http://shop.example.com:8080/hooks?shop=1",
        "https://8.8.8.8/hooks",
        "https://[2606:4700:4700::1111]/",
        "https://xn--bcher-kva.example/",
    ],
)
def test_a_public_url_is_taken_as_it_is(url):
    assert addresses.check(url, "test") == url


@pytest.mark.parametrize(
    "url",
    [
        None,
        7,
        "",
        "shop.example.com",
        "ftp://shop.example.com",
        "https://",
        "https:///hooks",
        "https://shop.example.com:0/",
        "https://shop.example.com:99999/",
        "https://[::1",
        "https://user:secret@shop.example.com/",
        "https://shop.example.com@127.0.0.1/",
        "https://shop.example.com/#fragment",
        "https://shop.example.com/a b",
        "https://shop.example.com\\@127.0.0.1/",
        "https://shop.example.com/\nhost: x",
        "https://bücher.example/",
        "https://" + "a" * 500 + ".example",
        "http://localhost/",
        "http://api.localhost./",
        "http://printer.local/",
        "http://metadata.google.internal/",
        "http://127.0.0.1/",
        "http://127.1/",
        "http://2130706433/",
        "http://0x7f.0.0.1/",
        "http://0177.0.0.1/",
        "http://0/",
        "http://10.0.0.8/",
        "http://192.168.1.1/",
        "http://169.254.169.254/latest/meta-data",
        "http://100.64.0.1/",
        "http://224.0.0.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://[64:ff9b::7f00:1]/",
        "http://[2002:7f00:1::]/",
        "http://[fe80::1%25eth0]/",
        "http://[fc00::1]/",
    ],
)
def test_any_other_is_refused_with_the_rule(url):
    with pytest.raises(Problem) as refusal:
        addresses.check(url, "test")

    assert (refusal.value.code, refusal.value.param) == ("invalid_field", "url")


def test_a_live_merchant_needs_https():
    with pytest.raises(Problem, match="https"):
        addresses.check("http://shop.example.com/", "live")


def test_private_addresses_need_the_development_flag(settings):
    settings.ALLOW_PRIVATE_ENDPOINTS = True

    assert addresses.check("http://127.0.0.1:9999/hook", "test")


@pytest.mark.parametrize("types", [["*"], ["payment.*"], ["payment.captured", "refund.*"]])
def test_filters_are_patterns(types):
    assert filters.check(types) == types


@pytest.mark.parametrize("types", [None, "*", [], [7], ["payment"], ["*.captured"], ["a.b"] * 51])
def test_other_filters_are_refused(types):
    with pytest.raises(Problem) as refusal:
        filters.check(types)

    assert refusal.value.param.startswith("types")


def test_the_secret_is_shown_once_and_kept_sealed(merchant_id):
    made = create(merchant_id)

    assert made.secret.startswith("whsec_")
    row = Endpoint.objects.get(pk=made.endpoint.id)
    assert made.secret.encode() not in bytes(row.secret)
    assert made.secret not in str(render.endpoint(row))
    assert made.secret not in str(list(AuditEntry.objects.values()))


def test_a_merchant_has_a_bounded_number_of_endpoints(merchant_id):
    for _ in range(services.MOST_ENDPOINTS):
        create(merchant_id)

    with pytest.raises(Problem, match="at most"):
        create(merchant_id)


def test_what_is_given_is_changed_and_audited(merchant_id):
    made = create(merchant_id)

    services.update_endpoint(merchant_id, shown(made), "user:1", types=["refund.*"])

    changed = queries.endpoint(merchant_id, shown(made))
    assert (changed.url, changed.types) == (URL, ["refund.*"])
    entry = AuditEntry.objects.filter(action="webhook_endpoint.updated").get()
    assert entry.changes == {"types": [["*"], ["refund.*"]]}


def test_a_change_is_checked_like_a_creation(merchant_id):
    made = create(merchant_id)

    for wrong in ({"url": "http://10.0.0.1/"}, {"types": []}, {"description": "x" * 201}):
        with pytest.raises(Problem):
            services.update_endpoint(merchant_id, shown(made), "user:1", **wrong)


def test_nobody_reaches_another_merchants_things(merchant_id, chiaras_shop, receiver):
    made = create(merchant_id, f"{receiver.url}/hook")
    announce(merchant_id)
    dispatch.look()
    (delivery,) = queries.deliveries(merchant_id)
    other, subject = chiaras_shop.merchant.id, shown(made)

    assert not queries.endpoints(other)
    assert not queries.deliveries(other, endpoint=subject)
    assert not queries.events(other)
    for reach in (
        lambda: queries.endpoint(other, subject),
        lambda: services.update_endpoint(other, subject, "user:2", url=URL),
        lambda: services.rotate_secret(other, subject, "user:2"),
        lambda: services.disable_endpoint(other, subject, "user:2"),
        lambda: services.enable_endpoint(other, subject, "user:2"),
        lambda: services.delete_endpoint(other, subject, "user:2"),
        lambda: services.send_test_event(other, subject, "user:2"),
        lambda: services.replay_since(other, subject, clock.now(), "user:2"),
        lambda: services.replay(other, ids.show("del", delivery.id), "user:2"),
        lambda: queries.event(other, ids.show("evt", delivery.event_id)),
        lambda: queries.events(other, after=ids.show("evt", delivery.event_id)),
    ):
        with pytest.raises(Problem) as refusal:
            reach()
        assert refusal.value.status == 404


def test_both_secrets_sign_while_they_overlap(receiver, endpoint, merchant_id):
    rotated = services.rotate_secret(merchant_id, shown(endpoint), "user:1")
    announce(merchant_id)
    dispatch.look()

    _, headers, body, _ = receiver.got[-1]
    assert len(headers["webhook-signature"].split()) == 2
    for secret in (endpoint.secret, rotated.secret):
        Webhook(secret).verify(body, headers)

    with clock.shifted(timedelta(hours=25)):
        announce(merchant_id)
        dispatch.look()
    _, headers, body, _ = receiver.got[-1]
    assert len(headers["webhook-signature"].split()) == 1
    Webhook(rotated.secret).verify(body, headers)


def test_a_leaked_secret_can_be_replaced_without_overlap(receiver, endpoint, merchant_id):
    rotated = services.rotate_secret(merchant_id, shown(endpoint), "user:1", timedelta())
    announce(merchant_id)
    dispatch.look()

    _, headers, body, _ = receiver.got[-1]
    assert len(headers["webhook-signature"].split()) == 1
    Webhook(rotated.secret).verify(body, headers)


def test_a_test_event_reaches_its_endpoint_alone(receiver, merchant_id):
    one = create(merchant_id, f"{receiver.url}/one", types=["payout.paid"])
    create(merchant_id, f"{receiver.url}/two")

    event = services.send_test_event(merchant_id, shown(one), "user:1")
    dispatch.look()

    (told,) = receiver.bodies()
    assert [path for path, *_ in receiver.got] == ["/one"]
    assert (told["id"], told["type"]) == (ids.show("evt", event.id), "webhook_endpoint.test")


def test_a_disabled_endpoint_misses_what_it_can_replay(receiver, endpoint, merchant_id):
    services.disable_endpoint(merchant_id, shown(endpoint), "user:1")
    since = clock.now()
    announce(merchant_id, "payment.captured")
    dispatch.look()
    with pytest.raises(Problem, match="disabled"):
        services.send_test_event(merchant_id, shown(endpoint), "user:1")
    services.enable_endpoint(merchant_id, shown(endpoint), "user:1")
    dispatch.look()
    assert receiver.got == []

    count = services.replay_since(
        merchant_id, shown(endpoint), since - timedelta(seconds=1), "user:1"
    )
    dispatch.look()

    assert count == len(receiver.got)
    assert "payment.captured" in [one["type"] for one in receiver.bodies()]


def test_replay_brings_what_failed_and_leaves_what_arrived(receiver, endpoint, merchant_id):
    since = clock.now() - timedelta(seconds=1)
    announce(merchant_id, "payment.captured")
    dispatch.look()
    announce(merchant_id, "payment.declined")
    dispatch.look()
    Delivery.objects.filter(event_type="payment.declined").update(status="failed", tries=11)

    assert services.replay_since(merchant_id, shown(endpoint), since, "user:1") == 1
    dispatch.look()
    assert [one["type"] for one in receiver.bodies()][2:] == ["payment.declined"]
    assert services.replay_since(merchant_id, shown(endpoint), since, "user:1", True) == 2
    dispatch.look()
    assert len(receiver.got) == 5
    assert Delivery.objects.count() == 2


def test_one_delivery_can_be_made_again(receiver, endpoint, merchant_id):
    announce(merchant_id)
    dispatch.look()
    (delivery,) = queries.deliveries(merchant_id)

    services.replay(merchant_id, ids.show("del", delivery.id), "user:1")
    dispatch.look()

    assert len(receiver.got) == 2
    assert receiver.got[0][1]["webhook-id"] == receiver.got[1][1]["webhook-id"]
    assert queries.attempts(merchant_id, delivery.id).count() == 2


def test_an_endless_replay_is_refused(receiver, endpoint, merchant_id, monkeypatch):
    monkeypatch.setattr(services, "MOST_REPLAYED", 2)
    for _ in range(3):
        announce(merchant_id)
    dispatch.look()

    with pytest.raises(Problem) as refusal:
        services.replay_since(
            merchant_id, shown(endpoint), clock.now() - timedelta(hours=1), "user:1"
        )
    assert refusal.value.param == "since"


def test_a_deleted_endpoint_takes_its_log_along(receiver, endpoint, merchant_id):
    announce(merchant_id)
    dispatch.look()

    services.delete_endpoint(merchant_id, shown(endpoint), "user:1")

    assert not queries.deliveries(merchant_id)
    with pytest.raises(Problem):
        queries.endpoint(merchant_id, shown(endpoint))


def test_events_are_read_in_order_after_a_number_or_an_event(merchant_id):
    made = [announce(merchant_id, type) for type in ("payment.created", "refund.created")]
    made.append(announce(merchant_id, "payment.captured"))
    assert not queries.events(merchant_id)
    chain.seal(chain.EVENTS, merchant_id)

    def types(**asked):
        return [one.type for one in queries.events(merchant_id, **asked)]

    assert types() == ["payment.created", "refund.created", "payment.captured"]
    assert types(after=1) == ["refund.created", "payment.captured"]
    assert types(after=ids.show("evt", made[1].id)) == ["payment.captured"]
    assert types(types=["payment.*"]) == ["payment.created", "payment.captured"]
    assert types(types=["refund.created", "payment.captured"], after=1) == [
        "refund.created",
        "payment.captured",
    ]


def test_a_delivery_whose_event_was_dropped_is_abandoned(receiver, endpoint, merchant_id):
    receiver.answer = lambda path: 500
    announce(merchant_id)
    dispatch.look()
    Event.objects.all().delete()

    with clock.shifted(timedelta(seconds=10)):
        dispatch.look()

    (delivery,) = queries.deliveries(merchant_id)
    assert delivery.status == "abandoned"
    with pytest.raises(Problem, match="older"):
        services.replay(merchant_id, ids.show("del", delivery.id), "user:1")


def test_the_log_is_kept_for_ninety_days(receiver, endpoint, merchant_id):
    announce(merchant_id)
    dispatch.look()

    assert retention.drop_expired() == 0
    with clock.shifted(timedelta(days=91)):
        assert retention.drop_expired() == 1


def test_deliveries_are_filtered(receiver, endpoint, merchant_id):
    event = announce(merchant_id)
    dispatch.look()

    assert queries.deliveries(merchant_id, status="succeeded").count() == 1
    assert queries.deliveries(merchant_id, status="failed").count() == 0
    assert queries.deliveries(merchant_id, event=ids.show("evt", event.id)).count() == 1
    assert queries.deliveries(merchant_id, endpoint=shown(endpoint)).count() == 1
    with pytest.raises(Problem, match="status"):
        queries.deliveries(merchant_id, status="lost")
