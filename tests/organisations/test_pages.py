"""An organisation by its pages: its businesses, who works where, who looks after it."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from acquiring.core import ids
from acquiring.core.models import AuditEntry
from acquiring.notices.models import Letter
from acquiring.payments.models import Statistic
from merchants import services
from merchants.models import Business, Invitation, Membership, Organisation, Stewardship
from merchants.onboarding import applying, asks
from merchants.people import Proposal
from merchants.sso.models import SingleSignOn
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


@pytest.fixture
def home(ambers_shop):
    return f"/organisation/{ambers_shop.business.organisation.shown}/"


@pytest.fixture
def candles(desk, home):
    """Amber's second business, opened by the page."""
    form = {"business_name": "Amber Candles", "country": "FR"}
    assert desk.post(f"{home}open/", form).url == "/test/overview/"
    return Business.objects.get(trading_name="Amber Candles")


def letters(kind):
    return [row.recipient for row in Letter.objects.order_by("id") if row.facts.get("kind") == kind]


def deeds(subject):
    return list(AuditEntry.objects.filter(subject=subject).values_list("action", flat=True))


def link_of(email):
    """The way into an invitation, as its letter has it."""
    from acquiring.notices import drawing

    row = Letter.objects.filter(recipient=email, template="emails/joining").latest("id")
    drawn = drawing.draw(row.template, row.language, row.facts, row.merchant_id)
    return re.search(r"/joining/[^/]+/", drawn.text).group()


def test_a_second_business_is_opened_in_the_organisation_and_worked_in_at_once(
    desk, candles, ambers_shop
):
    page = desk.get("/test/overview/").content.decode()

    assert "Amber Candles · Caravel" in page
    assert candles.organisation == ambers_shop.business.organisation
    assert candles.memberships.get().role == "owner"
    assert candles.merchants.get().keys.count() == 2
    assert "organisation.business_opened" in deeds(candles.organisation.shown)


def test_the_switcher_groups_businesses_only_where_there_are_several_organisations(
    desk, candles, amber, chiaras_shop
):
    assert "pt-who-h" not in desk.get("/test/links/").content.decode()
    services.add_member(chiaras_shop.business, amber, "support", "system")

    page = desk.get("/test/links/").content.decode()
    assert re.findall(r'pt-who-h">([^<]+)', page)[:2] == ["Amber Lamps", "Chiara Ceramica"]


def test_the_page_shows_each_business_with_what_it_took_and_what_waits(
    desk, home, candles, ambers_shop, django_assert_max_num_queries
):
    live = services.approve(ambers_shop.business, "system")
    day = services.now_for(live.id).date()
    for merchant, amount in ((live, 123400), (candles.merchants.get(), 700)):
        Statistic.objects.create(
            merchant_id=merchant.id, day=day, currency="EUR", store_id=ids.new(), facet="day",
            value="", payments=1, tried=1, paid=1, captured=amount, refunded=0,
        )  # fmt: skip
    row = applying.open_for(candles, "live", "system")
    asks.open_task(row, "company.legal_name", "Please look at the name once more.")

    with django_assert_max_num_queries(14):
        page = desk.get(home).content.decode()
    assert "1,234.00" in page
    assert "7.00" in page
    assert page.count("Test payments") == 1
    assert "1 task" in page
    assert "Approved" in page


def test_an_organisation_of_others_is_not_found(chiaras_shop, home, candles):
    stranger = cast.at_the_desk(chiaras_shop.owner)
    for page in ("", "people/", "stewards/", "open/", "name/", "join/"):
        assert stranger.get(home + page).status_code == 404
    leave = f"/parting/{ids.show('biz', candles.pk)}/"
    assert stranger.post(leave).status_code == 404


def test_viewers_see_and_owners_change(desk, home, bashir, ambers_shop):
    organisation = ambers_shop.business.organisation
    Stewardship.objects.create(organisation=organisation, user=bashir, role="viewer")
    viewer = cast.at_the_desk(bashir)

    assert viewer.get(home).status_code == 200
    for page in ("open/", "name/", "join/", "stewards/ask/", "people/new/"):
        assert viewer.post(home + page, {"name": "Mine"}).status_code == 403
    assert desk.post(f"{home}name/", {"name": "Amber Group"}).status_code == 302
    assert "Amber Group" in viewer.get("/organisation/", follow=True).content.decode()


