"""Business details behind the login: the steps, what is saved, what is asked, sent and answered."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from acquiring.core import clock, ids
from merchants import services
from merchants.onboarding import accounts, applying, asks, deciding, documents, parties, queries
from merchants.onboarding.models import Finding
from tests import cast
from tests.onboarding import sheets

pytestmark = pytest.mark.django_db
AT = "/business-details/"
TYPING = {"HX-Request": "true"}


@pytest.fixture
def desk(ambers_shop):
    return cast.at_the_desk(ambers_shop.owner)


@pytest.fixture
def draft(ambers_shop):
    """Amber's application: a company in Singapore."""
    row = applying.open_for(ambers_shop.business, "live", "system")
    return applying.tell(row, "system", {"country": "SG", "entity": "company"})


def facts(draft):
    draft.refresh_from_db()
    return queries.facts(draft)


def page(client, path, **query):
    answer = client.get(f"{AT}{path}", query)
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_the_live_desk_without_a_merchant_leads_to_the_application(desk):
    assert desk.get("/overview/").url == AT
    assert desk.get(AT).url == f"{AT}begin/"


def test_country_and_kind_come_first_and_decide_what_is_asked(desk):
    assert "Sole trader" in page(desk, "begin/", country="GB")

    answer = desk.post(f"{AT}begin/", {"country": "SG", "entity": "company"})

    assert answer.url == f"{AT}steps/company/"
    assert "Unique Entity Number" in page(desk, "steps/company/")
    refused = desk.post(f"{AT}begin/", {"country": "SG", "entity": "a circus"})
    assert "Choose the kind of legal entity" in refused.content.decode()


def test_who_comes_back_goes_on_where_something_is_open(desk, draft):
    assert desk.get(AT).url == f"{AT}steps/company/"


def test_who_was_away_reads_that_all_is_kept_and_how_much_is_open(desk, draft):
    assert "Welcome back" not in desk.get(AT, follow=True).content.decode()
    with clock.shifted(timedelta(hours=2)):
        said = desk.get(AT, follow=True).content.decode()

    assert re.search(r"Welcome back. All you said until .* is kept; \d+ answers are open.", said)


def test_the_rail_counts_what_is_open_in_each_step(desk, draft):
    def counts():
        rail = page(desk, "steps/company/").partition('id="rail"')[2].partition("</ol>")[0]
        return [int(one) for one in re.findall(r">(\d+) answers? (?:is|are) open<", rail)]

    first, *rest = counts()
    desk.post(f"{AT}steps/company/", {"company.phone": "+65 6123 4567"}, headers=TYPING)

    assert counts() == [first - 1, *rest]


def test_the_address_of_work_is_the_registered_one_until_the_tick_is_taken_away(desk, draft):
    at = f"{AT}steps/company/"
    assert 'name="company.same_address" value="yes" checked' in page(desk, "steps/company/")
    assert re.search(r"We work at this address</dt>\s*<dd>\s*Yes", page(desk, "steps/send/"))

    answer = desk.post(at, {"company.same_address": [""]}, headers=TYPING)
    assert answer["HX-Retarget"] == "#questions"
    assert 'name="company.operating_address.line1"' in answer.content.decode()
    desk.post(at, {"company.operating_address.line1": "2 Work Lane"}, headers=TYPING)
    address = facts(draft).company.operating_address
    assert (address.line1, address.country) == ("2 Work Lane", "SG")

    desk.post(at, {"company.same_address": ["", "yes"]}, headers=TYPING)
    assert facts(draft).company.operating_address is None


def test_what_is_typed_is_saved_and_checked_at_once(desk, draft):
    typed = {"company.identifiers.uen": "202012345X", "company.phone": "+65 6123 4567"}

    said = desk.post(f"{AT}steps/company/", typed, headers=TYPING).content.decode()

    assert facts(draft).company.phone == "+65 6123 4567"
    assert "Saved" in said
    assert "The check digit of this Unique Entity Number (UEN) is wrong" in said
    assert 'name="company.phone"' not in said, "the form stays as it is under the fingers"


