"""Where an approved business's money goes: who may change it, how, and who hears of it."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.utils import timezone

from acquiring.core import clock
from merchants import second_person, services
from merchants.kyc import banks
from merchants.kyc.facts import Account
from merchants.onboarding import accounts, applying, casefile, links, queries
from merchants.people import Proposal
from tests import cast
from tests.api.conftest import Api
from tests.notices.conftest import read_news, send_letters

pytestmark = pytest.mark.django_db
AT = "/business-details/accounts/"
BANK = {"bank_code": "7171", "branch_code": "001", "account_number": "0123456789"}
HELD = {"currency": "SGD", "country": "SG", "holder": "Amber Lamps", "fields": BANK}
OTHER = "9876543210"


def approved(business, mode: str = "live", **more):
    """The business's application as it is after a verdict."""
    row = applying.open_for(business, mode, "system", **more)
    applying.tell(row, "system", {"country": "SG", "entity": "company"})
    accounts.add(row, "system", HELD)
    type(row).objects.filter(pk=row.pk).update(status="approved", decided_at=clock.now())
    row.refresh_from_db()
    return row


@pytest.fixture
def application(ambers_shop):
    row = approved(ambers_shop.business)
    services.approve(ambers_shop.business, "system")
    return row


@pytest.fixture
def desk(application, ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


@pytest.fixture
def fay(application, ambers_shop):
    """Fay, a second owner."""
    person = cast.person("Fay")
    services.add_member(ambers_shop.business, person, "owner", "system")
    return person


def living(application) -> list[str]:
    return [f"{one.currency} {one.last4}" for one in queries.account_rows(application)]


def form(page, number: str) -> dict[str, str]:
    """The page's own form with another account number."""
    at = f"accounts.{page.context['opened'].id}"
    fields = {f"{at}.fields.{key}": one for key, one in BANK.items()}
    told = {f"{at}.{key}": HELD[key] for key in ("currency", "country", "holder")}
    numbers = {f"{at}.fields.account_number": number, "once": str(page.context["once"])}
    return {**told, **fields, **numbers}


def only(application) -> str:
    (account,) = queries.account_rows(application)
    return f"{AT}{account.shown}/"


def test_what_was_sent_too_late_waits_for_who_one_is_and_every_owner_hears(
    desk, application, ambers_shop, fay
):
    read_news()
    path = only(application)
    sent = form(desk.get(path), OTHER)
    with time_machine.travel(timezone.now() + timedelta(minutes=16)):
        assert desk.get(path).url.startswith("/login/again/")
        again = desk.post(path, sent).url
        assert living(application) == ["SGD 6789"]
        assert desk.post(f"{path}remove/").url.startswith("/login/again/")
        desk.post(path, sent)
        waiting = desk.post(again, {"password": cast.PASSWORD, "next": "/login/again/waiting/"}).url
        kept = desk.get(waiting).context
        desk.post(kept["path"], dict(kept["fields"]))

    assert living(application) == ["SGD 3210"]
    assert queries.payout_account(application.business_id, "live", "SGD") is None
    mail.outbox.clear()
    read_news()
    send_letters()
    told = {to for letter in mail.outbox for to in letter.to if "3210" in letter.body}
    assert told == {ambers_shop.owner.email, fay.email}


def test_a_slip_of_the_pen_stops_no_payouts(desk, application):
    path = only(application)

    answer = desk.post(path, form(desk.get(path), "12"))

    assert answer.status_code == 422
    assert living(application) == ["SGD 6789"]
    assert queries.payout_account(application.business_id, "live", "SGD") is not None


def test_an_account_in_another_currency_is_added_whole(desk, application):
    page = desk.get(f"{AT}new/", {"currency": "USD"})
    assert living(application) == ["SGD 6789"]
    told = form(page, OTHER) | {"accounts.new.currency": "USD"}
    assert desk.post(f"{AT}new/", told | {"accounts.new.holder": ""}).status_code == 422

    desk.post(f"{AT}new/", told)

    assert living(application) == ["SGD 6789", "USD 3210"]
    desk.post(f"{AT}{queries.account_rows(application)[1].shown}/remove/")
    assert living(application) == ["SGD 6789"]


def test_a_second_person_decides_where_the_business_says_so(desk, application, ambers_shop, fay):
    second_person.change(ambers_shop.business, ambers_shop.owner, {accounts.KIND: {}})
    path = only(application)
    page = desk.get(path)
    assert "A second person decides on this." in page.content.decode()

    approval = desk.post(path, form(page, OTHER)).url

    assert living(application) == ["SGD 6789"]
    said = desk.get(approval).content.decode()
    assert "SGD ···· 3210" in said
    assert OTHER not in said
    desk.post(f"{approval}approve/")  # its maker is not the second person
    assert living(application) == ["SGD 6789"]
    cast.at_the_desk(fay).post(f"{approval}approve/")
    assert living(application) == ["SGD 3210"]

    removal = desk.post(f"{only(application)}remove/").url
    assert living(application) == ["SGD 3210"]
    cast.at_the_desk(fay).post(f"{removal}approve/")
    assert living(application) == []
    assert {row.status for row in Proposal.objects.all()} == {"done"}


def test_a_role_that_may_not_pay_out_reads_the_account_and_changes_nothing(
    application, ambers_shop
):
    admin = cast.person("Greta")
    services.add_member(ambers_shop.business, admin, "admin", "system")
    hers, path = cast.at_the_desk(admin), only(application)

    page = hers.get(path)

    assert "Your role may not say where the money goes." in page.content.decode()
    hers.post(path, form(page, OTHER))
    hers.post(f"{path}remove/")
    assert living(application) == ["SGD 6789"]


def test_who_has_a_link_reads_the_account_and_changes_nothing(ambers_shop, chiaras_shop):
    application = approved(
        chiaras_shop.business, "test", platform_id=ambers_shop.merchant.pk
    )  # fmt: skip
    at = urlsplit(links.make(application, "system")).path
    (account,) = queries.account_rows(application)
    path = f"{at}/accounts/{account.shown}/"
    guest = Client()

    page = guest.get(path)

    assert "cannot be changed by a link" in page.content.decode()
    for where in (path, f"{path}remove/", f"{at}/accounts/new/"):
        assert guest.post(where, form(page, OTHER) | {"currency": "USD"}).status_code in (200, 302)
    typed = {"HX-Request": "true"}
    guest.post(path, form(page, OTHER), headers=typed)
    assert living(application) == ["SGD 6789"]


def test_a_key_proves_its_platform_and_never_stands_for_a_second_person(
    ambers_shop, chiaras_shop, fay
):
    application = approved(chiaras_shop.business, "test", platform_id=ambers_shop.merchant.pk)
    platform = Api(ambers_shop, ambers_shop.secret_key)
    at = f"/onboarding/applications/{application.shown}"
    (account,) = queries.account_rows(application)
    change = {"changes": {"fields.account_number": OTHER}}

    told = {"changes": {f"accounts.{account.shown}.holder": "Somebody Else"}}
    assert platform.call("PATCH", at, told)["error"]["code"] == "reauthentication_required"
    wrong = {"changes": {"fields.account_number": "12"}}
    refused = platform.call("PATCH", f"{at}/bank_accounts/{account.shown}", wrong)
    assert refused["error"]["param"].endswith(".fields.account_number")
    changed = platform.call("PATCH", f"{at}/bank_accounts/{account.shown}", change)
    assert (changed["last4"], changed["usable_at"] is None) == ("3210", False)

    services.add_member(chiaras_shop.business, fay, "owner", "system")
    second_person.change(chiaras_shop.business, fay, {accounts.KIND: {}})
    at = f"{at}/bank_accounts/{changed['id']}"
    assert platform.call("DELETE", at)["error"]["code"] == "forbidden"
    assert living(application) == ["SGD 3210"]


def test_the_bank_is_named_where_the_number_tells_it(ambers_shop):
    row = applying.open_for(ambers_shop.business, "live", "system")
    applying.tell(row, "system", {"country": "DE", "entity": "company"})
    told = {"country": "DE", "fields": {"iban": "DE89370400440532013000"}}
    accounts.add(row, "system", HELD | told | {"currency": "EUR"})

    page = cast.at_the_desk(ambers_shop.owner).get("/business-details/steps/accounts/")

    assert "Amber Lamps · Commerzbank" in page.content.decode()
    (section,) = (one for one in casefile.sections(queries.facts(row)) if one.key == "accounts")
    assert section.about == "Commerzbank"
    foreign = Account(country="DE", fields={"bic": "COBADEFF"})
    assert banks.bank_name(foreign) == "Commerzbank"
