"""Business details behind the login: the steps, what is saved, sent and answered."""

from __future__ import annotations

import pytest

from merchants.onboarding import applying, parties, queries
from tests import cast

pytestmark = pytest.mark.django_db
AT = "/business-details/"


@pytest.fixture
def amber(ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


@pytest.fixture
def draft(ambers_shop):
    """Amber's application, a Singapore company."""
    row = applying.open_for(ambers_shop.business, "live", "system")
    return applying.tell(row, "system", {"country": "SG", "entity": "company"})


def facts(draft):
    draft.refresh_from_db()
    return queries.facts(draft)


def test_the_live_desk_without_a_merchant_leads_to_the_application(amber):
    answer = amber.get("/overview/")

    assert answer.status_code == 302
    assert answer.url == AT
    assert amber.get(AT).url == f"{AT}begin/"


def test_country_and_kind_come_first_and_decide_what_is_asked(amber, ambers_shop):
    page = amber.get(f"{AT}begin/", {"country": "GB"}).content.decode()
    assert "Sole trader" in page

    answer = amber.post(f"{AT}begin/", {"country": "SG", "entity": "company"})

    assert answer.url == f"{AT}steps/company/"
    assert "Unique Entity Number" in amber.get(answer.url).content.decode()


@pytest.mark.parametrize("step", ["company", "activity", "accounts", "people", "documents", "send"])
def test_every_step_is_a_page(amber, draft, step):
    parties.add(draft, "system", {"kind": "person", "roles": ["owner"], "name": "Mei Tan"})

    answer = amber.get(f"{AT}steps/{step}/")

    assert answer.status_code == 200, answer.content