def test_an_answer_that_asks_more_brings_the_new_question(desk, draft):
    typed = {"activity.channels": ["", "online"]}

    answer = desk.post(f"{AT}steps/activity/", typed, headers=TYPING)

    assert answer["HX-Retarget"] == "#questions"
    assert 'name="activity.website"' in answer.content.decode()


def test_a_step_is_left_when_nothing_is_open_in_it(desk, draft):
    refused = desk.post(f"{AT}steps/company/", {"company.legal_name": "Luma Pte. Ltd."})
    whole = {
        "company.legal_name": "Luma Pte. Ltd.",
        "company.identifiers.uen": "202012345H",
        "company.formed_on": "2020-03-04",
        "company.registered_address.line1": "38 Tiong Bahru Road",
        "company.registered_address.postal_code": "160038",
        "company.registered_address.country": "SG",
        "company.phone": "+65 6123 4567",
    }

    assert refused.status_code == 422
    assert "Date of formation is still missing" in refused.content.decode()
    assert desk.post(f"{AT}steps/company/", whole).url == f"{AT}steps/activity/"


def test_what_cannot_be_read_is_said_and_kept_as_it_was_typed(desk, draft):
    typed = {"activity.currency": "SGD", "activity.monthly_volume": "a lot"}

    said = desk.post(f"{AT}steps/activity/", typed).content.decode()

    assert "Write the amount in figures, such as 12500.00" in said
    assert 'value="a lot"' in said


def test_money_is_typed_in_major_units_and_kept_in_minor_ones(desk, draft):
    typed = {"activity.currency": "SGD", "activity.monthly_volume": "20,000.50"}

    desk.post(f"{AT}steps/activity/", typed, headers=TYPING)

    assert facts(draft).activity.monthly_volume == 2_000_050


def test_a_line_of_business_is_found_by_words_and_chosen_by_its_code(desk, draft):
    found = desk.get(f"{AT}industries/", {"activity.mcc:words": "clothes"}, headers=TYPING)
    assert "5651" in found.content.decode()

    unsure = desk.post(f"{AT}steps/activity/", {"activity.mcc:words": "clothes"})
    assert "Choose a line of business from the list" in unsure.content.decode()
    chosen = {"activity.mcc": "5651", "activity.mcc:words": "5651 · Family clothing shops"}
    desk.post(f"{AT}steps/activity/", chosen)

    assert facts(draft).activity.mcc == "5651"


def test_a_line_of_business_is_searched_and_named_in_the_readers_language(desk, draft):
    desk.cookies["django_language"] = "zh-hant"
    found = desk.get(f"{AT}industries/", {"activity.mcc:words": "衣服"}, headers=TYPING)
    assert "家庭服飾店" in found.content.decode()
    applying.tell(draft, "system", {"activity.mcc": "5651"})

    desk.cookies["django_language"] = "zh-hans"
    shown = desk.get(f"{AT}steps/activity/")
    assert "5651 · 家庭服装店" in shown.content.decode()


def test_a_line_we_do_not_take_is_said_as_soon_as_it_is_chosen(desk, draft):
    chosen = {"activity.mcc": "7995", "activity.mcc:words": "7995"}

    said = desk.post(f"{AT}steps/activity/", chosen, headers=TYPING).content.decode()

    assert "Private online gambling is forbidden in this country." in said


def test_people_are_added_told_about_and_taken_away(desk, draft):
    at = desk.post(f"{AT}people/new/", {"kind": "person"}).url
    shown = re.search(r"per_\w+", at)[0]
    roles = {f"people.{shown}.roles": ["", "owner", "director", "representative"]}

    desk.post(at, roles | {f"people.{shown}.name": "Mei Tan"}, headers=TYPING)
    refused = desk.post(at, {f"people.{shown}.share": "60"})

    one = facts(draft).people[0]
    assert (one.name, one.share, len(one.roles)) == ("Mei Tan", 6000, 3)
    assert "Date of birth is still missing" in refused.content.decode()
    assert "60%" in page(desk, "steps/people/")
    assert "Mei Tan: " in page(desk, "steps/people/", check=1)
    desk.post(f"{at}remove/")
    assert facts(draft).people == ()


