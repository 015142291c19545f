"""The page on which an organisation's owners set single sign-on up."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import timedelta

import dns.message
import dns.rrset
import pytest
from django.core import mail
from django.test import Client

from acquiring.core import clock
from acquiring.core.models import AuditEntry
from acquiring.notices import sign_on as letters
from merchants import second_person
from merchants import services as people
from merchants.models import User
from merchants.organisations.models import Stewardship
from merchants.people import Proposal
from merchants.sso import domains, records
from merchants.sso.models import SignOnDomain, SingleSignOn
from merchants.sso.provider import callback_address
from tests import cast
from tests.notices.conftest import send_letters
from tests.sso.conftest import DOMAIN, said, with_second_step

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(olgas_shop) -> str:
    return f"/organisation/{olgas_shop.business.organisation.shown}/single-sign-on/"


def test_from_nothing_to_the_only_way_in(provider, desk, page, olgas_shop, owner):
    address = callback_address(olgas_shop.business.organisation)
    assert address in said(desk.get(page))
    client = provider.register(address)
    assert desk.post(f"{page}provider/", client).url == page
    shown = said(desk.get(page))
    assert client["secret"] not in shown
    assert client["client_id"] in shown
    assert "Try it first" in shown

    back = provider.back(desk, desk.get(f"{page}try/"), "second_step", email=f"olga@{DOMAIN}")
    assert "has not proved" in said(desk.get(back.url)), "the domain comes before"
    desk.post(f"{page}domains/", {"name": DOMAIN.upper()})
    domain = SignOnDomain.objects.get()
    early = desk.post(f"{page}domains/{domain.shown}/prove/")
    assert "not there yet" in said(desk.get(early.url))
    provider.set_record(domain.record, domain.value)
    desk.post(f"{page}domains/{domain.shown}/prove/")
    back = provider.back(desk, desk.get(f"{page}try/"), "second_step", email=f"olga@{DOMAIN}")
    assert "The provider vouches for it" in said(desk.get(back.url))

    refused = desk.post(f"{page}switch/", {"state": "only"})
    assert "Set up two-step login for yourself first" in said(refused)
    with_second_step(owner)
    assert desk.post(f"{page}switch/", {"state": "only"}).url == page
    row = SingleSignOn.objects.get()
    assert (row.on, row.only) == (True, True)
    log = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"single_sign_on.set_up", "single_sign_on.switched", "domain.proved"} <= log
    assert client["secret"] not in str(list(AuditEntry.objects.values_list("changes", flat=True)))


@pytest.mark.parametrize(
    ("issuer", "words"),
    [
        ("gopher://harbour.test", "begins with https://"),
        ("{away}", "no OpenID Connect provider at this address"),
        ("{url}/", "Write exactly that"),
    ],
)
def test_an_issuer_that_is_none_is_said_in_plain_words(provider, desk, page, issuer, words):
    wrong = issuer.format(url=provider.url, away="http://127.0.0.1:9/nothing")
    given = {"issuer": wrong, "client_id": "caravel", "secret": "secret"}
    answer = desk.post(f"{page}provider/", given)
    assert answer.status_code == 422
    assert words in said(answer)
    assert not SingleSignOn.objects.exists()


def test_a_refusal_is_said_in_the_readers_language(provider, desk, page):
    desk.post("/language/", {"language": "zh-hans", "next": page})
    given = {"issuer": "http://127.0.0.1:9/none", "client_id": "caravel", "secret": "secret"}
    assert "此地址没有 OpenID Connect 提供方" in said(desk.post(f"{page}provider/", given))


def test_a_live_installation_calls_no_private_address(provider, desk, page, settings):
    settings.ALLOW_PRIVATE_ENDPOINTS = False
    given = {"issuer": "https://127.0.0.1:9", "client_id": "caravel", "secret": "secret"}
    assert "no OpenID Connect provider" in said(desk.post(f"{page}provider/", given))
    assert "begins with https://" in said(
        desk.post(f"{page}provider/", given | {"issuer": provider.url})
    )


def test_another_client_is_tried_before_it_lets_anybody_in(sign_on, provider, desk, page):
    again = {"issuer": provider.url, "client_id": sign_on.client_id, "secret": ""}
    desk.post(f"{page}provider/", again)
    sign_on.refresh_from_db()
    assert sign_on.on, "the same client, its secret kept"
    desk.post(f"{page}provider/", {**again, "client_id": "another", "secret": "other"})
    sign_on.refresh_from_db()
    assert not sign_on.on
    assert sign_on.tested_at is None


def test_only_owners_of_the_organisation_find_the_page(page, olgas_shop, chiaras_shop):
    viewer = cast.person("Vera")
    Stewardship.objects.create(
        organisation=olgas_shop.business.organisation, user=viewer, role=Stewardship.Role.VIEWER
    )
    people.add_member(olgas_shop.business, viewer, "admin", "system")
    assert cast.at_the_desk(viewer).get(page).status_code == 403
    assert cast.at_the_desk(chiaras_shop.owner).get(page).status_code == 404
    assert Client().get(page).url.startswith("/login/")


def test_who_signed_in_a_while_ago_is_asked_first(desk, page):
    with clock.shifted(timedelta(minutes=16)):
        assert desk.post(f"{page}domains/", {"name": DOMAIN}).url.startswith("/login/again/")
    assert not SignOnDomain.objects.exists()


def test_nobody_promises_more_than_they_may_give(sign_on, desk, page, olgas_shop, chiaras_shop):
    mine, others = f"biz_{olgas_shop.business.pk.hex}", f"biz_{chiaras_shop.business.pk.hex}"
    assert desk.post(f"{page}welcome/", {"role": "owner", "businesses": mine}).status_code == 422
    assert desk.post(f"{page}welcome/", {"role": "admin", "businesses": others}).status_code == 422
    assert desk.post(f"{page}welcome/", {"role": "admin"}).status_code == 422
    assert desk.post(f"{page}welcome/", {"role": "admin", "businesses": mine}).url == page
    sign_on.refresh_from_db()
    assert (sign_on.role, sign_on.businesses) == ("admin", [mine])


def test_two_people_change_it_where_a_business_wants_that(sign_on, desk, page, olgas_shop, owner):
    second = cast.person("Sanna")
    people.add_member(olgas_shop.business, second, "admin", "system")
    second_person.change(olgas_shop.business, owner, {"sso.change": {}})
    desk.post(f"{page}switch/", {"state": "off"})
    sign_on.refresh_from_db()
    assert sign_on.on, "nothing happened yet"

    proposal = Proposal.objects.get()
    approver = cast.at_the_desk(second)
    assert "Switch it on or off" in said(approver.get(f"/test/approvals/{proposal.shown}/"))
    approver.post(f"/test/approvals/{proposal.shown}/approve/")
    assert not sign_on_is_on()


def sign_on_is_on() -> bool:
    return SingleSignOn.objects.get().on


@pytest.mark.parametrize(
    "name", ["gmail.com", "mail.gmail.com", "harbour", "a b.test", "x@y.test", ""]
)
def test_a_domain_that_cannot_be_ones_own_is_refused(desk, page, name):
    answer = desk.post(f"{page}domains/", {"name": name})
    assert answer.status_code == 422
    assert not SignOnDomain.objects.exists()


def test_a_proved_domain_is_of_one_organisation(sign_on, provider, chiaras_shop):
    organisation, chiara = chiaras_shop.business.organisation, chiaras_shop.owner
    row = domains.add(organisation, chiara, DOMAIN)
    provider.set_record(row.record, row.value)
    page = f"/organisation/{organisation.shown}/single-sign-on/"
    desk = cast.at_the_desk(chiara)
    answer = desk.post(f"{page}domains/{row.shown}/prove/")
    assert "Another organisation has proved this domain" in said(desk.get(answer.url))
    row.refresh_from_db()
    assert row.proved_at is None


def test_a_domain_whose_record_is_gone_is_lost_after_a_week(
    sign_on, provider, owner, django_capture_on_commit_callbacks
):
    row = SignOnDomain.objects.get()
    provider.set_record(row.record, "")
    for days, proved in ((2, True), (5, True), (10, False)):
        with clock.shifted(timedelta(days=days)), django_capture_on_commit_callbacks(execute=True):
            letters.watch_domains()
        row.refresh_from_db()
        assert (row.proved_at is not None) is proved, days
    with clock.shifted(timedelta(days=11)):
        send_letters()
    subjects = [one.subject for one in mail.outbox]
    assert subjects == [f"The record of {DOMAIN} is gone", f"{DOMAIN} is no longer proved"]
    assert 'name="password"' in said(Client().post("/login/", {"login": f"olga@{DOMAIN}"}))


@pytest.fixture
def name_server() -> Iterator[str]:
    """A name server on a port of its own: it knows one record, and fails for broken.test."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as bound:
        bound.bind(("127.0.0.1", 0))
        threading.Thread(target=_serve, args=(bound,), daemon=True).start()
        yield f"127.0.0.1:{bound.getsockname()[1]}"
        bound.sendto(b"", bound.getsockname())


