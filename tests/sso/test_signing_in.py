"""People come by their organisation's provider, and nobody else comes by it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.core import mail
from django.test import Client

from acquiring.core import clock
from acquiring.core.models import AuditEntry
from acquiring.sandbox.identity import behaviours
from merchants import invitations
from merchants import services as people
from merchants.models import Membership, User
from merchants.sso import services, sessions
from tests import cast
from tests.notices.conftest import send_letters
from tests.portal.test_sign_in_security import code_of, with_app
from tests.sso.conftest import DOMAIN, onward, said, with_second_step

pytestmark = pytest.mark.django_db
OLGA = f"olga@{DOMAIN}"
NEW = f"nadia@{DOMAIN}"
REFUSED = {
    "unverified": "unverified",
    "no_email": "does not say your e-mail address",
    "other_domain": "has not proved",
    "wrong_key": "not signed by its keys",
    "unsigned": "signed in a way that is not accepted",
    "wrong_nonce": "belongs to another sign-in",
    "wrong_audience": "made for another application",
    "other_issuer": "another provider",
    "other_answer": "another provider",
    "expired": "over, or not valid yet",
    "other_userinfo": "two persons",
    "turns_back": "You turned back",
    "fails": "server_error",
    "other_subject": "came before",
}


def works(client: Client) -> bool:
    return client.get("/test/overview/").status_code == 200


def test_the_address_decides_the_way(sign_on, provider):
    here, there = Client(), Client()
    asked = here.post("/login/", {"login": "amber@example.com"})
    assert asked.status_code == 200
    assert 'name="password"' in said(asked)

    led = there.post("/login/?next=/test/payments/", {"login": f"nobody-at-all@{DOMAIN.upper()}"})
    assert led.url == f"/login/sso/{sign_on.shown}/?next=%2Ftest%2Fpayments%2F"
    query = dict(parse_qsl(urlsplit(onward(there.get(led.url))).query))
    assert query["code_challenge_method"] == "S256"
    assert query["login_hint"].lower() == f"nobody-at-all@{DOMAIN}"
    assert query["redirect_uri"].endswith(f"/login/sso/{sign_on.shown}/callback/")
    assert len(query["nonce"]) >= 32
    assert len(query["state"]) >= 32


def test_who_was_here_is_linked_once_and_told(
    sign_on, provider, django_capture_on_commit_callbacks
):
    browser = Client()
    with django_capture_on_commit_callbacks(execute=True):
        answer = provider.come(browser, OLGA)
    assert answer.status_code == 302, said(answer)
    assert works(browser)

    send_letters()
    assert "You now sign in by Olga Harbour" in [one.subject for one in mail.outbox]
    assert AuditEntry.objects.filter(action="single_sign_on.linked").count() == 2, "both logs"
    assert provider.come(Client(), OLGA).status_code == 302
    assert SocialAccount.objects.get().provider == sign_on.shown
    assert "By single sign-on" in said(browser.get("/security/"))


def test_the_provider_is_believed_what_it_proves(sign_on, provider):
    for behaviour in sorted(behaviours().keys() - REFUSED.keys()):
        browser = Client()
        answer = provider.come(browser, OLGA, behaviour)
        assert answer.status_code == 302, (behaviour, said(answer))
        assert works(browser)
    assert SocialAccount.objects.count() == 1


def test_the_provider_is_believed_nothing_more(sign_on, provider):
    browser = Client()
    for behaviour, words in REFUSED.items():
        if behaviour == "other_subject":
            provider.come(Client(), OLGA)
        answer = provider.come(browser, OLGA, behaviour)
        assert answer.status_code == 403, behaviour
        assert words in said(answer), behaviour
        assert not works(browser)
    assert SocialAccount.objects.count() == 1


def test_an_answer_opens_only_the_browser_that_asked_and_only_once(sign_on, provider):
    mine, other = Client(), Client()
    led = mine.post("/login/", {"login": OLGA})
    location = provider.answer(onward(mine.get(led.url)))
    path = f"{urlsplit(location).path}?{urlsplit(location).query}"

    assert "began in another browser" in said(other.get(path))
    assert not works(other)
    assert mine.get(path).status_code == 302
    assert "began in another browser" in said(mine.get(path))


def test_who_comes_first_is_made_only_where_an_owner_said_so(sign_on, provider, olgas_shop):
    stranger = Client()
    answer = provider.come(stranger, NEW)
    assert "Ask an owner to invite you" in said(answer)
    assert not User.objects.filter(email=NEW).exists()

    organisation = olgas_shop.business.organisation
    services.welcome(
        organisation, olgas_shop.owner, "developer", [f"biz_{olgas_shop.business.pk.hex}"]
    )
    browser = Client()
    assert provider.come(browser, NEW, name="Nadia Noor").status_code == 302
    made = User.objects.get(email=NEW)
    assert (made.name, made.has_usable_password()) == ("Nadia Noor", False)
    assert Membership.objects.get(user=made).role == "developer"
    assert works(browser)


def test_who_has_another_address_by_now_is_no_longer_the_providers_to_name(
    sign_on, provider, owner
):
    assert provider.come(Client(), OLGA).status_code == 302
    User.objects.filter(pk=owner.pk).update(email="olga@elsewhere.example")
    browser = Client()

    assert "has not proved" in said(provider.come(browser, OLGA))
    assert not works(browser)


def test_who_was_invited_comes_in_and_accepts(sign_on, provider, olgas_shop):
    row = invitations.invite(olgas_shop.business, olgas_shop.owner, NEW, "support")
    browser = Client()
    assert provider.come(browser, NEW).status_code == 302
    assert not works(browser)
    link = f"/invitation/{invitations.token_of(row)}/"
    assert browser.post(f"{link}accept/").status_code == 302
    assert works(browser)


def test_who_prepared_an_account_with_anothers_address_loses_it(sign_on, provider):
    squatter = User.objects.create_user(NEW, cast.PASSWORD, name="Squatter")
    EmailAddress.objects.create(user=squatter, email=NEW, verified=False, primary=True)
    with_second_step(squatter)
    assert provider.come(Client(), NEW).status_code == 302

    squatter.refresh_from_db()
    assert not squatter.has_usable_password()
    assert not squatter.authenticator_set.exists()


def test_a_second_step_here_is_asked_unless_the_provider_asked_it(sign_on, provider, owner):
    with_second_step(owner)
    asked, vouched = Client(), Client()
    assert provider.come(asked, OLGA).url.startswith("/login/code/")
    assert not works(asked)
    assert provider.come(vouched, OLGA, "second_step").status_code == 302
    assert works(vouched)


def test_the_providers_second_step_counts_where_a_business_wants_one(sign_on, provider, olgas_shop):
    type(olgas_shop.business).objects.update(two_steps_from=clock.now() - timedelta(days=1))
    without, vouched = Client(), Client()
    provider.come(without, OLGA)
    assert without.get("/test/overview/").url == "/security/"
    provider.come(vouched, OLGA, "second_step")
    assert works(vouched)


def test_a_provider_vouches_for_no_second_step_of_who_works_elsewhere_too(
    sign_on, provider, owner, chiaras_shop
):
    people.add_member(chiaras_shop.business, owner, "developer", "system")
    with_second_step(owner)
    assert provider.come(Client(), OLGA, "second_step").url.startswith("/login/code/")


def test_before_something_sensitive_the_provider_asks_again(sign_on, provider):
    browser = Client()
    provider.come(browser, OLGA, "not_asked_again")
    asked = browser.get("/developers/api-keys/new/")
    asked = browser.post("/security/devices/others/")
    assert asked.url.startswith("/login/again/sso/?next=")
    page = browser.get(asked.url)
    query = dict(parse_qsl(urlsplit(onward(page)).query))
    assert (query["prompt"], query["max_age"]) == ("login", "0")

    for behaviour, words in (
        ("not_asked_again", "did not ask you again"),
        ("no_auth_time", "does not say when it asked"),
    ):
        refused = provider.back(browser, browser.get(asked.url), behaviour)
        assert words in said(refused)
    other = provider.back(browser, browser.get(asked.url), email=NEW)
    assert "Somebody else came back" in said(other)

    back = provider.back(browser, browser.get(asked.url))
    assert back.url == "/login/again/waiting/"
    assert browser.get(back.url).status_code == 200
    assert browser.post("/security/devices/others/").url == "/security/"


def test_a_login_by_an_old_session_of_the_provider_vouches_for_nothing(sign_on, provider):
    """Neither for our deeds nor for allauth's own pages, though there is no password to ask."""
    user = User.objects.create_user(NEW, None)
    EmailAddress.objects.create(user=user, email=NEW, verified=True, primary=True)
    browser = Client()
    provider.come(browser, NEW, "no_auth_time")
    assert browser.get("/security/app/").status_code == 200, "a first second step, just now"
    with clock.shifted(timedelta(minutes=16)):
        assert browser.get("/security/app/").url.startswith("/login/again/sso/")
    with_second_step(user)
    assert browser.get("/security/passkeys/new/").url.startswith("/login/again/sso/")


