"""An organisation whose people come by a real OpenID Connect provider, over real HTTP."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from acquiring.core import http
from merchants.models import User
from merchants.sso import domains, services
from merchants.sso.models import SingleSignOn
from merchants.sso.provider import callback_address
from tests import cast
from tests.sandbox_process import Sandbox

DOMAIN = "harbour.test"
FORM = {"content-type": "application/x-www-form-urlencoded"}


@dataclass
class Provider:
    """The simulated identity provider, as an administrator and as a person's browser sees it."""

    url: str

    def post(self, path: str, **fields: str) -> http.Response:
        return http.send("POST", f"{self.url}/{path}", FORM, urlencode(fields).encode())

    def register(self, redirect_uri: str) -> dict[str, str]:
        """A client for this redirect URI."""
        page = self.post("clients", redirect_uri=redirect_uri).body.decode()
        _issuer, client_id, secret = re.findall(r"<dd><code>(.*?)</code>", page)
        return {"issuer": self.url, "client_id": unescape(client_id), "secret": unescape(secret)}

    def set_record(self, name: str, value: str) -> None:
        """A TXT record of its name server."""
        assert self.post("txt", name=name, value=value).status == 303

    def answer(self, to: str, email: str = "", behaviour: str = "signs_in", name: str = "") -> str:
        """Say on its page who one is; returns where the browser goes back to."""
        page = http.send("GET", to, {})
        assert page.status == 200, page.body
        asked = dict(parse_qsl(urlsplit(to).query))
        given = {
            "email": email or asked.get("login_hint", ""),
            "behaviour": behaviour,
            "name": name,
        }
        reply = self.post("authorize", **(asked | given))
        assert reply.status == 303, reply.body
        return reply.headers["location"]

    def come(self, client: Client, email: str, behaviour: str = "signs_in", **facts: str) -> Any:
        """From the login page to the provider and back; the answer to the last step."""
        sent = client.post("/login/", {"login": email})
        assert sent.status_code == 302, sent.content
        return self.back(client, client.get(sent.url), behaviour, **facts)

    def back(self, client: Client, page: Any, behaviour: str = "signs_in", **facts: str) -> Any:
        """From the page that leads on, there and back."""
        location = self.answer(onward(page), behaviour=behaviour, **facts)
        return client.get(
            location.removeprefix("http://testserver").partition("8000")[2] or location
        )


def onward(page: Any) -> str:
    """Where a page leads on to."""
    found = re.search(r'content="0; url=([^"]+)"', page.content.decode())
    assert found, page.content.decode()
    return unescape(found[1])


def said(answer: Any) -> str:
    return unescape(answer.content.decode())


@pytest.fixture
def provider(sandbox: Sandbox, settings: Any) -> Provider:
    settings.ALLOW_PRIVATE_ENDPOINTS = True
    settings.TXT_LOOKUP = "merchants.sso.records.rehearsed"
    return Provider(f"{sandbox.url}/identity")


@pytest.fixture
def owner() -> User:
    """Olga owns a shop, and so its organisation; she has two-step login."""
    user = cast.person("Olga")
    User.objects.filter(pk=user.pk).update(email=f"olga@{DOMAIN}")
    user.emailaddress_set.update(email=f"olga@{DOMAIN}")
    user.refresh_from_db()
    return user


@pytest.fixture
def olgas_shop(owner: User) -> cast.Shop:
    return cast.shop(owner, "Olga Harbour")


@pytest.fixture
def desk(olgas_shop: cast.Shop) -> Client:
    """Olga's browser, in which she has just logged in with her password."""
    return cast.at_the_desk_by_password(olgas_shop.owner)


@pytest.fixture
def sign_on(provider: Provider, olgas_shop: cast.Shop) -> SingleSignOn:
    """Single sign-on, tried, its domain proved, switched on; nobody is made who comes first."""
    organisation, owner = olgas_shop.business.organisation, olgas_shop.owner
    given = provider.register(callback_address(organisation))
    row = services.set_up(organisation, owner, **given)
    services.tried(row, owner)
    domain = domains.add(organisation, owner, DOMAIN)
    provider.set_record(domain.record, domain.value)
    domains.prove(organisation, owner, domain.shown)
    return services.switch(organisation, owner, on=True)


def with_second_step(user: User) -> None:
    """A second step of this person's login; what it is made of matters to no test here."""
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