def test_the_picture_of_ownership_goes_through_companies(desk, draft):
    company = {"kind": "company", "roles": ["owner"], "name": "Harbour Holdings", "share": 5000}
    above = parties.add(draft, "system", company).shown
    owner = {"kind": "person", "roles": ["owner"], "name": "Mei Tan", "share": 6000}
    parties.add(draft, "system", owner | {"through": above})

    picture = page(desk, "steps/people/")

    assert "30% of the business" in picture


def test_a_bank_account_asks_what_its_country_writes(desk, draft):
    at = desk.post(f"{AT}accounts/new/", {"currency": "SGD"}).url
    shown = re.search(r"ban_\w+", at)[0]
    typed = {f"accounts.{shown}.fields.{key}": value for key, value in BANK.items()}

    answer = desk.post(at, typed)

    assert answer.url == f"{AT}steps/accounts/"
    assert "···· 6789" in page(desk, "steps/accounts/")
    german = desk.post(at, {f"accounts.{shown}.country": "DE"}, headers=TYPING)
    assert "IBAN" in german.content.decode()


BANK = {"bank_code": "7171", "branch_code": "001", "account_number": "0123456789"}


def test_a_paper_is_handed_in_seen_and_taken_back(desk, draft):
    file = SimpleUploadedFile("acra.png", sheets.png(), "image/png")
    given = {"kind": "acra_profile", "owner": "", "side": "1", "issued_on": "2026-10-30"}

    answer = desk.post(f"{AT}documents/new/", given | {"file": file})

    assert answer.url == f"{AT}steps/documents/"
    shown = facts(draft).papers[0].id
    small = desk.get(f"{AT}documents/{shown}/picture/")
    assert small["Content-Type"] == "image/png"
    assert desk.get(f"{AT}documents/{shown}/")["Content-Disposition"].startswith("attachment")
    assert "Received" in page(desk, "steps/documents/")
    desk.post(f"{AT}documents/{shown}/remove/")
    assert facts(draft).papers == ()


def test_a_file_that_is_no_paper_is_refused_with_the_reason(desk, draft):
    given = {"kind": "acra_profile", "owner": "", "side": "1"}
    file = SimpleUploadedFile("acra.png", b"no picture at all", "image/png")

    answer = desk.post(f"{AT}documents/new/", given | {"file": file})

    assert answer.status_code == 422
    assert "This is no kind of file we can read." in answer.content.decode()
    assert "Choose a file first" in desk.post(f"{AT}documents/new/", given).content.decode()
    elsewhere = given | {"kind": "kbis"}
    assert desk.post(f"{AT}documents/new/", elsewhere).status_code == 404


def test_a_refused_paper_says_why_and_is_asked_again(desk, draft):
    paper = documents.take(draft, "system", "acra_profile", "acra.png", sheets.png())
    documents.refuse(
        paper, "system", "A part of the page is missing. Please send all four corners."
    )

    said = page(desk, "steps/documents/")

    assert "Please send all four corners." in said
    assert "data-bz-upload" in said


def test_what_is_open_keeps_the_application_from_being_sent(desk, draft):
    ticks = {
        f"declarations.{key}": ["", "yes"] for key in ("true_and_complete", "terms", "screening")
    }

    answer = desk.post(f"{AT}steps/send/", ticks)

    assert answer.status_code == 422
    assert "Legal name" in answer.content.decode()
    assert facts(draft).declarations.keys() == {"true_and_complete", "terms", "screening"}
    assert draft.status == "draft"


def test_a_task_is_answered_in_words(desk, draft):
    task = asks.open_task(draft, "activity.website", "Please tell us when the site is there.")
    type(draft).objects.filter(pk=draft.pk).update(status="needs_information")

    assert "Please tell us when the site is there." in page(desk, "")
    desk.post(f"{AT}tasks/{task.shown}/answer/", {"answer": "On Monday."})

    task.refresh_from_db()
    assert task.answer == "On Monday."


def test_while_somebody_looks_nothing_is_changed_and_nothing_is_told(desk, draft):
    type(draft).objects.filter(pk=draft.pk).update(status="in_review")

    said = page(desk, "")

    assert "We are looking at it" in said
    assert "list" not in re.sub(r"<[^>]+>", " ", said.partition("<main")[2].partition("</main")[0])
    desk.post(f"{AT}steps/company/", {"company.legal_name": "Another"})
    assert facts(draft).company.legal_name != "Another"


