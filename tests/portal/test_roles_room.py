"""Roles of a business's own making, and the page that compares them."""

from __future__ import annotations

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from acquiring.core.models import AuditEntry
from merchants import custom_roles, invitations, role_making, team
from merchants.models import Invitation, Membership
from merchants.people import CustomRole
from tests import cast
from tests.notices.conftest import send_letters

pytestmark = pytest.mark.django_db
ROOM = "/test/settings/roles"
FLOOR = {"title": "Shop floor", "permissions": ["payments.create", "payments.refund"]}


@pytest.fixture
def desk(ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


@pytest.fixture
def floor(desk, ambers_shop) -> CustomRole:
    desk.post(f"{ROOM}/new/?from=support", FLOOR)
    return CustomRole.objects.get()


def text(answer) -> str:
    return answer.content.decode()


def give(desk, shop, person, role: str):
    row = Membership.objects.get(business=shop.business, user=person)
    return desk.post(f"/test/settings/team/{row.shown}/role/", {"role": role})


def test_a_role_is_copied_changed_and_given(desk, ambers_shop, bashir):
    form = text(desk.get(f"{ROOM}/new/?from=support"))
    assert 'value="payments.refund" checked' in form
    assert 'value="keys.change" checked' not in form
    desk.post(f"{ROOM}/new/?from=support", FLOOR)
    role = CustomRole.objects.get()
    assert role.permissions == ["payments.create", "payments.refund", "payments.view"]
    assert role.based_on == "support"

    give(desk, ambers_shop, bashir, role.shown)
    his = cast.at_the_desk(bashir)
    assert his.get("/test/payments/").status_code == 200
    assert his.get("/test/developers/api-keys/").status_code == 403
    assert "Shop floor" in text(his.get("/test/payments/"))
    send_letters()
    assert mail.outbox[0].subject == "Your role at Amber Lamps is now: Shop floor"

    more = {**FLOOR, "permissions": [*FLOOR["permissions"], "keys.view"]}
    desk.post(f"{ROOM}/{role.shown}/", more)
    assert his.get("/test/developers/api-keys/").status_code == 200


def test_every_permission_stands_beside_every_role(desk, floor):
    page = text(desk.get(f"{ROOM}/"))
    for said in ("Shop floor", "Owner", "Read only", "Capture, cancel and refund"):
        assert said in page
    with CaptureQueriesContext(connection) as asked:
        desk.get(f"{ROOM}/")
    assert len(asked) <= 12


def test_a_custom_role_costs_no_query_more(desk, ambers_shop, floor, bashir):
    his = cast.at_the_desk(bashir)
    his.get("/test/payments/")
    with CaptureQueriesContext(connection) as before:
        his.get("/test/payments/")
    give(desk, ambers_shop, bashir, floor.shown)
    with CaptureQueriesContext(connection) as after:
        his.get("/test/payments/")
    assert len(after) == len(before)


def test_nobody_makes_or_gives_a_role_that_can_do_more_than_theirs(desk, ambers_shop, bashir):
    give(desk, ambers_shop, bashir, "admin")
    his = cast.at_the_desk(bashir)
    mighty = {"title": "Mighty", "permissions": ["payouts.change"]}
    answer = his.post(f"{ROOM}/new/", mighty)
    assert "A role cannot do more than you can." in text(answer)

    desk.post(f"{ROOM}/new/", mighty)
    role = CustomRole.objects.get()
    assert 'value="payouts.change" disabled' in text(his.get(f"{ROOM}/new/"))
    assert his.post(f"{ROOM}/{role.shown}/", FLOOR).status_code == 422
    assert his.post(f"{ROOM}/{role.shown}/delete/").status_code == 422
    asked = his.post("/test/settings/team/invite/", {"email": "d@example.com", "role": role.shown})
    assert "Choose a role that you may give" in text(asked)


def test_a_role_in_use_is_not_deleted(desk, ambers_shop, floor, bashir):
    give(desk, ambers_shop, bashir, floor.shown)
    assert "Give them another role first" in text(desk.get(f"{ROOM}/{floor.shown}/delete/"))
    desk.post(f"{ROOM}/{floor.shown}/delete/")
    assert CustomRole.objects.exists()
    give(desk, ambers_shop, bashir, "support")
    desk.post(f"{ROOM}/{floor.shown}/delete/")
    assert not CustomRole.objects.exists()
    told = AuditEntry.objects.filter(action__startswith="role.").order_by("id")
    assert [one.action for one in told] == ["role.made", "role.deleted"]


def test_somebody_is_invited_to_a_custom_role(desk, ambers_shop, floor):
    desk.post("/test/settings/team/invite/", {"email": "eva@example.com", "role": floor.shown})
    send_letters()
    assert "Shop floor" in mail.outbox[0].body
    eva = cast.person("Eva")
    token = invitations.token_of(Invitation.objects.get())
    cast.at_the_desk(eva).post(f"/invitation/{token}/accept/")
    assert Membership.objects.get(user=eva).held == frozenset(floor.permissions)


def test_what_a_role_gives_no_longer_is_taken_back_with_it(desk, ambers_shop, bashir):
    business, owner = ambers_shop.business, ambers_shop.owner
    role = role_making.make(business, owner, "Lead", ["team.change", *FLOOR["permissions"]])
    narrow = role_making.make(business, owner, "Till", ["payments.create"])
    give(desk, ambers_shop, bashir, role.shown)
    invitations.invite(business, bashir, "fay@example.com", narrow.shown)
    role_making.change(business, owner, role.shown, "Lead", ["team.change"])
    assert Invitation.objects.get().revoked_at is not None


def test_another_businesss_role_is_not_found(floor, chiaras_shop):
    hers = cast.at_the_desk(chiaras_shop.owner)
    assert hers.get(f"{ROOM}/{floor.shown}/").status_code == 404
    assert floor.title not in text(hers.get(f"{ROOM}/"))
    assert not any(one.custom for one in custom_roles.every(chiaras_shop.business.pk))
    assert team.CHANGE in team.enter(chiaras_shop.business, chiaras_shop.owner)
