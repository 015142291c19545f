"""Invitations: for one address, for a week, by a link whose secret is stored nowhere."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core import mail

from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.core.models import AuditEntry
from acquiring.notices import invitations as letters
from acquiring.notices import queries as inbox
from acquiring.notices.models import Letter
from merchants import invitations, queries, roles, services, team
from merchants.models import Invitation, Membership
from tests import cast
from tests.notices.conftest import send_letters

pytestmark = pytest.mark.django_db
NEW = "dora@example.com"


@pytest.fixture
def business(ambers_shop):
    return ambers_shop.business


@pytest.fixture
def invited(business, amber):
    return invitations.invite(business, amber, NEW, "support")


def member(business, user) -> Membership:
    return Membership.objects.get(business=business, user=user)


def code(act, *given) -> str:
    with pytest.raises(Problem) as problem:
        act(*given)
    return problem.value.code


def test_who_accepts_works_there_in_the_role_they_were_invited_to(business, invited):
    dora = cast.person("Dora")
    joined = invitations.accept(invitations.token_of(invited), dora)

    assert (joined.business, joined.role) == (business, "support")
    actions = list(AuditEntry.objects.values_list("action", flat=True))
    assert {"invitation.sent", "invitation.accepted"} <= set(actions)


def test_the_secret_is_stored_nowhere(business, amber):
    row = letters.invite(business, amber, NEW, "support")
    token = invitations.token_of(row)
    send_letters()

    assert token in mail.outbox[0].body
    assert len(token) == 43
    stored = [*Invitation.objects.values(), *Letter.objects.values(), *AuditEntry.objects.values()]
    assert token not in str(stored)


def test_an_invitation_waits_in_the_queue_without_its_secret(business, amber):
    row = letters.invite(business, amber, NEW, "support")
    assert Letter.objects.get().facts == {"invitation": str(row.pk)}

    invitations.revoke(business, amber, row.shown)
    assert send_letters() == 0
    assert mail.outbox == []


def test_an_invitation_is_for_one_address_whatever_its_case(business, amber, chiara):
    row = invitations.invite(business, amber, " Dora@Example.COM ", "support")
    token = invitations.token_of(row)

    assert row.email == NEW
    assert code(invitations.accept, token, chiara) == "forbidden"
    assert not Membership.objects.filter(user=chiara).exists()
    assert invitations.accept(token, cast.person("Dora")).role == "support"


def test_a_link_opens_once(invited):
    dora, token = cast.person("Dora"), invitations.token_of(invited)
    joined = invitations.accept(token, dora)

    assert code(invitations.accept, token, dora) == "not_found"
    assert invitations.joined_by(token, dora) == joined


def test_a_link_ends_after_a_week(business, amber, invited):
    dora, token = cast.person("Dora"), invitations.token_of(invited)
    with clock.shifted(invitations.LASTS + timedelta(seconds=1)):
        assert code(invitations.accept, token, dora) == "not_found"
        again = invitations.invite(business, amber, NEW, "analyst")
        assert invitations.accept(invitations.token_of(again), dora).role == "analyst"


def test_a_link_that_was_taken_back_opens_nothing(business, amber, invited):
    invitations.revoke(business, amber, invited.shown)

    assert code(invitations.at, invitations.token_of(invited)) == "not_found"
    assert code(invitations.revoke, business, amber, invited.shown) == "not_found"
    assert invitations.pending(business.pk) == []


def test_sending_again_makes_a_new_link_and_kills_the_old_one(business, amber, invited):
    old = invitations.token_of(invited)
    assert code(invitations.renew, business, amber, invited.shown) == "invalid_state"
    with clock.shifted(invitations.PAUSE):
        new = invitations.token_of(invitations.renew(business, amber, invited.shown))

    assert new != old
    assert code(invitations.at, old) == "not_found"
    assert invitations.at(new) == invited


def test_whoever_is_invited_or_works_here_is_not_invited_again(business, amber, bashir, invited):
    assert code(invitations.invite, business, amber, NEW.upper(), "analyst") == "conflict"
    assert code(invitations.invite, business, amber, bashir.email, "analyst") == "conflict"
    assert Invitation.objects.count() == 1


def test_inviting_tells_nobody_whether_an_address_has_an_account(business, amber, chiara):
    answers = [invitations.invite(business, amber, one, "support") for one in (NEW, chiara.email)]
    assert {one.role for one in answers} == {"support"}
    assert queries.businesses(chiara) == []


@pytest.mark.parametrize(
    ("email", "role", "param"),
    [("dora", "support", "email"), ("", "support", "email"), (NEW, "king", "role")],
)
def test_what_cannot_be_is_refused_with_its_field(business, amber, email, role, param):
    with pytest.raises(Problem) as problem:
        invitations.invite(business, amber, email, role)
    assert problem.value.param == param


def test_a_business_writes_to_fifty_strangers_a_day_and_no_more(business, amber, monkeypatch):
    monkeypatch.setattr(invitations, "MOST_A_DAY", 2)
    for number in range(2):
        invitations.invite(business, amber, f"{number}@example.com", "support")

    assert code(invitations.invite, business, amber, NEW, "support") == "rate_limited"
    with clock.shifted(timedelta(days=1, minutes=1)):
        invitations.invite(business, amber, NEW, "support")


def test_only_who_may_change_the_team_invites(business, bashir, chiara):
    assert code(invitations.invite, business, bashir, NEW, "read_only") == "forbidden"
    assert code(invitations.invite, business, chiara, NEW, "read_only") == "forbidden"


def test_nobody_gives_more_than_they_have(business, amber):
    admin = cast.person("Ada")
    services.add_member(business, admin, "admin", "system")
    for role in ("owner", "finance"):
        assert code(invitations.invite, business, admin, NEW, role) == "forbidden"
        assert code(team.change_role, business, admin, member(business, admin).shown, role) == (
            "forbidden"
        )
    assert code(team.remove, business, admin, member(business, amber).shown) == "forbidden"
    assert invitations.invite(business, admin, NEW, "admin").role == "admin"


def test_an_owner_gives_every_role_and_a_developer_none():
    held = roles.roles()
    assert all(team.may_give(held["owner"], one) for one in held.values())
    assert not any(team.may_give(held["developer"], one) for one in held.values())


def test_the_last_owner_stays(business, amber, bashir):
    mine = member(business, amber).shown
    assert code(team.remove, business, amber, mine) == "invalid_state"
    assert code(team.change_role, business, amber, mine, "admin") == "invalid_state"

    team.change_role(business, amber, member(business, bashir).shown, "owner")
    team.remove(business, bashir, mine)
    assert queries.businesses(amber) == []


def test_an_owner_who_cannot_sign_in_is_no_owner(business, amber, bashir):
    team.change_role(business, amber, member(business, bashir).shown, "owner")
    bashir.is_active = False
    bashir.save()

    assert code(team.remove, business, amber, member(business, amber).shown) == "invalid_state"


def test_who_leaves_takes_their_open_invitations_along(business, amber):
    ada = cast.person("Ada")
    services.add_member(business, ada, "admin", "system")
    row = invitations.invite(business, ada, NEW, "admin")
    kept = invitations.invite(business, ada, "eva@example.com", "developer")

    team.change_role(business, amber, member(business, ada).shown, "admin")
    assert invitations.pending(business.pk) == [kept, row]
    team.change_role(business, amber, member(business, ada).shown, "support")
    assert invitations.pending(business.pk) == []
    assert code(invitations.at, invitations.token_of(row)) == "not_found"


def test_every_change_of_the_team_is_written_down(business, amber, bashir):
    shown = member(business, bashir).shown
    team.change_role(business, amber, shown, "analyst")
    team.remove(business, amber, shown)

    entries = AuditEntry.objects.filter(action__in=["member.role", "member.removed"])
    found = {one.action: (one.actor, one.changes["role"]) for one in entries}
    who = services.user_actor(amber)
    assert found == {
        "member.role": (who, ["developer", "analyst"]),
        "member.removed": (who, ["analyst", None]),
    }


def test_another_business_cannot_touch_the_team(business, chiaras_shop, bashir, invited):
    other, chiara = chiaras_shop.business, chiaras_shop.owner
    shown = member(business, bashir).shown

    assert code(team.remove, other, chiara, shown) == "not_found"
    assert code(team.change_role, other, chiara, shown, "owner") == "not_found"
    assert code(invitations.revoke, other, chiara, invited.shown) == "not_found"
    assert code(invitations.revoke, business, chiara, invited.shown) == "forbidden"


def test_the_others_are_told_who_joined(business, amber, ambers_shop):
    row = letters.invite(business, amber, NEW, "owner")
    dora = cast.person("Dora")
    letters.accept(invitations.token_of(row), dora)

    merchant = ambers_shop.merchant.id
    (notice,) = inbox.notices(merchant, amber.pk)
    assert (notice.kind, notice.facts) == ("member.added", {"who": "Dora", "role": "owner"})
    assert not inbox.notices(merchant, dora.pk).exists()


@pytest.mark.parametrize(
    ("language", "subject"),
    [
        ("en", "Amber invites you to Amber Lamps"),
        ("zh-hans", "Amber 邀请您加入 Amber Lamps"),
        ("zh-hant", "Amber 邀請您加入 Amber Lamps"),
    ],
)
def test_the_letter_is_in_the_language_of_who_reads_it(business, amber, language, subject):
    dora = cast.person("Dora")
    dora.language = language
    dora.save()
    letters.invite(business, amber, NEW, "support")
    send_letters()

    (letter,) = mail.outbox
    html = letter.alternatives[0][0]
    link = re.search(r"http\S+/invitation/\S+/", letter.body)
    assert letter.subject == subject
    assert letter.reply_to == [amber.email]
    assert link
    assert link.group() in html
    assert "Amber Lamps" in html
