"""Inside an installation: make the measured merchant, count its payments, tell its pages.

`python -m bench.lists_pages merchant | count | pages KEY`, in the environment of an installation;
the answer is one line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import django

EARLIER = timedelta(days=124)  # partitions are made for the last months, as they were then


TABS_ROUNDS = 10


class Page(NamedTuple):
    """One line of the table: a list and the addresses it is asked at; `program` asks with a key."""

    name: str
    addresses: list[str]
    most_queries: int
    program: bool = False


def merchant(neighbours: str) -> dict[str, Any]:
    """A live merchant of the demo's business with what it owns, and so many neighbours."""
    from acquiring.core import clock, partitions
    from acquiring.webhooks.models import Endpoint
    from merchants import keys, services
    from merchants.models import Business, Merchant, ProviderAccount, Store
    from merchants.organisations import founding

    with clock.shifted(-EARLIER):
        partitions.prepare(4)
    business = Business.objects.order_by("created_at").first()
    assert business is not None
    live = services.approve(business, "system")
    issued = keys.issue(live, "secret", "system")
    Endpoint.objects.create(
        merchant_id=live.id, url="https://shop.example/hook", types=["*"], secret=b"-"
    )
    for provider in ("stripe", "adyen"):
        account = ProviderAccount(merchant=live, provider=provider, hook_token=provider)
        account.save(force_insert=True)
        services.connect(account, {"api_key": f"{provider}-secret"}, "system")
    for number in (1, 2):
        Store.objects.create(merchant=live, name=f"Store {number}", country="DE", currency="EUR")
    for number in range(int(neighbours)):
        name = f"Neighbour {number}"
        theirs = Business.objects.create(
            organisation=founding.found(name, "system"),
            legal_name=name,
            trading_name=name,
            country="DE",
        )
        Merchant.objects.create(business=theirs, mode="live", name=name, default_currency="EUR")
    return {"merchant": str(live.id), "key": issued.secret, "key_id": str(issued.key.id)}


def count(merchant_id: str) -> dict[str, Any]:
    """Count the merchant's payments into its statistics, as the worker does."""
    from acquiring.payments import counting, statistics
    from acquiring.payments.models import Payment

    began = time.monotonic()
    while not statistics.standing(UUID(merchant_id)).complete:
        counting.count(UUID(merchant_id))
    seconds = time.monotonic() - began
    return {
        "seconds": seconds,
        "payments": Payment.objects.filter(merchant_id=merchant_id).count(),
    }


def pages(merchant_id: str, key: str) -> dict[str, Any]:
    """Every page with its addresses and the most queries one of them needs; the owner's cookie."""
    from django.test import Client
    from django.test.utils import setup_test_environment

    from acquiring.core import logs  # noqa: F401 (configured with the settings)
    from merchants.models import User

    setup_test_environment()
    person = Client(SERVER_NAME="127.0.0.1")
    owner = User.objects.filter(memberships__role="owner").order_by("created_at").first()
    assert owner is not None
    person.force_login(owner, "django.contrib.auth.backends.ModelBackend")
    program = Client(SERVER_NAME="127.0.0.1", headers={"Authorization": f"Bearer {key}"})
    found = []
    for page in [*_portal(UUID(merchant_id)), *_api(UUID(merchant_id))]:
        client = program if page.program else person
        needed = max(_queries(client, address) for address in page.addresses)
        found.append({**page._asdict(), "queries": needed})
    cookie = "; ".join(f"{one.key}={one.value}" for one in person.cookies.values())
    return {"pages": found, "tabs": _tabs(person), "cookie": cookie}


def _tabs(person: Any) -> list[float]:
    """Milliseconds of the tabs above each list, counted anew; pages ask for them afterwards."""
    from django.urls import reverse

    from acquiring.core.memory import forget_everything

    times = []
    for name in ("payments", "refunds", "customers", "links", "webhooks", "events", "api_log"):
        for _ in range(TABS_ROUNDS):
            forget_everything()
            began = time.perf_counter()
            answer = person.get(reverse(f"live:{name}"), headers={"HX-Target": "tabs"})
            times.append((time.perf_counter() - began) * 1000)
            assert answer.status_code == 200, answer.content[:500]
    return times


