"""Support looks in at a business: by consent, in plain sight, and never at what is sensitive."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core import mail
from django.core.management import call_command

from acquiring.core import clock
from acquiring.core.models import AuditEntry
from merchants import services
from merchants.models import Membership
from merchants.people import SupportGrant
from tests import cast
from tests.notices.conftest import send_letters

pytestmark = pytest.mark.django_db
PAGE = "/test/settings/security/"
ASK = {"scope": "read", "hours": "4", "reason": "Webhooks arrive twice"}


@pytest.fixture
def desk(ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


@pytest.fixture
def staff(db):
    call_command("prepare")
    person = cast.person("Sam", staff=True)
    person.groups.add(Group.objects.get(name="Support"))
    return cast.at_the_desk(person)


def text(answer) -> str:
    return answer.content.decode()


def let_in(desk, **changed) -> SupportGrant:
    desk.post(f"{PAGE}support/", ASK | changed)
    return SupportGrant.objects.order_by("-id")[0]


def enter(staff, row) -> str:
    chosen = {"action": "enter", "_selected_action": [str(row.pk)]}
    return staff.post("/admin/merchants/supportgrant/", chosen).get("Location", "")


def test_without_consent_there_is_no_way_in(desk, staff, ambers_shop):
    assert "You do not work for a business" in text(staff.get("/test/overview/"))
    row = let_in(desk)
    desk.post(f"{PAGE}support/end/")
    assert enter(staff, row) != "/test/overview/"
    assert staff.get("/test/overview/").status_code == 403


def test_support_looks_in_with_a_banner_and_every_page_is_in_the_log(desk, staff, ambers_shop):
    row = let_in(desk)
    send_letters()
    assert mail.outbox[0].subject == "Amber let Caravel's support look in at Amber Lamps"
    assert enter(staff, row) == "/test/overview/"
    for path in ("/test/payments/", "/test/developers/log/"):
        page = text(staff.get(path))
        assert "You look in at Amber Lamps as support." in page
        assert "Webhooks arrive twice" in page
    noted = AuditEntry.objects.filter(action="support.saw").order_by("id")
    assert [one.changes["page"] for one in noted] == ["/test/payments/", "/test/developers/log/"]
    assert {(one.changes["staff"], one.changes["granted_by"]) for one in noted} == {
        ("Sam", "Amber")
    }
    assert "Support opened a page" in text(desk.get("/test/settings/audit/"))


def test_who_may_look_changes_nothing(desk, staff):
    enter(staff, let_in(desk))
    for path in ("links/new/", "exports/new/", "settings/business/", "lists/payments/"):
        assert staff.post(f"/test/{path}").status_code == 403, path
    assert "to look, not to act" in text(staff.post("/test/links/new/"))


def test_who_may_act_is_kept_from_what_is_sensitive(desk, staff, bashir):
    enter(staff, let_in(desk, scope="full"))
    assert staff.get("/test/links/new/").status_code == 200
    member = Membership.objects.get(user=bashir).shown
    for path in (
        "developers/api-keys/new/",
        "settings/team/invite/",
        f"settings/team/{member}/role/",
        "settings/roles/new/",
        "settings/security/support/end/",
        "accounts/new/stripe/",
        "developers/webhooks/new/",
    ):
        assert staff.post(f"/test/{path}").status_code == 403, path
    assert SupportGrant.objects.get().open


def test_it_ends_by_itself_and_at_once_when_an_owner_says_so(desk, staff):
    row = let_in(desk)
    enter(staff, row)
    with clock.shifted(timedelta(hours=5)):
        assert staff.get("/test/payments/").status_code == 403
    enter(staff, let_in(desk))
    assert staff.get("/test/payments/").status_code == 200
    desk.post(f"{PAGE}support/end/")
    assert staff.get("/test/payments/").status_code == 403


def test_only_owners_let_support_in_and_only_support_comes_in(desk, ambers_shop, bashir, staff):
    his = cast.at_the_desk(bashir)
    assert his.post(f"{PAGE}support/", ASK).status_code == 403
    wrong = desk.post(f"{PAGE}support/", {**ASK, "reason": " "})
    assert "Say what support should help with." in text(wrong)
    row = let_in(desk)
    services.add_member(ambers_shop.business, cast.person("Fay"), "owner", "system")
    stranger = cast.at_the_desk(cast.person("Risky", staff=True))
    assert enter(stranger, row) != "/test/overview/"
    assert "What should support help with?" not in text(his.get(PAGE))


def test_support_leaves(desk, staff):
    enter(staff, let_in(desk))
    assert staff.post("/support/leave/").url == "/admin/"
    assert staff.get("/test/payments/").status_code == 403
