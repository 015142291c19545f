"""What a page may cost: a bounded number of queries, whatever the merchant has."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquiring.core import clock
from acquiring.ledger import accounts
from merchants.models import Membership, Store
from merchants.queries import mode_of
from merchants.services import now_for, provider_accounts
from tests.browser import shelf
from tests.browser.conftest import owner, provider, things, till  # noqa: F401 (fixtures)
from tests.browser.walk import MODE, address, is_page, routes

pytestmark = pytest.mark.django_db

OF_A_LIST = 12
OF_A_PAGE = 20
# Every list, each with what narrows it most dearly.
LISTS = (
    "payments/",
    "payments/?q=dora@example.com&when=7",
    "payments/?method=card&provider=stripe&when=90",
    "refunds/",
    "refunds/?q=L-8&when=30&amount_from=1",
    "customers/",
    "customers/?q=dora",
    "links/",
    "links/?status=active",
    "methods/",
    "methods/?country=NL&can=refund&state=live",
    "methods/offer/",
    "accounts/",
    "accounts/new/",
    "balances/",
    "balances/ledger/",
    "balances/ledger/?account={available}&when=7",
    "developers/webhooks/",
    "developers/webhooks/?status=failed&time=7d",
    "developers/events/?type=payment.captured&time=7d",
    "developers/log/?status=failed&time=24h",
    "developers/api-keys/",
    "exports/",
    "settings/team/",
    "settings/audit/",
    "approvals/",
    "notifications/?show=unread",
    "settings/stores/",
    "palette/?part=1&q=dora",
)


def queries_of(client, path, till):  # noqa: F811
    """What a page asks when what is asked or noted once in a while has been, a moment ago."""
    Membership.objects.update(last_seen_at=clock.now())
    now_for(till.id)
    provider_accounts(till.id)
    mode_of(till.id)
    client.get(path)
    with CaptureQueriesContext(connection) as asked:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return [one["sql"] for one in asked.captured_queries]


def test_a_list_asks_little_and_no_more_when_it_has_more_rows(things, till, owner):  # noqa: F811
    Store.objects.create(merchant=till.shop.merchant, name="Second", country="DE", currency="EUR")
    available = accounts.available(till.id, "EUR")
    paths = [f"/{MODE}/" + path.format(available=available) for path in LISTS]
    few = {path: queries_of(owner, path, till) for path in paths}
    for _ in range(2):
        shelf.fill(till)
    many = {path: queries_of(owner, path, till) for path in paths}

    dear = {path: len(asked) for path, asked in many.items() if len(asked) > OF_A_LIST}
    assert dear == {}
    assert {path: len(asked) for path, asked in many.items()} == {
        path: len(asked) for path, asked in few.items()
    }


def test_every_page_of_the_workspace_asks_a_bounded_number_of_questions(things, till, owner):  # noqa: F811
    dear = {}
    for route in routes():
        if not route.name.startswith(f"{MODE}:") or not is_page(owner, address(route, things)):
            continue
        count = len(queries_of(owner, address(route, things), till))
        if count > OF_A_PAGE:
            dear[route.about] = count
    assert dear == {}
