"""The team's page, and the page behind an invitation's link."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from acquiring.core import clock
from merchants import invitations, services, team
from merchants.models import Invitation, Membership, User
from tests import cast
from tests.notices.conftest import send_letters

pytestmark = pytest.mark.django_db
ROOM = "/test/settings/team"
NEW = "dora@example.com"
JOIN = {"name": "Dora Demir", "password1": cast.PASSWORD}


@pytest.fixture
def desk(ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


@pytest.fixture
def invited(ambers_shop):
    return invitations.invite(ambers_shop.business, ambers_shop.owner, NEW, "support")


@pytest.fixture
def link(invited):
    return f"/invitation/{invitations.token_of(invited)}/"


def text(answer) -> str:
    return answer.content.decode()


def member(shop, user) -> Membership:
    return Membership.objects.get(business=shop.business, user=user)


def test_the_page_says_who_works_here_and_who_is_invited(desk, bashir, invited):
    page = text(desk.get(f"{ROOM}/"))

    for said in ("bashir@example.com", "Developer", NEW, "Support", "Not yet", "Invited"):
        assert said in page
    assert "The last owner stays" in page
    assert page.count(">Change role<") == 1


def test_somebody_is_invited_and_written_to(desk, ambers_shop):
    answer = desk.post(f"{ROOM}/invite/", {"email": NEW, "role": "analyst"}, follow=True)
    send_letters()

    assert f"We wrote to {NEW}" in text(answer)
    assert mail.outbox[0].to == [NEW]
    token = invitations.token_of(Invitation.objects.get())
    assert f"/invitation/{token}/" in mail.outbox[0].body


@pytest.mark.parametrize(
    ("email", "role", "words"),
    [
        ("", "support", "Enter the e-mail address"),
        ("dora", "support", "Enter an e-mail address, such as"),
        (NEW, "", "Choose a role"),
        (NEW, "king", "Choose a role that you may give"),
        ("AMBER@example.com", "support", "This person works here already"),
        ("eva@example.com", "support", "This address is invited already"),
    ],
)
def test_what_is_wrong_with_an_invitation_is_said_beside_it(desk, ambers_shop, email, role, words):
    invitations.invite(ambers_shop.business, ambers_shop.owner, "eva@example.com", "support")
    answer = desk.post(f"{ROOM}/invite/", {"email": email, "role": role})

    assert answer.status_code == 422
    assert words in text(answer)
    assert Invitation.objects.count() == 1


def test_an_invitation_is_sent_again_and_taken_back(desk, invited):
    here = f"{ROOM}/{invited.shown}"
    assert "Wait five minutes" in text(desk.post(f"{here}/again/", follow=True))
    with clock.shifted(timedelta(minutes=6)):
        assert f"We wrote to {NEW}" in text(desk.post(f"{here}/again/", follow=True))
    assert "opens nothing any more" in text(desk.post(f"{here}/revoke/", follow=True))

    assert NEW not in text(desk.get(f"{ROOM}/"))
    assert desk.post(f"{here}/again/").status_code == 404


def test_a_role_is_changed(desk, ambers_shop, bashir):
    here = f"{ROOM}/{member(ambers_shop, bashir).shown}/role/"
    assert "Change the role of Bashir" in text(desk.get(here))
    desk.post(here, {"role": "finance"})

    assert member(ambers_shop, bashir).role == "finance"


def test_who_is_removed_has_lost_access_with_their_next_click(desk, ambers_shop, bashir):
    his = cast.at_the_desk(bashir)
    assert his.get("/test/overview/").status_code == 200
    here = f"{ROOM}/{member(ambers_shop, bashir).shown}/remove/"
    assert "API keys they know go on working" in text(desk.get(here))
    assert "Bashir no longer works here" in text(desk.post(here, follow=True))

    for page in ("overview", "payments", "developers/api-keys"):
        assert his.get(f"/test/{page}/").status_code == 403
    assert "You do not work for a business here yet" in text(his.get("/test/overview/"))


def test_the_last_owner_is_told_why_they_stay(desk, ambers_shop):
    mine = member(ambers_shop, ambers_shop.owner).shown
    for page in ("role", "remove"):
        assert "The last owner stays" in text(desk.get(f"{ROOM}/{mine}/{page}/"))
    answer = desk.post(f"{ROOM}/{mine}/remove/")
    assert answer.status_code == 422
    assert desk.post(f"{ROOM}/{mine}/role/", {"role": "admin"}).status_code == 422
    assert member(ambers_shop, ambers_shop.owner).role == "owner"


def test_an_administrator_sees_what_they_cannot_give_or_take(ambers_shop, invited):
    ada = cast.person("Ada")
    services.add_member(ambers_shop.business, ada, "admin", "system")
    services.add_member(ambers_shop.business, cast.person("Otto"), "owner", "system")
    hers = cast.at_the_desk(ada)

    assert "Only for: Owner" in text(hers.get(f"{ROOM}/"))
    assert "Your role cannot give: Owner, Finance" in text(hers.get(f"{ROOM}/invite/"))
    boss = member(ambers_shop, ambers_shop.owner).shown
    assert hers.post(f"{ROOM}/{boss}/remove/").status_code == 422
    assert (
        hers.post(f"{ROOM}/invite/", {"email": "x@example.com", "role": "owner"}).status_code == 422
    )


def test_who_may_only_look_reads_who_can_change(ambers_shop, bashir, invited):
    his = cast.at_the_desk(bashir)
    page = text(his.get(f"{ROOM}/"))

    assert "You can look, but not change this. That is for: Owner, Administrator" in page
    assert "data-dialog" not in page
    shown = member(ambers_shop, bashir).shown
    assert his.get(f"{ROOM}/invite/").status_code == 403
    for path in (f"{shown}/role", f"{shown}/remove", f"{invited.shown}/again"):
        assert his.post(f"{ROOM}/{path}/", {"role": "owner"}).status_code == 403
    assert member(ambers_shop, bashir).role == "developer"


def test_support_does_not_see_the_team(ambers_shop):
    sam = cast.person("Sam")
    services.add_member(ambers_shop.business, sam, "support", "system")

    assert cast.at_the_desk(sam).get(f"{ROOM}/").status_code == 403


def test_a_person_is_seen_when_they_work(ambers_shop, bashir):
    his = cast.at_the_desk(bashir)
    assert member(ambers_shop, bashir).last_seen_at is None
    his.get("/test/payments/")
    first = member(ambers_shop, bashir).last_seen_at
    his.get("/test/payments/")

    assert first is not None
    assert member(ambers_shop, bashir).last_seen_at == first
    with clock.shifted(team.SEEN_EVERY + timedelta(seconds=5)):
        his.get("/test/payments/")
    assert member(ambers_shop, bashir).last_seen_at > first


def test_a_stranger_makes_an_account_and_works_there_at_once(ambers_shop, link):
    browser = Client()
    page = text(browser.get(link))
    assert "Work with Amber Lamps" in page
    assert "Amber invites you" in page
    answer = browser.post(f"{link}sign-up/", {**JOIN, "email": "other@example.com"}, follow=True)

    assert answer.redirect_chain[-1][0] == "/test/overview/"
    dora = User.objects.get(email=NEW)
    assert member(ambers_shop, dora).role == "support"
    assert list(dora.businesses.all()) == [ambers_shop.business]
    assert EmailAddress.objects.get(user=dora).verified
    assert not User.objects.filter(email="other@example.com").exists()
    assert browser.get(link).url == "/start/"


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"name": ""}, "Enter your name"),
        ({"password1": ""}, "Choose a password"),
        ({"password1": "12345"}, "too short"),
    ],
)
def test_an_account_needs_a_name_and_a_password(link, form, words):
    answer = Client().post(f"{link}sign-up/", {**JOIN, **form})

    assert words in text(answer)
    assert not User.objects.filter(email=NEW).exists()


def test_who_has_an_account_signs_in_and_accepts(ambers_shop, chiaras_shop):
    chiara = chiaras_shop.owner
    row = invitations.invite(
        ambers_shop.business, ambers_shop.owner, "Chiara@example.com", "analyst"
    )
    link = f"/invitation/{invitations.token_of(row)}/"
    browser = Client()
    assert f"/login/?next={link}" in text(browser.get(link))
    signed_in = browser.post(
        f"/login/?next={link}", {"login": chiara.email, "password": cast.PASSWORD}
    )
    assert signed_in.url == link
    assert "Accept" in text(browser.get(link))
    answer = browser.post(f"{link}accept/", follow=True)

    page = text(answer)
    assert "You work for Amber Lamps now" in page
    assert "<title>Overview · Amber Lamps" in page
    for business in (ambers_shop.business, chiaras_shop.business):
        assert f'name="business" value="{business.pk}"' in page


def test_the_page_and_the_sign_up_tell_nobody_whether_an_address_has_an_account(
    ambers_shop, chiara
):
    pages, answers = [], []
    for email in (chiara.email, NEW):
        row = invitations.invite(ambers_shop.business, ambers_shop.owner, email, "support")
        token = invitations.token_of(row)
        page = text(Client().get(f"/invitation/{token}/"))
        page = page.replace(token, "").replace(email, "")
        pages.append(re.sub(r'<time.*</time>|value="\w{64}"', "", page))
        answers.append(Client().post(f"/invitation/{token}/sign-up/", JOIN).status_code)

    assert pages[0] == pages[1]
    assert answers == [302, 302]
    assert chiara.businesses.count() == 0
    send_letters()
    assert [one.to for one in mail.outbox] == [[chiara.email]]


def test_another_address_is_refused_clearly(ambers_shop, chiaras_shop, link):
    hers = cast.at_the_desk(chiaras_shop.owner)
    answer = hers.get(link)

    assert answer.status_code == 403
    assert f"This invitation is for {NEW}" in text(answer)
    assert "You are signed in as chiara@example.com" in text(answer)
    assert hers.post(f"{link}accept/").status_code == 403
    assert hers.get(f"{link}sign-up/").url == link
    assert not Membership.objects.filter(
        business=ambers_shop.business, user=chiaras_shop.owner
    ).exists()
    out = hers.post("/logout/", {"next": link})
    assert out.url == link


def test_a_link_that_opens_nothing_says_so(desk, ambers_shop, invited, link):
    invitations.revoke(ambers_shop.business, ambers_shop.owner, invited.shown)

    for browser in (Client(), desk):
        for path in (link, f"{link}sign-up/", "/invitation/guess/"):
            answer = browser.get(path)
            assert answer.status_code == 404
            assert "This invitation no longer works" in text(answer)
    assert Client().post(f"{link}sign-up/", JOIN).status_code == 404
    assert desk.post(f"{link}accept/").status_code == 404
    assert not User.objects.filter(email=NEW).exists()


def test_nobody_sees_anothers_team(ambers_shop, chiaras_shop, bashir, invited):
    hers = cast.at_the_desk(chiaras_shop.owner)
    page = text(hers.get(f"{ROOM}/"))

    assert "Bashir" not in page
    assert NEW not in page
    shown = member(ambers_shop, bashir).shown
    for path in (f"{shown}/role", f"{shown}/remove"):
        assert hers.get(f"{ROOM}/{path}/").status_code == 404
        assert hers.post(f"{ROOM}/{path}/", {"role": "owner"}).status_code == 404
    for path in ("again", "revoke"):
        assert hers.post(f"{ROOM}/{invited.shown}/{path}/").status_code == 404


def test_a_large_team_keeps_the_budget(desk, ambers_shop):
    for number in range(9):
        services.add_member(ambers_shop.business, cast.person(f"P{number}"), "support", "system")
        invitations.invite(
            ambers_shop.business, ambers_shop.owner, f"i{number}@example.com", "support"
        )
    with CaptureQueriesContext(connection) as asked:
        assert desk.get(f"{ROOM}/").status_code == 200
    assert len(asked) <= 12, len(asked)


def test_the_sidebar_knows_where_one_is(desk):
    page = text(desk.get(f"{ROOM}/"))

    assert page.count('href="/test/settings/team/" aria-current="page"') == 3  # also on a phone
    assert 'href="/test/settings/business/" aria-current' not in page