def test_only_by_single_sign_on_shuts_passwords_resets_and_sign_up(
    sign_on, provider, olgas_shop, owner, django_capture_on_commit_callbacks
):
    with_second_step(owner)
    bert = User.objects.create_user(f"bert@{DOMAIN}", cast.PASSWORD)
    EmailAddress.objects.create(user=bert, email=bert.email, verified=True, primary=True)
    people.add_member(olgas_shop.business, bert, "support", "system")
    before = Client()
    way = {"way": "password", "password": cast.PASSWORD}
    assert before.post("/login/", {"login": bert.email, **way}).status_code == 302
    services.switch(olgas_shop.business.organisation, owner, on=True, only=True)

    assert not works(before), "he came by password and is signed out"
    browser = Client()
    refused = browser.post("/login/", {"login": bert.email, **way})
    assert refused.url == "/login/sso/only/"
    assert "by its provider only" in said(browser.get(refused.url))
    assert not works(browser)
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post("/password/reset/", {"email": bert.email}).status_code == 302
    send_letters()
    assert [one.subject for one in mail.outbox] == ["You sign in by Olga Harbour"]
    facts = {"name": "N", "password1": cast.PASSWORD, "business_name": "N Ltd", "country": "SG"}
    shut = browser.post("/signup/", {"email": NEW, **facts})
    assert "come by single sign-on" in said(shut)
    assert provider.come(browser, bert.email).status_code == 302
    assert works(browser)


