"""Two-step login, devices, and being asked once more who one is."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client

from acquiring.core import clock
from acquiring.core.models import AuditEntry
from merchants import twosteps
from merchants.models import ApiKey
from merchants.services import approve
from tests import cast
from tests.notices.conftest import send_letters

pytestmark = pytest.mark.django_db
LATER = timedelta(minutes=16)


@pytest.fixture
def desk(ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


def text(answer) -> str:
    return answer.content.decode()


def code_of(secret: str, place: int = 1) -> str:
    """The code an app shows: 0 the former, 1 the present, 2 the next."""
    return format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[place]))


def with_app(client: Client) -> str:
    """Set up the authenticator app as a person does; returns its secret."""
    secret = re.search(r'data-cv-copy="([A-Z2-7]+)"', text(client.get("/security/app/"))).group(1)
    answer = client.post("/security/app/", {"code": code_of(secret)})
    assert answer.status_code == 302, text(answer)
    return secret


def log_in(user, **headers) -> Client:
    client = Client(headers=headers or None)
    client.post("/login/", {"login": user.email, "password": cast.PASSWORD})
    return client


def test_an_app_is_set_up_and_asked_for_at_the_next_login(desk, amber):
    secret = with_app(desk)
    codes = re.findall(r"<li>(\d{5}) (\d{5})</li>", text(desk.get("/security/codes/")))
    assert len(codes) == 10
    assert not re.findall(r"<li>\d{5}", text(desk.get("/security/codes/")))
    assert secret not in str(Authenticator.objects.values_list("data", flat=True))

    client = log_in(amber)
    assert client.get("/test/overview/").status_code == 302
    wrong = client.post("/login/code/", {"code": "000000"})
    assert "This is not the code" in text(wrong)
    right = client.post("/login/code/", {"code": code_of(secret, 2)})
    assert right.status_code == 302
    assert client.get("/test/overview/").status_code == 200

    lost = log_in(amber)
    assert lost.post("/login/code/", {"code": " ".join(codes[3])}).status_code == 302
    assert lost.get("/test/overview/").status_code == 200
    again = log_in(amber)
    assert again.post("/login/code/", {"code": "".join(codes[3])}).status_code == 200


def test_a_code_opens_once(desk, amber):
    secret = with_app(desk)
    code = code_of(secret, 2)
    assert log_in(amber).post("/login/code/", {"code": code}).status_code == 302
    from django.core.cache import cache

    cache.clear()  # another web process
    assert log_in(amber).post("/login/code/", {"code": code}).status_code == 200


def test_codes_cannot_be_tried_without_end(desk, amber):
    secret = with_app(desk)
    client = log_in(amber)
    for _ in range(9):
        client.post("/login/code/", {"code": "000000"})
    answer = client.post("/login/code/", {"code": code_of(secret, 2)})

    assert "Too many tries" in text(answer)


def test_what_changes_the_login_is_told_to_the_person_and_noted_where_they_work(
    desk, ambers_shop, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        with_app(desk)
    with django_capture_on_commit_callbacks(execute=True):
        desk.post("/security/app/off/")
    send_letters()

    subjects = [one.subject for one in mail.outbox]
    assert "Two-step login is on" in subjects
    assert "Your authenticator app was taken off" in subjects
    noted = AuditEntry.objects.filter(action__startswith="login.").order_by("id")
    assert [one.action for one in noted] == ["login.two_steps_on", "login.two_steps_off"]


def test_a_new_device_is_told_of_and_a_known_one_is_not(desk, amber):
    firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"
    second = log_in(amber, user_agent=firefox)
    send_letters()
    assert [one.subject for one in mail.outbox] == [
        "Somebody signed in to your account from a new device"
    ]
    assert "Firefox · Linux" in mail.outbox[0].body

    second.post("/logout/")
    second.post("/login/", {"login": amber.email, "password": cast.PASSWORD})
    send_letters()
    assert len(mail.outbox) == 1


def test_devices_are_listed_and_signed_out(desk, amber):
    other = log_in(amber, user_agent="Mozilla/5.0 (iPhone) Version/17 Safari/604")
    third = log_in(amber)
    page = text(desk.get("/security/"))
    assert "Safari · iPhone" in page
    assert "This one" in page
    number = re.search(r"/security/devices/(\d+)/end/", page).group(1)
    desk.post(f"/security/devices/{number}/end/")
    alive = [one.get("/test/overview/").status_code for one in (other, third)]
    assert sorted(alive) == [200, 302]

    desk.post("/security/devices/others/")
    assert other.get("/test/overview/").status_code == 302
    assert third.get("/test/overview/").status_code == 302
    assert desk.get("/test/overview/").status_code == 200


def test_another_persons_session_is_not_found(desk, chiaras_shop):
    hers = cast.at_the_desk(chiaras_shop.owner)
    from allauth.usersessions.models import UserSession

    theirs = UserSession.objects.exclude(user=chiaras_shop.owner).get()
    assert hers.post(f"/security/devices/{theirs.pk}/end/").status_code == 404
    assert desk.get("/test/overview/").status_code == 200


def test_a_business_that_asks_two_steps_of_everybody_leads_there(desk, ambers_shop, bashir):
    his = cast.at_the_desk(bashir)
    with_app(desk)
    twosteps.demand(ambers_shop.business, ambers_shop.owner, True, grace_days=3)
    assert "Set it up by" in text(his.get("/test/overview/"))
    with clock.shifted(timedelta(days=4)):
        answer = his.get("/test/overview/")
        assert (answer.status_code, answer.url) == (302, "/security/")
        assert "Set up one of the two below" in text(his.get("/security/"))
        assert desk.get("/test/overview/").status_code == 200


def test_the_admin_asks_two_steps_of_staff_where_the_installation_says_so(db, settings):
    client = cast.at_the_desk(cast.person("Staff", staff=True))
    assert client.get("/admin/").status_code == 200
    settings.STAFF_TWO_STEPS = True
    assert client.get("/admin/").url == "/security/"
    assert "The administration asks" in text(client.get("/security/"))
    with_app(client)
    assert client.get("/admin/").status_code == 200


def test_what_was_sent_too_late_waits_for_the_password_and_is_confirmed(ambers_shop):
    approve(ambers_shop.business, "system")
    desk = cast.at_the_desk(ambers_shop.owner)
    form = desk.get("/developers/api-keys/new/").context["form"]
    given = {"kind": "secret", "name": "Till", "once": str(form.initial["once"])}
    with clock.shifted(LATER):
        asked = desk.post("/developers/api-keys/new/", given)
        assert asked.url == "/login/again/?next=%2Flogin%2Fagain%2Fwaiting%2F"
        assert desk.get("/login/again/waiting/").status_code == 302
        back = desk.post(asked.url, {"password": cast.PASSWORD, "next": "/login/again/waiting/"})
        page = text(desk.get(back.url))
        assert "Nothing has happened yet" in page
        assert 'value="Till"' in page
        assert not ApiKey.objects.filter(name="Till").exists()
        made = desk.post("/developers/api-keys/new/", given)
    assert made.status_code == 200
    assert ApiKey.objects.get(name="Till").merchant.mode == "live"


def test_a_code_vouches_as_well_as_the_password(ambers_shop):
    approve(ambers_shop.business, "system")
    desk = cast.at_the_desk(ambers_shop.owner)
    secret = with_app(desk)
    with clock.shifted(LATER):
        asked = desk.post("/developers/api-keys/new/", {"kind": "secret"})
        assert "Use a code" in text(desk.get(asked.url))
        again = desk.post(
            "/login/again/code/",
            {"code": code_of(secret, 2), "next": "/login/again/waiting/"},
        )
        assert again.url == "/login/again/waiting/"
        assert desk.get(again.url).status_code == 200
