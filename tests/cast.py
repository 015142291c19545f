"""The people of the tests, always the same ones.

Amber owns a shop. Bashir works there as a developer. Chiara owns another shop and must see nothing
of Amber's. All of them come to be through the real services.
"""

from __future__ import annotations

from typing import NamedTuple

from allauth.account.models import EmailAddress
from django.test import Client

from merchants import services
from merchants.models import Business, Merchant, Mode, ProviderAccount, Store, User

PASSWORD = "a quiet harbour at noon"


class Shop(NamedTuple):
    """A business with its test merchant and the keys of its first day."""

    owner: User
    business: Business
    merchant: Merchant
    store: Store
    secret_key: str
    publishable_key: str

    @property
    def live(self) -> Merchant | None:
        """Its live merchant, once it is approved."""
        return self.business.merchants.filter(mode=Mode.LIVE).first()

    @property
    def accounts(self) -> list[ProviderAccount]:
        """Its sandbox accounts, the first to be asked first."""
        return list(self.merchant.accounts.order_by("priority"))


def person(name: str, *, staff: bool = False) -> User:
    """Someone with a confirmed e-mail address, `<name>@example.com`."""
    email = f"{name.lower()}@example.com"
    user = User.objects.create_user(email, PASSWORD, name=name, is_staff=staff)
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    return user


def shop(owner: User, name: str, country: str = "DE") -> Shop:
    """A freshly signed-up business."""
    made = services.sign_up(owner, name, country)
    return Shop(
        owner, made.business, made.merchant, made.store, made.secret_key, made.publishable_key
    )


def connected(shop: Shop, **credentials: dict[str, str]) -> Shop:
    """The shop with accounts that need no simulator: any credentials, by provider."""
    for account in shop.accounts:
        given = credentials.get(account.provider, {"api_key": f"{account.provider}-secret"})
        services.connect(account, given, "system")
    return shop


def at_the_desk(user: User) -> Client:
    """A browser in which this person has just logged in."""
    client = Client()
    answer = client.post("/login/", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content
    return client


def at_the_desk_by_password(user: User) -> Client:
    """The same where the person's domain has single sign-on, which they pass by."""
    client = Client()
    given = {"login": user.email, "password": PASSWORD, "way": "password"}
    assert client.post("/login/", given).status_code == 302
    return client
