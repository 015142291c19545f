import csv
import io

import pytest

from acquiring.core import ids
from acquiring.core.models import AuditEntry
from acquiring.exports import making, services
from acquiring.exports.models import Export
from acquiring.payments import checkout
from merchants import services as merchants
from tests import cast

pytestmark = pytest.mark.django_db

PAGE = "/test/exports/"


def form(**facts):
    return {"kind": "customers", "format": "csv", "query": "", **facts}


def body(answer) -> list[list[str]]:
    data = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.fixture
def desk(amber, ambers_shop):
    return cast.at_the_desk(amber)


@pytest.fixture
def shoppers(ambers_shop):
    for number in range(3):
        checkout.create_customer(ambers_shop.merchant.id, name=f"Shopper {number}")


@pytest.fixture
def all_long(monkeypatch):
    monkeypatch.setattr(services, "SHORT_ROWS", 0)


@pytest.fixture
def row(ambers_shop, shoppers):
    return services.ask(ambers_shop.merchant, "customers", {}, "csv", ambers_shop.owner)


def test_a_short_list_comes_at_once(desk, shoppers):
    answer = desk.post(f"{PAGE}new/", form(query="q=shopper+1&after=cus_1"))

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"].startswith('attachment; filename="customers-')
    assert [line[2] for line in body(answer)[1:]] == ["Shopper 1"]
    assert not Export.objects.exists()
    assert AuditEntry.objects.filter(action="export.made").count() == 1


def test_only_the_chosen_rows_are_exported(desk, ambers_shop, chiaras_shop):
    mine = [checkout.create_customer(ambers_shop.merchant.id, name=f"No. {n}") for n in range(3)]
    other = checkout.create_customer(chiaras_shop.merchant.id, name="Stranger")
    answer = desk.post(f"{PAGE}new/", form(query="q=x", only=[str(mine[0]), str(other)]))

    assert [line[2] for line in body(answer)[1:]] == ["No. 0"]
    assert desk.post(f"{PAGE}new/", form(only=["pay_1"])).status_code == 404


def test_a_long_list_is_made_while_the_page_says_how_far_it_is(desk, shoppers, all_long):
    answer = desk.post(f"{PAGE}new/", form())
    page = desk.get(answer.url).content.decode()
    assert "Waiting" in page
    assert 'hx-trigger="every 2s"' in page

    making.look()
    page = desk.get(answer.url, headers={"HX-Target": "export"}).content.decode()
    assert "Ready" in page
    assert "<html" not in page
    assert "hx-trigger" not in page
    file = desk.get(f"{answer.url}file/")
    assert int(file["Content-Length"]) == Export.objects.get().bytes
    assert len(body(file)) == 4


def test_the_page_of_exports_shows_what_was_asked(desk, row):
    assert "Waiting" in desk.get(PAGE).content.decode()
    part = desk.get(PAGE, headers={"HX-Target": "exports"}).content.decode()
    assert "<html" not in part
    making.look()
    assert f"{PAGE}{row.shown}/file/" in desk.get(PAGE).content.decode()


def test_without_exports_the_page_says_how_to_make_one(desk):
    assert "Take your lists with you" in desk.get(PAGE).content.decode()


def test_one_can_be_stopped(desk, row):
    assert desk.post(f"{PAGE}{row.shown}/cancel/").status_code == 302
    assert "It was stopped" in desk.get(f"{PAGE}{row.shown}/").content.decode()
    assert desk.get(f"{PAGE}{row.shown}/file/").status_code == 302


def test_what_cannot_be_exported_is_said(desk):
    answer = desk.post(f"{PAGE}new/", form(query="colour=red"))
    assert answer.status_code == 400
    assert "no filter" in answer.content.decode()
    assert desk.post(f"{PAGE}new/", form(kind="shells")).status_code == 400


def test_a_role_gets_only_the_lists_it_may_see(bashir, ambers_shop, desk):
    merchants.add_member(ambers_shop.business, bashir, "support", "system")
    browser = cast.at_the_desk(bashir)
    row = services.ask(ambers_shop.merchant, "ledger", {}, "csv", ambers_shop.owner)

    assert browser.post(f"{PAGE}new/", form(kind="ledger")).status_code == 403
    assert row.shown not in browser.get(PAGE).content.decode()
    for address in (f"{PAGE}{row.shown}/", f"{PAGE}{row.shown}/file/"):
        assert browser.get(address).status_code == 404
        assert desk.get(address).status_code in {200, 302}


def test_chiara_finds_none_of_ambers_exports(chiara, chiaras_shop, row):
    making.look()
    browser = cast.at_the_desk(chiara)

    assert row.shown not in browser.get(PAGE).content.decode()
    assert browser.get(f"{PAGE}{row.shown}/").status_code == 404
    assert browser.get(f"{PAGE}{row.shown}/file/").status_code == 404
    assert browser.post(f"{PAGE}{row.shown}/cancel/").status_code == 404
    assert len(body(browser.post(f"{PAGE}new/", form()))) == 1


def test_an_export_that_is_none_is_not_found(desk):
    for shown in ("exp_x", ids.show("exp", ids.new()), ids.show("pay", ids.new())):
        assert desk.get(f"{PAGE}{shown}/").status_code == 404


def test_a_page_of_exports_costs_few_queries(desk, ambers_shop, django_assert_max_num_queries):
    for _again in range(8):
        services.ask(ambers_shop.merchant, "customers", {}, "csv", ambers_shop.owner)

    with django_assert_max_num_queries(12):
        desk.get(PAGE)
