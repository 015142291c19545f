"""Lists become files: whole, exact, harmless, and only for whom they are meant."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone, translation

from acquiring.core import clock, ids
from acquiring.core.errors import Problem
from acquiring.core.models import AuditEntry
from acquiring.core.money import Money
from acquiring.exports import faces, kinds, making, queries, services
from acquiring.exports.models import Export, Piece
from acquiring.payments import checkout

pytestmark = pytest.mark.django_db


def customers(shop, count, **facts):
    for number in range(count):
        given = {"name": f"Shopper {number}", "email": f"{number}@example.com", **facts}
        checkout.create_customer(shop.merchant.id, **given)


def ask(shop, kind="customers", filters=None, format="csv"):
    return services.ask(shop.merchant, kind, filters or {}, format, shop.owner)


def read(row) -> list[list[str]]:
    data = b"".join(queries.file(row))
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.fixture
def small_pages(monkeypatch):
    monkeypatch.setattr(kinds, "PAGE_ROWS", 3)


def test_a_list_becomes_a_file_page_by_page(ambers_shop, small_pages):
    customers(ambers_shop, 7)
    row = ask(ambers_shop)
    assert making.look() == 1

    row.refresh_from_db()
    assert (row.status, row.rows_done, row.rows_expected) == ("done", 7, 7)
    assert row.expires_at - row.finished_at == pytest.approx(making.KEPT, abs=timedelta(seconds=5))
    lines = read(row)
    assert lines[0] == ["Customer", "Created", "Full name", "E-mail", "Phone", "Reference"]
    assert [line[2] for line in lines[1:]] == [f"Shopper {number}" for number in range(6, -1, -1)]
    assert row.bytes == sum(len(piece) for piece in queries.file(row))


def test_a_large_file_lies_in_pieces(ambers_shop, monkeypatch):
    monkeypatch.setattr(making, "PIECE_BYTES", 100)
    customers(ambers_shop, 5)
    row = ask(ambers_shop)
    making.look()

    assert Piece.objects.filter(export_id=row.id).count() > 3
    assert len(read(Export.objects.get(id=row.id))) == 6


def test_a_file_speaks_the_language_and_the_zone_of_who_asked(ambers_shop):
    ambers_shop.merchant.time_zone = "Asia/Singapore"
    customers(ambers_shop, 1)
    with translation.override("zh-hans"):
        row = ask(ambers_shop)
    making.look()

    heading, line = read(row)
    assert heading[2] == "姓名"
    assert line[1].endswith("+08:00")


def test_another_merchants_rows_are_not_in_it(ambers_shop, chiaras_shop):
    customers(chiaras_shop, 2)
    row = ask(ambers_shop)
    making.look()

    assert len(read(row)) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("+4930123", "'+4930123"),
        ("-2+3", "'-2+3"),
        ("\tx", "'\tx"),
        ("-12.50", "-12.50"),
        ("Lamp = 3", "Lamp = 3"),
    ],
)
def test_no_cell_is_taken_for_a_formula(text, shown):
    assert faces.harmless(text) == shown


def test_a_workbook_holds_numbers_texts_and_a_second_sheet_when_the_first_is_full(monkeypatch):
    monkeypatch.setattr(faces, "SHEET_ROWS", 3)
    columns = (
        kinds.Column("amount", "Amount", lambda row: Money(row, "EUR")),
        kinds.Column("created_at", "Created", lambda row: clock.now()),
        kinds.Column("name", "Name", lambda row: "=1+1"),
    )
    into = io.BytesIO()
    zone = making.ZoneInfo("Europe/Berlin")
    face = faces.face("xlsx", into, "A [list]", columns, zone)
    face.add([1999, 12_345_678_901_234_567, 5])
    face.close()

    book = zipfile.ZipFile(into)
    first = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<v>19.99</v>" in first
    assert "123456789012345.67</t>" in first  # longer than a workbook's numbers are exact
    assert "Created (Europe/Berlin)</t>" in first
    assert "<t>=1+1</t>" in first
    assert "<f>" not in first
    assert "<v>0.05</v>" in book.read("xl/worksheets/sheet2.xml").decode()


def test_every_list_can_be_made_in_every_format(ambers_shop):
    wanted = [
        ask(ambers_shop, kind.name, format=one)
        for kind in kinds.every()
        for one in faces.FORMATS
        if not making.look()
    ]
    making.look()

    made = Export.objects.filter(id__in=[row.id for row in wanted])
    assert {row.status for row in made} == {"done"}


def test_a_filter_the_list_does_not_have_is_refused_rather_than_passed_over(ambers_shop):
    with pytest.raises(Problem) as refused:
        ask(ambers_shop, filters={"colour": ["red"]})
    assert refused.value.param == "colour"
    assert ask(ambers_shop, filters={"after": ["cus_1"], "q": [""]})


@pytest.mark.parametrize(("kind", "format"), [("shells", "csv"), ("customers", "pdf")])
def test_what_is_no_list_or_no_format_is_refused(ambers_shop, kind, format):
    with pytest.raises(Problem):
        ask(ambers_shop, kind=kind, format=format)


def test_a_filter_is_kept(ambers_shop):
    customers(ambers_shop, 3)
    row = ask(ambers_shop, filters={"q": ["shopper 1"]})
    making.look()

    assert [line[2] for line in read(row)[1:]] == ["Shopper 1"]


def test_a_worker_that_died_is_replaced_and_nothing_is_doubled(ambers_shop, small_pages):
    customers(ambers_shop, 4)
    row = ask(ambers_shop)
    dead = making.claim()
    assert (dead.id, making.look()) == (row.id, 0)

    with time_machine.travel(timezone.now() + making.LEASE + timedelta(seconds=1)):
        assert making.look() == 1
    assert len(read(row)) == 5

    with pytest.raises(making.Lost):
        making._renew(dead, rows_done=9)


def test_what_kills_its_worker_each_time_is_given_up(ambers_shop):
    row = ask(ambers_shop)
    for again in range(making.TRIES):
        with time_machine.travel(timezone.now() + (making.LEASE + timedelta(seconds=1)) * again):
            making.claim()
    with time_machine.travel(timezone.now() + making.LEASE * (making.TRIES + 1)):
        making.look()
    row.refresh_from_db()
    assert (row.status, row.fault) == ("failed", "crashed")


def test_a_list_that_fails_is_tried_again_and_then_said(ambers_shop, monkeypatch):
    monkeypatch.setattr(kinds, "pages", lambda *_: 1 / 0)
    row = ask(ambers_shop)
    making.look()
    row.refresh_from_db()
    assert (row.status, row.tries) == ("waiting", 1)

    for again in range(1, making.TRIES):
        with time_machine.travel(timezone.now() + making.AGAIN * 2 * again):
            making.look()
    row.refresh_from_db()
    assert (row.status, row.fault) == ("failed", "error")


def test_a_file_that_is_too_large_is_not_kept(ambers_shop, monkeypatch):
    monkeypatch.setattr(making, "LARGEST_BYTES", 10)
    row = ask(ambers_shop)
    making.look()

    row.refresh_from_db()
    assert (row.status, row.fault) == ("failed", "too_large")
    assert not Piece.objects.exists()


def test_a_canceled_export_stops_at_its_next_page(ambers_shop):
    row = ask(ambers_shop)
    held = making.claim()
    assert services.cancel(row, ambers_shop.owner)
    with pytest.raises(making.Lost):
        making._renew(held, rows_done=1)
    assert not services.cancel(row, ambers_shop.owner)


def test_a_file_is_forgotten_after_three_days(ambers_shop):
    row = ask(ambers_shop)
    making.look()
    assert services.expire() == 0

    with time_machine.travel(timezone.now() + making.KEPT + timedelta(minutes=1)):
        assert services.expire() == 1
    row.refresh_from_db()
    assert row.status == "expired"
    assert not Piece.objects.exists()
    with pytest.raises(Problem):
        services.note_download(row, ambers_shop.owner)


def test_only_so_many_are_made_at_a_time(ambers_shop):
    for _again in range(services.UNDER_WAY_AT_MOST):
        ask(ambers_shop)
    with pytest.raises(Problem) as refused:
        ask(ambers_shop)
    assert refused.value.code == "invalid_state"


def test_asking_and_taking_away_are_in_the_audit_log(ambers_shop):
    row = ask(ambers_shop)
    making.look()
    row.refresh_from_db()
    services.note_download(row, ambers_shop.owner)

    kept = AuditEntry.objects.filter(subject=row.shown).order_by("id")
    assert [one.action for one in kept] == ["export.asked", "export.done", "export.downloaded"]


def test_an_export_of_another_merchant_is_not_found(ambers_shop, chiaras_shop):
    row = ask(ambers_shop)
    for merchant, shown in ((chiaras_shop, row.shown), (ambers_shop, ids.show("exp", ids.new()))):
        with pytest.raises(Problem) as refused:
            queries.export(merchant.merchant.id, shown)
        assert refused.value.code == "not_found"
