"""How a merchant looks, and what its people are told about."""

from __future__ import annotations

import struct
import zlib

import pytest

from acquiring.core.errors import Problem
from acquiring.core.models import AuditEntry
from merchants import branding, notices, pictures, queries
from merchants.models import Store

pytestmark = pytest.mark.django_db


def png(width: int = 64, height: int = 64) -> bytes:
    """A PNG of one grey."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + check

    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )


def jpeg(width: int = 64, height: int = 48) -> bytes:
    """The frame of a JPEG with what a camera wrote into it."""
    camera = b"Exif\0\0Somewhere 52.5N"
    size = struct.pack(">BHHB", 8, height, width, 1) + b"\x01\x11\x00"
    return (
        b"\xff\xd8"
        + (b"\xff\xe1" + struct.pack(">H", len(camera) + 2) + camera)
        + (b"\xff\xc0" + struct.pack(">H", len(size) + 2) + size)
        + b"\xff\xda\x00\x02picture\xff\xd9"
    )


def svg(inside: str = "<path d='M0 0h9v9z'/>", head: str = "") -> bytes:
    return (
        f"{head}<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 9'>{inside}</svg>".encode()
    )


def test_a_shop_that_chose_nothing_still_has_a_look(ambers_shop):
    look = queries.branding(ambers_shop.merchant.id)

    assert look.name == "Amber Lamps"
    assert (look.colour, look.radius, look.logo_url) == ("#0b6785", 8, "")


def test_what_was_chosen_is_shown_and_told_to_the_audit_log(ambers_shop):
    chosen = {"display_name": "Amber", "colour": "#AA3300", "support_phone": "+49 (30) 123-456"}
    branding.change(ambers_shop.merchant.id, "user:usr_1", {**chosen, "radius": 0})

    look = queries.branding(ambers_shop.merchant.id)
    assert (look.name, look.colour, look.radius) == ("Amber", "#aa3300", 0)
    assert look.support_phone == "+4930123456"
    entry = AuditEntry.objects.get(merchant_id=ambers_shop.merchant.id, action="branding.changed")
    assert entry.changes["colour"] == ["#0b6785", "#aa3300"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("colour", "red"),
        ("radius", 99),
        ("support_email", "amber"),
        ("support_phone", "030 12345"),
        ("terms_url", "javascript:alert(1)"),
        ("receipt_footer", "x" * 501),
    ],
)
def test_what_cannot_be_is_refused_by_name(ambers_shop, name, value):
    with pytest.raises(Problem) as refused:
        branding.change(ambers_shop.merchant.id, "system", {name: value})
    assert refused.value.param == name


def test_a_store_looks_as_all_do_but_for_what_is_its_own(ambers_shop):
    merchant, store = ambers_shop.merchant.id, ambers_shop.store
    everywhere = {"display_name": "Amber", "colour": "#aa3300", "support_email": "a@amber.example"}
    branding.change(merchant, "system", everywhere)
    branding.change(merchant, "system", {"colour": "#00aa33"}, store.id)
    branding.change_logo(merchant, "system", png(), store.id)
    Store.objects.filter(pk=store.id).update(website="https://airport.amber.example")

    look, common = queries.branding(merchant, store.id), queries.branding(merchant)
    assert (look.name, look.colour, common.colour) == ("Amber", "#00aa33", "#aa3300")
    assert look.support_email == "a@amber.example"
    assert (bool(look.logo_url), common.logo_url) == (True, "")
    assert (look.website, common.website) == ("https://airport.amber.example", "")
    assert branding.own(merchant, store.id) == {"colour", "logo"}
    assert branding.stores_apart(merchant) == {store.id: 2}

    branding.change(merchant, "system", {"display_name": "Amber & Co"})
    assert queries.branding(merchant, store.id).name == "Amber & Co"


def test_a_stores_own_look_stays_its_own_though_it_is_the_same_today(ambers_shop):
    merchant, store = ambers_shop.merchant.id, ambers_shop.store.id
    branding.change(merchant, "system", {"colour": "#0b6785"}, store)
    branding.change(merchant, "system", {"colour": "#aa3300"})
    assert queries.branding(merchant, store).colour == "#0b6785"


def test_what_a_store_gives_up_is_again_as_everywhere(ambers_shop):
    merchant, store = ambers_shop.merchant.id, ambers_shop.store.id
    branding.change(merchant, "system", {"colour": "#00aa33", "radius": 0}, store)
    branding.change_logo(merchant, "system", svg(), store)

    branding.inherit(merchant, "system", store, ["colour", "logo"])

    look = queries.branding(merchant, store)
    assert (look.colour, look.logo_url, look.radius) == ("#0b6785", "", 0)
    entry = AuditEntry.objects.filter(merchant_id=merchant).order_by("-id").first()
    assert entry.changes["colour"] == ["#00aa33", None]


def test_a_stores_look_is_the_merchants_to_change(ambers_shop, chiaras_shop):
    with pytest.raises(Problem, match="no such store"):
        branding.change(
            chiaras_shop.merchant.id, "system", {"colour": "#00aa33"}, ambers_shop.store.id
        )


@pytest.mark.parametrize("data", [png(), jpeg(), svg()])
def test_a_logo_is_kept_under_an_address_of_its_own(ambers_shop, data):
    branding.change_logo(ambers_shop.merchant.id, "system", data)

    _, _, merchant, digest = queries.branding(ambers_shop.merchant.id).logo_url.split("/")
    found = branding.logo(merchant, digest)
    assert found.type in {"image/png", "image/jpeg", "image/svg+xml"}
    branding.change_logo(ambers_shop.merchant.id, "system", None)
    with pytest.raises(Problem, match="no such logo"):
        branding.logo(merchant, digest)


def test_a_logo_is_served_to_strangers_and_cannot_do_anything(ambers_shop, client):
    branding.change_logo(ambers_shop.merchant.id, "system", svg())

    answer = client.get(queries.branding(ambers_shop.merchant.id).logo_url)

    assert (answer.status_code, answer["Content-Type"]) == (200, "image/svg+xml")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert "immutable" in answer["Cache-Control"]
    assert client.get(f"/logo/{ambers_shop.merchant.id}/x").status_code == 404


def test_a_photograph_does_not_tell_where_it_was_taken():
    picture = pictures.read(jpeg())

    assert b"Exif" not in picture.data
    assert picture.data.endswith(b"picture\xff\xd9")


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"GIF89a...", "PNG, JPEG or SVG"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 600_000, "512 kB"),
        (png(16, 64), "32 to 4096"),
        (png()[:20], "cut off"),
        (jpeg(9000, 90), "32 to 4096"),
        (jpeg()[:40], "cut off"),
        (svg("<script>alert(1)</script>"), "more than drawing"),
        (svg("<foreignObject/>"), "more than drawing"),
        (svg("<path onload='alert(1)' d='M0 0'/>"), "more than drawing"),
        (svg("<use href='https://evil.example/x.svg#a'/>"), "more than drawing"),
        (svg("<rect fill='url(https://evil.example/x)'/>"), "more than drawing"),
        (svg("<style>*{}</style>"), "more than drawing"),
        (svg(head="<!DOCTYPE svg [<!ENTITY a 'b'>]>"), "more than drawing"),
        (svg("<path"), "damaged"),
    ],
)
def test_a_file_that_is_no_harmless_picture_is_refused(data, word):
    with pytest.raises(Problem, match=word):
        pictures.read(data)


def test_notices_come_as_their_table_says_until_a_person_chooses(ambers_shop):
    before = queries.notice_preferences(ambers_shop.owner.id, ambers_shop.merchant.id)
    assert before["dispute.opened"] == {"email", "portal"}

    notices.prefer(
        ambers_shop.owner,
        ambers_shop.merchant,
        {"dispute.opened": [], "api_key.created": ["email"]},
    )

    after = queries.notice_preferences(ambers_shop.owner.id, ambers_shop.merchant.id)
    assert after["dispute.opened"] == set()
    assert after["api_key.created"] == {"email", "portal"}, "kept in the portal"
    assert after["export.ready"] == {"portal"}


def test_there_is_no_notice_about_what_never_happens(ambers_shop):
    with pytest.raises(Problem, match="no notice"):
        notices.prefer(ambers_shop.owner, ambers_shop.merchant, {"weather": ["email"]})


def test_a_notice_goes_only_where_a_role_may_look():
    for notice in notices.kinds().values():
        queries.roles.may("owner", notice.permission)
        assert notice.ways <= set(notices.WAYS)
