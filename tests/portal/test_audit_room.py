"""The audit log's page: filters, before and after, the seal, and its file."""

from __future__ import annotations

import pytest
from django.db import connection

from acquiring.core import audit, chain, ids
from acquiring.core.models import PLATFORM, AuditEntry
from merchants import keys, services, team
from merchants.models import Membership
from tests import cast

pytestmark = pytest.mark.django_db
ROOM = "/test/settings/audit/"


@pytest.fixture
def desk(ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


def text(answer) -> str:
    return answer.content.decode()


def seal_all() -> None:
    chain.seal_everything(chain.AUDIT)


def test_the_log_says_who_did_what_with_before_and_after(desk, ambers_shop, bashir):
    row = Membership.objects.get(user=bashir)
    team.change_role(ambers_shop.business, ambers_shop.owner, row.shown, "analyst")
    page = text(desk.get(ROOM))

    assert "Changed somebody&#x27;s role" in page
    assert "<del>developer</del>" in page
    assert "<ins>analyst</ins>" in page
    assert "Created an API key" in page
    assert "Being sealed" in page


def test_it_is_filtered_by_who_what_when_and_subject(desk, ambers_shop, bashir):
    actor = services.user_actor(bashir)
    key = keys.issue(ambers_shop.merchant, "secret", actor, name="Till").key
    mine = services.user_actor(ambers_shop.owner)
    found = {
        f"?actor={actor}": 1,
        f"?actor={actor}&action=api_key.created": 1,
        f"?actor={mine}&action=api_key.revoked": 0,
        f"?subject={key.shown}": 1,
        "?action=member.added": 1,
        "?action=member.added&when=7": 1,
        "?when_to=2020-01-01": 0,
    }
    for query, count in found.items():
        assert len(desk.get(ROOM + query).context["lines"]) == count, query


def test_pages_run_over_both_lists_without_loss(desk, ambers_shop):
    business = ids.show("biz", ambers_shop.business.pk)
    for number in range(60):
        where = ambers_shop.merchant.id if number % 2 else None
        audit.record("system", "member.role", business, where, {"number": number})
    first = desk.get(f"{ROOM}?action=member.role").context["listing"]
    second = desk.get(f"{ROOM}{first.older}").context["listing"]
    numbers = [row.changes["number"] for row in [*first.rows, *second.rows]]

    assert numbers == list(range(59, -1, -1))
    assert desk.get(f"{ROOM}{second.newer}").context["listing"].rows == first.rows


def test_a_changed_entry_is_seen(desk, ambers_shop):
    audit.record("system", "clock.reset", "mer_1", ambers_shop.merchant.id)
    seal_all()
    assert text(desk.get(ROOM)).count("Whole") == len(desk.get(ROOM).context["lines"])
    row = AuditEntry.objects.filter(merchant_id=ambers_shop.merchant.id).latest("sequence")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE core_auditentry DISABLE TRIGGER USER")
        cursor.execute("UPDATE core_auditentry SET actor = 'user:nobody' WHERE id = %s", [row.id])
    page = text(desk.get(ROOM))

    assert "1 entry here is not what was sealed." in page
    assert page.count(">Broken<") == 1


def test_the_log_is_exported_as_it_is_filtered(desk, ambers_shop):
    asked = {"kind": "audit", "query": "action=api_key.created", "format": "csv"}
    answer = desk.post("/test/exports/new/", asked)
    lines = b"".join(answer.streaming_content if answer.streaming else [answer.content])
    rows = lines.decode("utf-8-sig").strip().splitlines()

    assert rows[0].startswith("Entry,")
    assert len(rows) == 3
    assert all("api_key.created" in row for row in rows[1:])


def test_nothing_of_another_business_is_in_it(desk, ambers_shop, chiaras_shop):
    audit.record("system", "member.role", ids.show("biz", chiaras_shop.business.pk), None)
    audit.record("system", "clock.reset", "mer_1", chiaras_shop.merchant.id)
    rows = desk.get(ROOM).context["listing"].rows
    ours = {ambers_shop.merchant.id, PLATFORM}

    assert {row.merchant_id for row in rows} <= ours
    assert {row.subject for row in rows if row.merchant_id == PLATFORM} <= {
        ids.show("biz", ambers_shop.business.pk)
    }


def test_who_may_not_read_it_reads_who_may(bashir):
    answer = cast.at_the_desk(bashir).get(ROOM)
    assert answer.status_code == 403
    assert "Finance" in text(answer)
