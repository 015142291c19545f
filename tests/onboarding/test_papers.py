"""Papers are taken, looked at, kept sealed for their time, and shown to nobody in place."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from datetime import timedelta
from threading import Thread

import pytest

from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.core.models import AuditEntry, Event
from merchants.onboarding import applying, documents, parties, queries
from merchants.onboarding.models import Application, Document, DocumentPiece
from merchants.onboarding.papers import apart, checks, pieces, retention, serving
from merchants.onboarding.papers.rules import Refused
from tests.onboarding import sheets

pytestmark = pytest.mark.django_db
WHO = "user:amber"
EXTRACT = "register_extract"


@pytest.fixture
def application(ambers_shop) -> Application:
    return applying.open_for(ambers_shop.business, "live", WHO)


near = pytest.mark.usefixtures("_near")


class Scanner:
    """clamd as far as papers need it: reads one INSTREAM, says what it was told to say."""

    def __init__(self, says: str) -> None:
        self.says, self.got = says, b""
        self.door = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.door.getsockname()[1]}"
        Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self.door.accept()
        with connection, connection.makefile("rb") as said:
            assert said.read(10) == b"zINSTREAM\0"
            while length := struct.unpack(">I", said.read(4))[0]:
                self.got += said.read(length)
            connection.sendall(self.says.encode() + b"\0")


@pytest.fixture
def scanner(settings) -> Iterator[Scanner]:
    made = Scanner("stream: OK")
    settings.DOCUMENT_SCANNER = made.address
    yield made
    made.door.close()


def refusal(application, content: bytes = b"", kind: str = EXTRACT, **more) -> Problem:
    with pytest.raises(Problem) as caught:
        documents.take(application, WHO, kind, "paper.jpg", content or sheets.jpeg(), **more)
    return caught.value


def test_a_paper_is_read_apart_and_kept_sealed_as_it_came(application):
    content = sheets.jpeg()

    taken = documents.take(application, WHO, EXTRACT, "C:\\scans\\extract.jpg", content)

    assert (taken.status, taken.type, taken.scan) == ("received", "image/jpeg", "not_scanned")
    assert taken.name == "C: scans extract.jpg"
    assert documents.content(taken) == content
    assert documents.picture(taken).startswith(b"\x89PNG")
    stored = b"".join(bytes(one) for one in DocumentPiece.objects.values_list("sealed", flat=True))
    assert content[:64] not in stored
    assert [paper.kind for paper in queries.facts(application).papers] == [EXTRACT]
    assert Event.objects.filter(type="onboarding.document.received").count() == 1


def test_the_process_apart_has_what_a_phones_photo_needs():
    assert apart.read(sheets.heic()).type == "image/heic"


def test_a_file_that_breaks_its_reader_is_refused_and_nothing_else_happens(monkeypatch):
    broken = [apart.COMMAND[0], "-c", "import os; os.abort()"]
    monkeypatch.setattr(apart, "COMMAND", broken)
    with pytest.raises(Refused, match="cannot be read"):
        apart.read(sheets.jpeg())


@near
def test_a_large_paper_lies_in_pieces_that_open_only_in_their_place(application, monkeypatch):
    monkeypatch.setattr(pieces, "PIECE_BYTES", 10_000)
    content = sheets.png()
    taken = documents.take(application, WHO, EXTRACT, "a.png", content)

    rows = list(DocumentPiece.objects.filter(of="content").order_by("number"))
    assert len(rows) == -(-len(content) // 10_000) > 2
    assert documents.content(taken) == content
    rows[0].sealed, rows[1].sealed = rows[1].sealed, rows[0].sealed
    DocumentPiece.objects.bulk_update(rows[:2], ["sealed"])
    with pytest.raises(Exception, match="not sealed as"):
        documents.content(taken)


@near
def test_the_same_file_for_the_same_place_is_the_paper_that_is_there(application):
    first = documents.take(application, WHO, EXTRACT, "a.jpg", sheets.jpeg())
    again = documents.take(application, WHO, EXTRACT, "b.jpg", sheets.jpeg())

    assert first.pk == again.pk
    documents.refuse(first, "user:dora", "unreadable")
    assert "very file was refused" in refusal(application).message


@near
def test_another_file_replaces_what_nobody_has_looked_at(application):
    first = documents.take(application, WHO, EXTRACT, "a.jpg", sheets.jpeg())
    second = documents.take(application, WHO, EXTRACT, "b.jpg", sheets.blurred())

    first.refresh_from_db()
    assert (first.status, second.remarks) == ("deleted", ["blurred"])
    assert documents.picture(first) is None
    with pytest.raises(Problem, match="deleted"):
        documents.content(first)


@near
def test_reviewers_see_the_same_file_in_another_business(application, chiaras_shop):
    other = applying.open_for(chiaras_shop.business, "live", "user:chiara")
    taken = documents.take(application, WHO, EXTRACT, "a.jpg", sheets.jpeg())
    copied = documents.take(other, "user:chiara", "articles", "b.jpg", sheets.jpeg())

    twins = documents.twins([taken])
    assert [one.pk for one in twins[taken.digest]] == [copied.pk, taken.pk]


@near
def test_a_paper_has_its_place(application, chiaras_shop):
    other = applying.open_for(chiaras_shop.business, "live", "user:chiara")
    stranger = parties.add(other, "user:chiara", {"name": "Someone"})
    own = parties.add(application, WHO, {"name": "Amber Reed", "roles": ["owner"]})

    assert refusal(application, kind="passport_of_mars").param == "kind"
    assert refusal(application, kind="identity").param == "party"
    assert refusal(application, party=own).param == "party"
    assert refusal(application, kind="identity", party=stranger).code == "not_found"
    assert refusal(application, side=3).param == "side"
    to_come = clock.now().date() + timedelta(days=2)  # tomorrow has begun in the east
    assert refusal(application, issued_on=to_come).param == "issued_on"
    taken = documents.take(application, WHO, "identity", "a.jpg", sheets.jpeg(), party=own)
    assert documents.path(taken) == f"documents.identity.{own.shown}"


def test_the_scanner_hears_the_file_and_its_word_is_kept(application, scanner, monkeypatch):
    content = sheets.jpeg()
    taken = documents.take(application, WHO, EXTRACT, "a.jpg", content)

    assert (taken.scan, scanner.got) == ("clean", content)


def test_malware_is_refused_and_said_in_the_platforms_audit_log(application, scanner):
    scanner.says = "stream: Eicar-Test-Signature FOUND"

    assert "malware" in refusal(application).message
    assert not Document.objects.exists()
    assert AuditEntry.objects.filter(action="document.not_taken").count() == 1


@pytest.mark.parametrize("says", ["INSTREAM size limit exceeded. ERROR", ""])
def test_without_the_scanners_word_nothing_is_taken(application, scanner, says):
    scanner.says = says

    assert refusal(application).code == "unavailable"


def test_a_scanner_that_is_away_opens_no_door(application, settings):
    with socket.create_server(("127.0.0.1", 0)) as door:
        settings.DOCUMENT_SCANNER = f"127.0.0.1:{door.getsockname()[1]}"

    assert refusal(application).code == "unavailable"


@near
def test_a_refused_paper_is_due_again_and_says_why(application):
    taken = documents.take(application, WHO, EXTRACT, "a.jpg", sheets.jpeg())
    version = Application.objects.get().version
    documents.refuse(taken, "user:dora", "too_old")

    paper = queries.facts(application).papers[0]
    assert paper.status == "refused"
    assert paper.reason == "It is older than it may be. Please send a recent one."
    assert Application.objects.get().version == version + 1
    said = Event.objects.get(type="onboarding.document.refused").payload
    assert (said["id"], said["reason"]) == (taken.shown, paper.reason)
    documents.accept(taken, "user:dora")
    assert queries.facts(application).papers[0].status == "accepted"


@near
def test_what_was_handed_in_is_not_taken_back(application):
    before = documents.take(application, WHO, EXTRACT, "a.jpg", sheets.jpeg())
    Application.objects.update(sent_at=clock.now(), status="needs_information")
    after = documents.take(application, WHO, "articles", "b.jpg", sheets.jpeg())

    documents.delete(after, WHO, "A mistake.")
    with pytest.raises(Problem, match="as long as the law asks"):
        documents.delete(before, WHO, "A mistake.")


@near
def test_papers_leave_as_pictures_drawn_anew_or_as_files_to_keep(application):
    taken = documents.take(application, WHO, EXTRACT, "<b>.pdf", sheets.pdf())

    small, page, file = serving.thumbnail(taken), serving.page(taken), serving.original(taken)

    assert (small["Content-Type"], page["Content-Type"]) == ("image/png", "image/jpeg")
    assert file["Content-Disposition"] == f'attachment; filename="{taken.shown}.pdf"'
    for answer in (small, page, file):
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "no-store" in answer["Cache-Control"]


@near
@pytest.mark.parametrize(
    ("facts", "days", "deleted"),
    [
        ({"status": "draft"}, 29, False),
        ({"status": "draft"}, 31, True),
        ({"status": "draft", "sent_at": "then"}, 31, False),
        ({"status": "needs_information", "sent_at": "then"}, 366 * 5 + 1, True),
        ({"status": "refused", "sent_at": "then", "decided_at": "then"}, 366 * 5 - 1, False),
        ({"status": "refused", "sent_at": "then", "decided_at": "then"}, 366 * 5 + 1, True),
        ({"status": "approved", "sent_at": "then", "decided_at": "then"}, 366 * 20, False),
    ],
)
def test_papers_are_deleted_when_their_time_is_over(application, facts, days, deleted):
    taken = documents.take(application, WHO, EXTRACT, "a.jpg", sheets.jpeg())
    then = clock.now() - timedelta(days=days)
    moments = {name: then if value == "then" else value for name, value in facts.items()}
    Application.objects.update(**moments, changed_at=then)

    assert retention.sweep() == int(deleted)

    taken.refresh_from_db()
    assert (taken.status == "deleted") is deleted
    assert DocumentPiece.objects.exists() is not deleted


@near
def test_the_years_of_a_business_that_left_count_from_when_it_left(application, ambers_shop):
    taken = documents.take(application, WHO, EXTRACT, "a.jpg", sheets.jpeg())
    Application.objects.update(status="approved", decided_at=clock.now(), country="IT")
    live = ambers_shop.business.merchants.create(
        mode="live", name="Amber Lamps", default_currency="EUR", status="closed"
    )

    assert retention.sweep() == 0
    taken.refresh_from_db()
    assert (taken.delete_after - clock.now()).days in {3659, 3660}
    with clock.shifted(timedelta(days=3661)):
        assert retention.sweep() == 1
    live.status = "active"
    live.save()


@near
def test_a_business_that_came_back_keeps_its_papers(application, ambers_shop):
    taken = documents.take(application, WHO, EXTRACT, "a.jpg", sheets.jpeg())
    Application.objects.update(status="approved", decided_at=clock.now())
    live = ambers_shop.business.merchants.create(
        mode="live", name="Amber Lamps", default_currency="EUR", status="closed"
    )
    retention.sweep()
    live.status = "active"
    live.save()

    retention.sweep()

    taken.refresh_from_db()
    assert taken.delete_after is None


@pytest.mark.parametrize(("country", "years"), [("DE", 5), ("IT", 10), ("AR", 10), ("FJ", 5)])
def test_papers_are_kept_as_long_as_the_table_or_the_market_s_modules_ask(country, years):
    assert retention.years(country) == years


def test_the_tables_are_whole_and_a_wrong_scanner_is_named(settings):
    assert checks.check() == []
    settings.DOCUMENT_SCANNER = "clamd"
    assert "CARAVEL_DOCUMENT_SCANNER" in checks.check()[0]


def test_who_sends_one_bad_file_after_the_other_has_to_wait(application, monkeypatch):
    monkeypatch.setattr(documents, "MOST_REFUSED", 1)
    assert refusal(application, content=b"GIF89a").param == "file"

    assert refusal(application).code == "rate_limited"