def test_who_may_only_look_reads_who_may_change(ambers_shop, draft):
    bashir = cast.person("Bashir")
    services.add_member(ambers_shop.business, bashir, "developer", "system")
    client = cast.at_the_desk(bashir)

    said = page(client, "steps/company/")

    assert "It is changed by: Owner" in said
    assert client.post(f"{AT}steps/company/", {"company.legal_name": "X"}).status_code == 403


def test_who_may_only_look_sees_nobodys_numbers_and_papers(ambers_shop, draft):
    bashir = cast.person("Bashir")
    services.add_member(ambers_shop.business, bashir, "developer", "system")
    client = cast.at_the_desk(bashir)
    nora = parties.add(draft, "system", {
        "name": "Nora Nordlicht", "roles": ["owner"], "birth_date": "1985-04-03",
    })  # fmt: skip
    iban = {"currency": "SGD", "country": "SG", "fields.account_number": "123456789"}
    account = accounts.add(draft, "system", iban)
    paper = documents.take(draft, "system", "identity", "nora.png", sheets.png(), nora)

    for path in (f"people/{nora.shown}/", f"accounts/{account.shown}/",
                 f"documents/{paper.shown}/", f"documents/{paper.shown}/picture/"):  # fmt: skip
        assert client.get(f"{AT}{path}").status_code == 403, path
    for step in ("people", "accounts", "documents", "send"):
        said = page(client, f"steps/{step}/")
        assert "1985" not in said, step
        assert "12345" not in said, step


def test_another_businesses_people_accounts_and_papers_are_not_found(desk, draft, chiaras_shop):
    theirs = applying.open_for(chiaras_shop.business, "live", "system")
    theirs = applying.tell(theirs, "system", {"country": "SG", "entity": "company"})
    person = parties.add(theirs, "system", {"kind": "person", "roles": ["owner"]}).shown
    account = accounts.add(theirs, "system", {"currency": "SGD", "country": "SG"}).shown
    paper = documents.take(theirs, "system", "acra_profile", "acra.png", sheets.png()).shown

    for path in (f"people/{person}/", f"accounts/{account}/", f"documents/{paper}/"):
        assert desk.get(f"{AT}{path}").status_code == 404
        assert desk.post(f"{AT}{path}remove/").status_code == 404


def test_test_mode_is_a_rehearsal_that_one_begins(desk):
    said = desk.get(f"/test{AT}").content.decode()
    assert "Rehearse" in said
    assert f'href="{AT}"' in said

    assert desk.post(f"/test{AT}").url == f"/test{AT}begin/"
    assert "This is a rehearsal." in desk.get(f"/test{AT}begin/").content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_the_markets_words_are_said_in_the_readers_language(desk, draft, language):
    desk.cookies["django_language"] = language
    typed = {"company.identifiers.uen": "202012345X"}

    said = desk.post(f"{AT}steps/company/", typed, headers=TYPING | {"Accept-Language": language})

    assert "校验位" in said.content.decode() or "檢查碼" in said.content.decode()


def test_what_is_refused_is_said_where_the_application_stands(desk, draft, monkeypatch):
    monkeypatch.setattr(parties, "MOST", 0)

    answer = desk.post(f"{AT}people/new/", {"kind": "person"}, follow=True)
    typing = desk.post(f"{AT}people/new/", {"kind": "person"}, headers=TYPING)

    assert "at most 0 people" in answer.content.decode()
    assert typing["HX-Redirect"] == AT


def test_who_is_refused_over_a_list_reads_neither_the_list_nor_its_law(desk, draft):
    Finding.objects.create(
        application=draft, run=ids.new(), check_name="screening", subject="company", result="fail",
        words="Confirmed to be an entry of a list.", evidence={"saw": "confirmed"},
    )  # fmt: skip
    type(draft).objects.filter(pk=draft.pk).update(status="checking")
    deciding.apply(deciding.decide(draft))

    text = page(desk, "")

    assert "We cannot offer you our services." in text
    for warning in ("United Nations", "sanction", "Confirmed"):
        assert warning not in text