def _queries(client: Any, address: str) -> int:
    """How many queries an address needs in a process that has served it before."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(address)
    if answer.status_code != 200:
        raise RuntimeError(f"{address}: {answer.status_code} {answer.content[:500]!r}")
    return len(asked)


def _portal(merchant_id: UUID) -> Iterator[Page]:
    """The lists of the portal: the first page, deep pages, each filter, searches."""
    from django.urls import reverse

    from acquiring.core import ids
    from acquiring.ledger import accounts
    from acquiring.ledger.models import Transfer
    from acquiring.payments import models

    def listed(name: str, *queries: str) -> list[str]:
        return [reverse(f"live:{name}") + query for query in queries]

    some = [ids.show("pay", _amid(models.Payment, merchant_id, tenths).id)
            for tenths in (1, 2, 4, 6, 8, 9)]  # fmt: skip
    refund, customer, link = (
        _amid(table, merchant_id) for table in (models.Refund, models.Customer, models.PaymentLink)
    )
    pay = ids.show("pay", _amid(models.Capture, merchant_id).payment_id)
    available = accounts.available(merchant_id, "EUR")
    surplus = available.replace(":available:", ":surplus:")
    lists, one = 12, 20

    yield Page("overview", listed("overview", *(f"?days={days}" for days in (1, 14, 30, 90)),
               "?days=90&currency=USD"), one)  # fmt: skip
    yield Page("payments", listed("payments", ""), lists)
    yield Page("payments, deep", listed("payments", *(f"?before={at}" for at in some)), lists)
    yield Page("payments, filtered", listed("payments", *PAYMENT_FILTERS), lists)
    searches = ("order-777", "shopper-123@example.com", "4242", some[3], some[4][-6:], "125.00",
                "eur 12.50")  # fmt: skip
    yield Page("payments, searched", listed("payments", *(f"?q={q}" for q in searches)), lists)
    yield Page("one payment", [reverse("live:payment", args=[at]) for at in (pay, *some[:3])], one)
    yield Page("refunds", listed("refunds", ""), lists)
    deep = f"?before={refund}"
    yield Page("refunds, deep, filtered", listed("refunds", deep, *REFUND_FILTERS), lists)
    yield Page("customers", listed("customers", ""), lists)
    deep = f"?before={customer}"
    names = (deep, "?q=shopper-1", "?q=Shopper 77", "?q=C-500", "?q=77")
    yield Page("customers, deep, searched", listed("customers", *names), lists)
    yield Page("one customer", [reverse("live:customer", args=[str(customer)])], one)
    yield Page("links", listed("links", "", f"?before={link}", "?status=inactive"), lists)
    yield Page("one link", [reverse("live:link", args=[str(link)])], one)
    yield Page("balances", listed("balances", "", *(f"?at={at}" for at in _moments())), one)
    yield Page("ledger", listed("ledger", ""), lists)
    transfer = ids.show("trf", _amid(Transfer, merchant_id).id)
    ledger = [query.format(available=available, surplus=surplus, pay=pay)
              for query in LEDGER_FILTERS]  # fmt: skip
    yield Page("ledger, deep, filtered", listed("ledger", f"?before={transfer}", *ledger), lists)
    yield from _developers(merchant_id)
    yield Page("exports", listed("exports", ""), lists)
    yield Page("notifications", listed("notices", "", "?show=unread", "?group=money"), lists)
    terms = ("order-777", some[2], "shopper-12", "refunds", "4242", "balan", "lamp 3")
    yield Page("palette", listed("palette", *(f"?part=1&q={term}" for term in terms)), lists)


PAYMENT_FILTERS = (
    "?status=declined", "?status=authorized", "?status=pending", "?method=ideal", "?country=SG",
    "?country=JP", "?currency=GBP&status=captured", "?when=7", "?when=90&status=declined",
    "?when=30&method=paypal", "?decline_code=lost_card", "?provider=adyen", "?provider=nobody",
    "?standing=refunded", "?standing=unknown", "?standing=attention", "?standing=disputed",
    "?amount_from=800&currency=EUR", "?amount_from=80000", "?customer=cus_" + "0" * 32,
    "?when_from=2026-01-05&when_to=2026-01-06&status=declined", "?when_to=2026-01-06",
)  # fmt: skip
REFUND_FILTERS = (
    "?status=succeeded", "?status=failed", "?status=pending", "?when=30", "?when_to=2026-01-06",
    "?currency=USD", "?currency=JPY", "?amount_from=400", "?q=order-777", "?q=125.00",
)  # fmt: skip
LEDGER_FILTERS = (
    "?account={available}", "?account={surplus}", "?reason=capture", "?reason=surplus",
    "?reason=refund_returned", "?when=7", "?when_from=2026-05-01&when_to=2026-05-02",
    "?payment={pay}", "?account={available}&when=30", "?account={surplus}&reason=capture",
)  # fmt: skip


def _moments() -> list[str]:
    """Three moments of the year that balances are asked for."""
    from acquiring.core import clock

    return [f"{clock.now() - timedelta(days=days):%Y-%m-%dT%H:%M}" for days in (300, 100, 3)]


def _amid(table: Any, merchant_id: UUID, tenths: int = 5) -> Any:
    """A row so far into the merchant's, by id."""
    rows = table.objects.filter(merchant_id=merchant_id).order_by("id")
    return rows[rows.count() * tenths // 10]


def _developers(merchant_id: UUID) -> Iterator[Page]:
    """Deliveries, events and the log of requests."""
    from django.urls import reverse

    from acquiring.core import ids
    from acquiring.core.models import Event
    from acquiring.webhooks.models import Delivery, Endpoint
    from merchants.calls import ApiRequest

    delivery, event = (_amid(table, merchant_id, 3) for table in (Delivery, Event))
    endpoint = ids.show("we", Endpoint.objects.get(merchant_id=merchant_id).id)
    state = ("?status=failed", "?status=pending", "?type=payment.captured", "?time=7d",
             "?type=payment.pending", "?type=customer.updated", f"?endpoint={endpoint}",
             f"?endpoint={endpoint}&status=pending", "?status=failed&time=30d")  # fmt: skip
    here = reverse("live:webhooks")
    yield Page("webhooks", [here], 12)
    yield Page("webhooks, deep, filtered",
               [here + query for query in (_before("del", delivery), *state)], 12)  # fmt: skip
    here = reverse("live:delivery", args=[ids.show("del", delivery.id)])
    yield Page("one delivery", [here, reverse("live:webhook", args=[endpoint])], 20)
    here, subject = reverse("live:events"), event.subject
    kinds = ("?type=payment.captured", "?type=payment.pending", "?type=customer.updated",
             "?time=24h", f"?subject={subject}", "?type=payment.declined&time=30d")  # fmt: skip
    yield Page("events", [here], 12)
    yield Page("events, deep, filtered",
               [here + query for query in (_before("evt", event), *kinds)], 12)  # fmt: skip
    here, request = reverse("live:api_log"), _amid(ApiRequest, merchant_id)
    words = ("?status=failed", "?method=POST", "?method=DELETE", "?error=missing_field",
             "?error=rate_limited", "?time=1h", "?time=30d&method=DELETE")  # fmt: skip
    yield Page("API log", [here], 12)
    yield Page("API log, deep, filtered",
               [here + query for query in (_before("req", request), *words)], 12)  # fmt: skip


def _before(prefix: str, row: Any) -> str:
    from acquiring.core import ids

    return f"?before={ids.show(prefix, row.id)}"


def _api(merchant_id: UUID) -> Iterator[Page]:
    """The lists of the API."""
    from acquiring.core import clock, ids
    from acquiring.payments.models import Customer, Payment

    after = ids.show("pay", _amid(Payment, merchant_id, 1).id)
    customer = _amid(Customer, merchant_id)
    then = f"{clock.now() - timedelta(days=300):%Y-%m-%dT%H:%M:%SZ}"
    old = f"created[lt]={then}"
    asked = {
        "payments": ("", "?limit=100", "?status=declined", "?reference=order-777", f"?{old}",
                     f"?starting_after={after}", f"?customer={customer}", "?payment_method=ideal",
                     "?payment_method=nothing", f"?{old}&status=declined"),
        "refunds": ("", "?limit=100", "?status=failed", "?status=pending", f"?{old}",
                    f"?payment={after}"),
        "customers": ("", "?email=shopper-123@example.com", "?reference=C-500"),
        "ledger/transfers": ("", "?limit=100", "?reason=surplus", f"?subject={after}", f"?{old}"),
        "balances": ("",),
        "checkout_sessions": ("", "?status=complete", "?status=open", f"?{old}"),
        "payment_links": ("", "?active=false"),
        "events": ("", "?after=150000", "?types=payment.declined", "?types=payment.pending",
                   "?types=customer.*"),
        "webhook_deliveries": ("", "?status=failed", "?status=pending", f"?{old}"),
    }  # fmt: skip
    for name, queries in asked.items():
        yield Page(f"API {name}", [f"/v1/{name}{query}" for query in queries], 12, True)


if __name__ == "__main__":
    django.setup()
    verbs = {"merchant": merchant, "count": count, "pages": pages}
    print(json.dumps(verbs[sys.argv[1]](*sys.argv[2:])))