def test_roles_at_several_businesses_are_given_in_one_form(
    desk, home, candles, ambers_shop, bashir
):
    here, there = ambers_shop.business, candles
    form = {here.pk.hex: "admin", there.pk.hex: "finance"}
    page = f"{home}people/{ids.show('usr', bashir.pk)}/"

    assert desk.post(page, form).url == f"{home}people/"
    assert here.memberships.get(user=bashir).role == "admin"
    asked = Invitation.objects.get(business=there)
    assert (asked.email, asked.role) == (bashir.email, "finance")
    assert letters("role_changed") == [bashir.email]
    assert "member.role" in deeds(ids.show("biz", here.pk))
    assert "invitation.sent" in deeds(ids.show("biz", there.pk))
    matrix = desk.get(f"{home}people/?q=bashir").content.decode()
    assert "Administrator" in matrix
    assert "Amber Candles" in matrix
    assert "bashir@example.com" not in desk.get(f"{home}people/?q=amber").content.decode()


def test_one_refusal_leaves_everything_as_it_was(desk, home, candles, ambers_shop, amber):
    """Amber may not take the last owner's role away, and so is nothing else of the form done."""
    form = {ambers_shop.business.pk.hex: "developer", candles.pk.hex: ""}
    answer = desk.post(f"{home}people/{ids.show('usr', amber.pk)}/", form)

    assert answer.status_code == 422
    assert "keeps at least one owner" in answer.content.decode()
    assert set(Membership.objects.values_list("role", flat=True)) == {"owner"}


def test_nobody_gives_a_role_where_they_have_none(amber, home, candles, bashir, ambers_shop):
    """Who looks after the organisation has no rights at a business by that."""
    organisation = candles.organisation
    Stewardship.objects.create(organisation=organisation, user=bashir, role="owner")
    steward = cast.at_the_desk(bashir)
    page = f"{home}people/{ids.show('usr', bashir.pk)}/"

    assert "You have no role there" in steward.get(page).content.decode()
    form = {candles.pk.hex: "owner", ambers_shop.business.pk.hex: "owner"}
    assert steward.post(page, form).status_code == 302
    assert not candles.memberships.filter(user=bashir).exists()
    assert ambers_shop.business.memberships.get(user=bashir).role == "developer"
    assert steward.get("/test/overview/").status_code == 200


def test_where_a_second_person_is_asked_a_role_waits_for_one(desk, home, ambers_shop, bashir):
    business = ambers_shop.business
    services.add_member(business, cast.person("Dana"), "owner", "system")
    Business.objects.filter(pk=business.pk).update(second_person={"member.role": {}})
    page = f"{home}people/{ids.show('usr', bashir.pk)}/"

    assert desk.post(page, {business.pk.hex: "admin"}).status_code == 302
    assert Proposal.objects.get().kind == "member.role"
    assert business.memberships.get(user=bashir).role == "developer"


def test_somebody_without_an_account_is_asked_to_look_after_it(desk, home, ambers_shop):
    form = {"email": "Erin@example.com", "role": "viewer"}
    assert desk.post(f"{home}stewards/ask/", form).url == f"{home}stewards/"
    link = link_of("erin@example.com")
    visitor = Client()
    assert "Amber Lamps" in visitor.get(link).content.decode()
    form = {"email": "erin@example.com", "name": "Erin", "password1": cast.PASSWORD}
    assert visitor.post(f"{link}sign-up/", form).status_code == 302

    assert visitor.get("/start/", follow=True).status_code == 200
    assert visitor.get("/test/payments/", follow=True).redirect_chain[-1][0] == home
    assert visitor.get(f"{home}open/").status_code == 403
    assert letters("steward_added") == [ambers_shop.owner.email]
    assert Client().get(link).status_code == 404
    assert Business.objects.count() == 1


def test_the_last_owner_stays(desk, home, ambers_shop, amber):
    mine = ambers_shop.business.organisation.stewardships.get()
    for page, form in (("remove", {}), ("role", {"role": "viewer"})):
        answer = desk.post(f"{home}stewards/{mine.shown}/{page}/", form)
        assert answer.status_code == 422
    assert Stewardship.objects.get().role == "owner"


def test_a_steward_is_changed_and_removed_and_told(desk, home, ambers_shop, bashir):
    organisation = ambers_shop.business.organisation
    row = Stewardship.objects.create(organisation=organisation, user=bashir, role="viewer")

    assert desk.post(f"{home}stewards/{row.shown}/role/", {"role": "owner"}).status_code == 302
    assert desk.post(f"{home}stewards/{row.shown}/remove/").status_code == 302
    assert not organisation.stewardships.filter(user=bashir).exists()
    assert letters("steward_role") == letters("steward_removed") == [bashir.email]


