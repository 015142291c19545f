import re

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import translation

from acquiring.notices import posting
from acquiring.portal.views import first_address
from merchants import keys, services
from merchants.models import ApiKey, User
from tests import cast

pytestmark = pytest.mark.django_db

FORM = {
    "name": "Dana",
    "email": "Dana@Example.com",
    "password1": "nine quiet lighthouses",
    "business_name": "Dana Boats",
    "country": "SG",
}


def letters():
    """What has arrived in mailboxes by now."""
    posting.send_due()
    return mail.outbox


def link_in(message) -> str:
    return re.search(re.escape(settings.BASE_URL) + r"(/\S+)", message.body).group(1)


def test_from_the_form_to_the_first_key(client):
    answer = client.post("/signup/", FORM)
    assert answer.url == "/confirm-email/"
    assert "Look into your mailbox" in client.get(answer.url).content.decode()

    link = link_in(letters()[0])
    assert "dana@example.com" in client.get(link).content.decode()
    answer = client.post(link, follow=True)

    assert answer.redirect_chain[-1][0] == first_address("test")
    page = client.get("/test/developers/api-keys/").content.decode()
    assert "Your first secret key is ready" in page
    assert "Dana Boats" in page
    key = ApiKey.objects.get(kind="secret")
    shown = client.post(f"/test/developers/api-keys/{key.shown}/show/").content.decode()
    assert re.search(r"sk_test_[0-9A-Za-z]{43}", shown)


def test_without_a_confirmed_address_nobody_comes_in(client):
    client.post("/signup/", FORM)
    answer = Client().post("/login/", {"login": FORM["email"], "password": FORM["password1"]})

    assert answer.url == "/confirm-email/"
    assert User.objects.get().last_login is None


def test_what_is_missing_is_named(client):
    page = client.post("/signup/", {"country": "XX"}).content.decode()

    for words in ("Enter your name", "Enter your e-mail address", "Choose a password"):
        assert page.count(words) == 2, words  # once on top, once beside the field
    assert not User.objects.exists()


def test_a_weak_password_is_refused(client):
    page = client.post("/signup/", {**FORM, "password1": "password12"}).content.decode()

    assert "too common" in page
    assert not User.objects.exists()


def test_a_taken_address_is_told_only_to_its_owner(client, amber):
    answer = client.post("/signup/", {**FORM, "email": amber.email})

    assert answer.url == "/confirm-email/"
    assert User.objects.count() == 1
    assert letters()[0].to == [amber.email]
    assert "already" in letters()[0].body


def test_login_whatever_the_case_of_the_address(client, ambers_shop):
    answer = client.post("/login/", {"login": "AMBER@example.com", "password": cast.PASSWORD})

    assert answer.url == "/start/"
    assert client.get("/start/").url == first_address("test")


def test_a_wrong_password_says_neither_which(client, amber):
    page = client.post("/login/", {"login": amber.email, "password": "no"}).content.decode()
    other = client.post("/login/", {"login": "no@example.com", "password": "no"}).content.decode()

    words = "The e-mail address or the password is wrong."
    assert words in page
    assert words in other


def test_after_eight_wrong_passwords_the_right_one_waits(client, amber):
    for _ in range(8):
        answer = client.post("/login/", {"login": amber.email, "password": "wrong"})
    assert answer.status_code == 429
    assert "Too many tries" in answer.content.decode()

    answer = client.post("/login/", {"login": amber.email, "password": cast.PASSWORD})
    assert answer.status_code == 429


def test_a_new_password_opens_a_locked_login(client, amber, ambers_shop):
    for _ in range(8):
        client.post("/login/", {"login": amber.email, "password": "wrong"})
    client.post("/password/reset/", {"email": amber.email})
    form = client.get(link_in(letters()[0]), follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "ten loud foghorns"})

    answer = client.post("/login/", {"login": amber.email, "password": "ten loud foghorns"})
    assert answer.url == "/start/"


def test_a_forgotten_password_is_set_by_link(client, amber, ambers_shop):
    client.post("/password/reset/", {"email": amber.email})
    answer = client.get(link_in(letters()[0]), follow=True)
    form = answer.redirect_chain[-1][0]
    answer = client.post(form, {"password1": "ten loud foghorns"}, follow=True)

    assert "Your new password is set" in answer.content.decode()
    amber.refresh_from_db()
    assert amber.check_password("ten loud foghorns")


def test_a_business_starts_in_live_once_it_has_a_live_key(ambers_shop, amber):
    live = services.approve(ambers_shop.business, "system")
    browser = cast.at_the_desk(amber)
    assert browser.get("/start/").url == first_address("test")

    keys.issue(live, "secret", "system")

    assert browser.get("/start/").url == first_address("live")


def test_signing_out(amber, ambers_shop):
    browser = cast.at_the_desk(amber)
    browser.post("/logout/")

    assert browser.get("/test/developers/api-keys/").url.startswith("/login/")


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "Sign in"), ("zh-hans", "登录"), ("zh-hant", "登入")],
)
def test_a_persons_language_is_kept(language, words, amber, ambers_shop):
    browser = cast.at_the_desk(amber)
    answer = browser.post("/language/", {"language": language, "next": "/"})
    assert answer.url == "/"
    browser.post("/logout/")

    amber.refresh_from_db()
    assert amber.language == language
    assert words in browser.get("/login/").content.decode()
    assert browser.get("/login/").content.decode().count(f'lang="{language}"') >= 1
    translation.activate("en")


def test_the_language_form_leads_nowhere_else(client):
    answer = client.post("/language/", {"language": "en", "next": "https://evil.example/"})

    assert answer.url == "/"
    assert client.post("/language/", {"language": "xx"}).status_code == 404


def test_the_home_page_works_signed_out(client):
    answer = client.get("/")

    assert answer.status_code == 200
    assert "/docs/api" in answer.content.decode()


def test_links_in_mails_lead_home_whatever_the_request_claims(client, amber):
    client.post("/password/reset/", {"email": amber.email}, headers={"host": "localhost"})

    body = letters()[0].body
    assert f"{settings.BASE_URL}/password/reset/key/" in body
    assert "localhost" not in body.replace(settings.BASE_URL, "")


def test_mails_have_both_forms_and_no_password(client):
    client.post("/signup/", FORM)

    message = letters()[0]
    html = message.alternatives[0][0]
    assert link_in(message) in html
    assert FORM["password1"] not in message.body + html
    assert message.subject == "Confirm your e-mail address"
