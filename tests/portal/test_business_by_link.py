"""The application of a merchant that a platform brings: by a link, without an account of ours."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from merchants.onboarding import applying, links, parties, queries
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def brought(ambers_shop, chiaras_shop):
    """Chiara's business, brought by Amber's platform."""
    row = applying.open_for(
        chiaras_shop.business, "test", "system", platform_id=ambers_shop.merchant.pk
    )
    return applying.tell(row, "system", {"country": "SG", "entity": "company"})


@pytest.fixture
def at(brought):
    """Where the link leads."""
    return urlsplit(links.make(brought, "system", "https://platform.example/done")).path


def test_the_link_opens_the_application_where_it_is_open(at, ambers_shop):
    nobody = Client()

    answer = nobody.get(at)
    page = nobody.get(answer.url)

    assert answer.url == f"{at}/steps/company/"
    assert ambers_shop.merchant.name in page.content.decode()
    # No other site learns the address; `no-referrer` would take the origin from our own forms too.
    assert page["Referrer-Policy"] == "same-origin"
    assert "no-store" in page["Cache-Control"]


def test_what_is_typed_there_is_saved_in_the_name_of_the_link(at, brought):
    Client().post(f"{at}/steps/company/", {"company.legal_name": "Luma Pte. Ltd."})

    brought.refresh_from_db()
    assert queries.facts(brought).company.legal_name == "Luma Pte. Ltd."


def test_the_last_page_leads_back_to_the_platform(at, brought):
    type(brought).objects.filter(pk=brought.pk).update(status="in_review")

    page = Client().get(at).content.decode()

    assert 'href="https://platform.example/done"' in page


def test_a_rehearsal_that_is_approved_promises_no_live_payments(at, brought):
    type(brought).objects.filter(pk=brought.pk).update(status="approved")
    page = Client().get(at).content.decode()

    assert "Approved, as a rehearsal" in page
    assert "You may take live payments" not in page
    assert "live keys" not in page


def test_a_link_ends_after_a_week_and_says_so(at):
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        answer = Client().get(f"{at}/steps/company/")

    assert answer.status_code == 410
    assert "This link no longer works" in answer.content.decode()
    assert Client().get("/onboard/nonsense").status_code == 410


def test_a_link_opens_one_application_only(at, chiaras_shop):
    other = cast.shop(cast.person("Dora"), "Dora Dolls", "SG")
    theirs = applying.open_for(other.business, "test", "system")
    theirs = applying.tell(theirs, "system", {"entity": "company"})
    person = parties.add(theirs, "system", {"kind": "person", "roles": ["owner"]}).shown

    assert Client().get(f"{at}/people/{person}/").status_code == 404
    assert Client().post(f"{at}/people/{person}/remove/").status_code == 404