def test_an_owner_with_two_steps_breaks_in_when_the_provider_fails_and_owners_hear_of_it(
    sign_on, provider, olgas_shop, owner, django_capture_on_commit_callbacks
):
    desk = cast.at_the_desk_by_password(owner)
    secret = with_app(desk)
    services.switch(olgas_shop.business.organisation, owner, on=True, only=True)
    browser = Client()
    way = {"way": "password", "password": cast.PASSWORD}
    assert browser.post("/login/", {"login": OLGA, **way}).url.startswith("/login/code/")
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post("/login/code/", {"code": code_of(secret, 2)}).status_code == 302
    assert works(browser)
    assert AuditEntry.objects.filter(action="login.without_provider").count() == 1
    send_letters()
    assert "Olga came in without single sign-on" in [one.subject for one in mail.outbox]


def test_signing_out_signs_out_at_the_provider_too(sign_on, provider):
    browser = Client()
    provider.come(browser, OLGA)
    left = browser.post("/logout/")
    assert left.url.startswith("/login/sso/out/?to=")
    assert not works(browser)
    to = onward(browser.get(left.url))
    assert to.startswith(f"{provider.url}/logout?")
    assert "id_token_hint" in to
    assert browser.get("/login/sso/out/?to=https://elsewhere.test").url == "/login/"


def test_what_ends_it_ends_the_sessions_that_began_by_it(sign_on, provider, olgas_shop, owner):
    organisation = olgas_shop.business.organisation
    by_password = cast.at_the_desk_by_password(owner)
    for end in (
        lambda: services.unlink(organisation, owner, SocialAccount.objects.get().pk),
        lambda: services.switch(organisation, owner, on=False),
        lambda: (
            services.switch(organisation, owner, on=True) and sessions.end_for(organisation, DOMAIN)
        ),
        lambda: services.remove(organisation, owner),
    ):
        browser = Client()
        services.switch(organisation, owner, on=True)
        provider.come(browser, OLGA)
        assert works(browser)
        assert UserSession.objects.filter(data__has_key=sessions.SESSION).exists()
        end()
        assert not works(browser)
    assert works(by_password)
    assert not SocialAccount.objects.exists()
    assert 'name="password"' in said(Client().post("/login/", {"login": OLGA}))


def test_a_session_by_single_sign_on_is_short(sign_on, provider, settings):
    browser = Client()
    provider.come(browser, OLGA)
    assert browser.session.get_expiry_age() <= settings.SINGLE_SIGN_ON_HOURS * 3600