def _serve(bound: socket.socket) -> None:
    while True:
        packet, whence = bound.recvfrom(4096)
        if not packet:
            return
        question = dns.message.from_wire(packet)
        answer = dns.message.make_response(question)
        name = question.question[0].name.to_text()
        if name == "broken.test.":
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name == "known.test.":
            answer.answer = [dns.rrset.from_text(name, 60, "IN", "TXT", '"in two " "parts"', '"b"')]
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        bound.sendto(answer.to_wire(), whence)


def test_records_are_asked_of_dns(name_server, settings):
    settings.DNS_SERVERS = name_server
    assert sorted(records.by_dns("known.test")) == ["b", "in two parts"]
    assert records.by_dns("unknown.test") == []
    with pytest.raises(records.Silence):
        records.by_dns("broken.test")


def test_staff_see_it_without_secrets_and_switch_it_off_in_need(sign_on, provider):
    staff = User.objects.create_superuser("root@example.com", cast.PASSWORD, name="Root")
    client = cast.at_the_desk(staff)
    assert "secret" not in said(client.get(f"/admin/sso/singlesignon/{sign_on.pk}/change/")).lower()
    client.post(
        "/admin/sso/singlesignon/",
        {"action": "switch_off", "_selected_action": str(sign_on.pk)},
    )
    assert not sign_on_is_on()