def test_a_business_joins_when_both_sides_agree_and_leaves_when_one_wants(
    desk, home, ambers_shop, chiaras_shop
):
    organisation, former = ambers_shop.business.organisation, chiaras_shop.business.organisation
    assert desk.post(f"{home}join/", {"email": "chiara@example.com"}).status_code == 302
    link = link_of("chiara@example.com")
    assert cast.at_the_desk(ambers_shop.owner).post(f"{link}accept/").status_code == 403
    chiara = cast.at_the_desk(chiaras_shop.owner)
    theirs = {"business": str(ambers_shop.business.pk)}
    assert chiara.post(f"{link}accept/", theirs).status_code == 422
    own = {"business": str(chiaras_shop.business.pk)}
    assert chiara.post(f"{link}accept/", own).status_code == 302

    business = Business.objects.get(pk=chiaras_shop.business.pk)
    assert business.organisation == organisation
    assert not Organisation.objects.filter(pk=former.pk).exists()
    assert sorted(letters("business_joined")) == ["amber@example.com", "chiara@example.com"]
    assert "organisation.business_joined" in deeds(ids.show("biz", business.pk))
    assert "Chiara Ceramica" in desk.get(home).content.decode()
    assert chiara.get(home).status_code == 404

    leave = f"/parting/{ids.show('biz', business.pk)}/"
    assert chiara.post(leave).status_code == 302
    business.refresh_from_db()
    assert business.organisation.stewardships.get().user == chiaras_shop.owner
    assert "Chiara Ceramica" not in desk.get(home).content.decode()
    assert sorted(letters("business_left")) == ["amber@example.com", "chiara@example.com"]


def test_an_invitation_ends_with_the_stewardship_of_who_sent_it(desk, home, ambers_shop, bashir):
    organisation = ambers_shop.business.organisation
    desk.post(f"{home}join/", {"email": "chiara@example.com"})
    link = link_of("chiara@example.com")
    Stewardship.objects.create(organisation=organisation, user=bashir, role="owner")
    organisation.stewardships.filter(user=ambers_shop.owner).delete()

    assert Client().get(link).status_code == 404


def test_one_of_several_leaves_before_it_joins_another(desk, candles, amber, chiaras_shop):
    """A business is not taken out of an organisation behind its back."""
    Stewardship.objects.create(
        organisation=chiaras_shop.business.organisation, user=amber, role="owner"
    )
    other = f"/organisation/{chiaras_shop.business.organisation.shown}/join/own/"
    answer = desk.post(other, {"own-business": str(candles.pk)})

    assert answer.status_code == 422
    assert "Let it leave that one first" in answer.content.decode()
    assert desk.post(f"/parting/{ids.show('biz', candles.pk)}/").status_code == 302
    assert desk.post(other, {"own-business": str(candles.pk)}).status_code == 302
    candles.refresh_from_db()
    assert candles.organisation == chiaras_shop.business.organisation


def test_who_owns_the_business_parts_it_from_an_organisation_somebody_else_looks_after(
    chiara, ambers_shop
):
    """A shop that was sold: its new owner is held by nobody."""
    business, former = ambers_shop.business, ambers_shop.business.organisation
    services.add_member(business, chiara, "owner", "system")
    buyer = cast.at_the_desk(chiara)

    assert buyer.post(f"/parting/{ids.show('biz', business.pk)}/").status_code == 302
    business.refresh_from_db()
    assert business.organisation != former
    assert {one.user for one in business.organisation.stewardships.all()} == {
        chiara, ambers_shop.owner,
    }  # fmt: skip
    assert letters("business_left").count("amber@example.com") == 1


def test_an_organisation_with_single_sign_on_does_not_end_by_the_way(
    desk, home, amber, ambers_shop
):
    """Its people would stand before a shut door."""
    SingleSignOn.objects.create(
        id=ids.new(), organisation=ambers_shop.business.organisation, issuer="https://id.example",
        client_id="lamps", secret=b"-",
    )  # fmt: skip
    other = services.sign_up(amber, "Amber Elsewhere", "DE").business.organisation
    form = {"own-business": str(ambers_shop.business.pk)}
    answer = desk.post(f"/organisation/{other.shown}/join/own/", form)

    assert answer.status_code == 422
    assert "has single sign-on" in answer.content.decode()
