"""A paper is what its bytes are, and nothing else besides. Read in this process, for speed."""

from __future__ import annotations

import io
import zipfile

import pikepdf
import pytest
from PIL import Image

from merchants.onboarding.papers import rules
from merchants.onboarding.papers.reader import answer
from merchants.onboarding.papers.rules import Refused
from merchants.onboarding.papers.sniffing import sniff
from tests.onboarding import sheets


def read(content: bytes) -> dict:
    return answer({"verb": "read"}, content)[0]


def refused(content: bytes) -> str:
    with pytest.raises(Refused) as caught:
        read(content)
    return str(caught.value)


def action(kind: str, **members):
    """A change to a PDF: it does something when it is opened."""

    def change(pdf):
        pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name(f"/{kind}"), **members)

    return change


def hidden_deeply(pdf):
    deed = pikepdf.Dictionary(S=pikepdf.Name("/JavaScript"), JS=pikepdf.String("app.alert(1)"))
    pdf.pages[0].AA = pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name("/GoTo"), Next=deed))


def with_file(pdf):
    pdf.attachments["terms.txt"] = b"read me"


def with_film(pdf):
    note = pikepdf.Dictionary(Type=pikepdf.Name("/Annot"), Subtype=pikepdf.Name("/RichMedia"))
    pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(note)])


def with_xfa(pdf):
    pdf.Root.AcroForm = pikepdf.Dictionary(XFA=pikepdf.String("<xdp/>"), Fields=pikepdf.Array())


def archive() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr("run.sh", "echo")
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (sheets.jpeg(), rules.JPEG),
        (sheets.png(), rules.PNG),
        (sheets.heic(), rules.HEIC),
        (sheets.pdf(), rules.PDF),
    ],
    ids=["jpeg", "png", "heic", "pdf"],
)
def test_the_kinds_of_paper_are_read_and_drawn_anew(content, media_type):
    facts, thumbnail = answer({"verb": "read"}, content)

    assert (facts["type"], facts["pages"], facts["remarks"]) == (media_type, 1, ())
    with Image.open(io.BytesIO(thumbnail)) as small:
        assert (small.format, max(small.size)) == ("PNG", rules.THUMBNAIL_SIDE)


def test_what_the_camera_wrote_is_in_no_picture_we_draw():
    notes = Image.Exif()
    notes[0x010E] = "taken at the kitchen table"
    content = sheets.jpeg(exif=notes)

    assert b"kitchen" in content
    for verb in ({"verb": "read"}, {"verb": "page", "number": 1, "side": 900}):
        assert b"kitchen" not in answer(verb, content)[1]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"just words", "no kind of file"),
        (b"MZ" + bytes(500), "A paper is a JPEG, PNG or HEIC picture or a PDF"),
        (sheets.heic()[:900], "damaged"),
        (b"GIF89a" + bytes(100), "GIF"),
        (b"\xff\xd8\xff" + bytes(rules.LARGEST_BYTES), "8 MB"),
        (sheets.jpeg()[:2000], "damaged"),
        (sheets.png()[:2000], "cut off"),
        (sheets.png(sheets.sheet(size=(240, 160))), "too small to read"),
        (sheets.png(Image.new("1", (9000, 9000))), "megapixels"),
        (sheets.pdf()[:900], "damaged"),
        (sheets.png(save_all=True, append_images=[sheets.sheet("moving")]), "moving"),
    ],
    ids=lambda value: None if isinstance(value, bytes) else value,
)
def test_what_is_no_paper_is_refused_in_words_that_help(content, words):
    assert words in refused(content)


@pytest.mark.parametrize(
    "content",
    [
        sheets.jpeg() + archive(),
        sheets.jpeg() + b"<script>alert(1)</script>",
        sheets.jpeg(comment=b"<?php system($_GET[0]); ?>"),
        sheets.jpeg() + sheets.pdf(),
        sheets.png() + b"more",
        sheets.pdf() + archive(),
        sheets.pdf() + b"<html>",
    ],
    ids=["jpeg+zip", "jpeg+script", "jpeg+php", "jpeg+pdf", "png+more", "pdf+zip", "pdf+html"],
)
def test_a_file_that_is_two_things_is_refused(content):
    assert "anew" in refused(content)


def test_what_a_large_photo_holds_by_chance_is_no_web_page():
    assert sniff(sheets.jpeg(comment=b"<svg\x9b<HTML\xf7")) == rules.JPEG


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (action("JavaScript", JS=pikepdf.String("app.alert(1)")), "a script"),
        (action("Launch", F=pikepdf.String("calc.exe")), "starts a program"),
        (action("SubmitForm", F=pikepdf.String("https://example.com")), "sends itself"),
        (hidden_deeply, "a script"),
        (with_file, "another file"),
        (with_film, "a film"),
        (with_xfa, "acts by itself"),
    ],
    ids=["script", "launch", "submit", "chained", "attachment", "film", "xfa"],
)
def test_a_pdf_that_acts_is_refused(change, what):
    assert what in refused(sheets.pdf(change))


def test_a_script_that_only_a_lenient_reader_finds_is_found():
    hidden = b"9 0 obj<</S/Java#53cript/JS(app.alert\\(1\\))>>endobj\n"
    content = sheets.pdf()
    at = content.index(b"\n", 10) + 1  # after the head, where no table of the file points

    assert "a script" in refused(content[:at] + hidden + content[at:])


@pytest.mark.parametrize("user", ["secret", ""], ids=["to open", "to print"])
def test_a_protected_pdf_is_refused(user):
    protection = pikepdf.Encryption(owner="other", user=user)

    assert "protected" in refused(sheets.pdf(encryption=protection))


def test_a_pdf_has_at_most_thirty_pages():
    def many(pdf):
        for _ in range(rules.MOST_PAGES):
            pdf.pages.append(pdf.pages[0])

    assert "31 pages" in refused(sheets.pdf(many))


def test_a_link_in_a_pdf_harms_nobody():
    def linked(pdf):
        deed = pikepdf.Dictionary(
            S=pikepdf.Name("/URI"), URI=pikepdf.String("https://bank.example")
        )
        note = pikepdf.Dictionary(Subtype=pikepdf.Name("/Link"), A=deed, Rect=[0, 0, 9, 9])
        pdf.pages[0].Annots = pikepdf.Array([pdf.make_indirect(note)])

    assert read(sheets.pdf(linked))["type"] == rules.PDF


def test_what_a_person_would_ask_anew_is_remarked():
    assert read(sheets.blurred())["remarks"] == ("blurred",)
    assert read(sheets.jpeg(Image.new("RGB", (900, 700), "white")))["remarks"] == ("blank",)
    assert "dark" in read(sheets.jpeg(sheets.sheet().point(lambda light: light // 7)))["remarks"]


def test_every_page_can_be_drawn_and_no_other():
    content = sheets.pdf(lambda pdf: pdf.pages.append(pdf.pages[0]))

    drawn = answer({"verb": "page", "number": 2, "side": 800}, content)[1]
    with Image.open(io.BytesIO(drawn)) as picture:
        assert (picture.format, max(picture.size)) == ("JPEG", 800)
    with pytest.raises(Refused):
        answer({"verb": "page", "number": 3, "side": 800}, content)
