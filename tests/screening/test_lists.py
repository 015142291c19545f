"""A list is loaded whole or not at all, in versions that can be compared and never change."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from acquiring.core import clock
from acquiring.core.models import AuditEntry
from merchants.screening import lists
from merchants.screening.loaders.reading import BrokenList
from merchants.screening.models import ListedEntry, ListVersion
from tests.screening.test_loaders import OFAC

pytestmark = pytest.mark.django_db

TEST_LIST = lists.DATA / "test_list.xml"


@pytest.fixture
def publish(tmp_path):
    """Load the test list with some of its text changed, published on a later day each time."""
    days = iter(range(2, 28))

    def load(*changes: tuple[str, str], source: str = "un") -> ListVersion:
        text = TEST_LIST.read_text("utf-8").replace("2026-01-01T", f"2026-01-{next(days):02}T")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "list.xml"
        path.write_text(text, "utf-8")
        return lists.load(source, [path], "user:usr_1")

    return load


def test_a_first_load_adds_everything(publish):
    version = publish()

    assert (version.number, version.entries, version.added) == (1, 5, 5)
    assert lists.active() == {"un": version}
    assert {entry.id for entry in lists.entries_of("un", 1)} == {f"TEST.00{n}" for n in range(1, 6)}
    assert AuditEntry.objects.get(action="screening.list_loaded").actor == "user:usr_1"


def test_the_next_version_says_what_came_changed_and_left(publish):
    publish()
    text = TEST_LIST.read_text("utf-8")
    start = text.index("<ENTITY>", text.index("</ENTITY>"))
    last = text[start : text.index("</ENTITY>", start) + len("</ENTITY>")]
    version = publish(
        (">Specimen<", ">Paradigm<"), (last, last.replace("TEST.005", "TEST.006")), source="un"
    )

    assert (version.number, version.added, version.changed, version.removed) == (2, 1, 1, 1)
    added, changed, removed = sorted(
        lists.changes_between("un", 1, 2),
        key=lambda one: (one.before is not None, one.after is None),
    )
    assert added.entry_id == "TEST.006"
    assert (changed.before.name, changed.after.name) == (
        "Specimen Watchlisted",
        "Paradigm Watchlisted",
    )
    assert (removed.entry_id, removed.after) == ("TEST.005", None)
    assert ListVersion.objects.filter(state="active").get() == version


def test_a_former_version_reads_as_it_was(publish):
    publish()
    publish((">Specimen<", ">Paradigm<"))

    assert "Specimen Watchlisted" in {entry.name for entry in lists.entries_of("un", 1)}
    assert "Paradigm Watchlisted" in {entry.name for entry in lists.entries_of("un", 2)}
    assert ListedEntry.objects.count() == 6


def test_the_same_files_again_are_the_same_version(publish):
    first = lists.load("test", [TEST_LIST], "system")

    assert lists.load("test", [TEST_LIST], "system") == first
    assert ListVersion.objects.count() == 1


def test_nothing_of_a_broken_file_is_loaded(publish, tmp_path):
    publish()
    path = tmp_path / "broken.xml"
    path.write_text(TEST_LIST.read_text("utf-8").replace("</CONSOLIDATED_LIST>", ""), "utf-8")

    with pytest.raises(BrokenList):
        lists.load("un", [path], "system")

    assert (ListVersion.objects.count(), ListedEntry.objects.count()) == (1, 5)


def torn(text: str) -> str:
    """The list without its last two entries, and whole by its form."""
    start = text.index("<ENTITIES>")
    return text[: start + len("<ENTITIES>")] + text[text.index("</ENTITIES>") :]


def test_a_file_that_was_torn_delists_nobody_unless_a_person_says_so(publish, tmp_path):
    publish()
    path = tmp_path / "torn.xml"
    path.write_text(torn(TEST_LIST.read_text("utf-8").replace("2026-01-01T", "2026-03-01T")))

    with pytest.raises(BrokenList, match="of 5 entries are not in it"):
        lists.load("un", [path], "system")
    assert lists.active()["un"].number == 1

    assert lists.load("un", [path], "user:usr_1", may_shrink=True).removed > 1


def test_a_file_whose_names_were_torn_is_refused_too(tmp_path):
    lists.load("ofac_sdn", OFAC, "system", date(2026, 11, 19))
    short = [path for path in OFAC if path.stem != "alt"]
    empty = tmp_path / "alt.csv"
    empty.write_bytes(b"\x1a")

    with pytest.raises(BrokenList, match="names and the former version"):
        lists.load("ofac_sdn", [*short, empty], "system", date(2026, 11, 20))


def test_what_is_still_to_come_is_refused_so_that_it_never_grows_old(publish):
    with pytest.raises(BrokenList, match="still to come"):
        publish(("2026-01-02T", "2126-01-02T"))


def test_a_second_file_beside_one_that_is_whole_is_not_overlooked():
    with pytest.raises(BrokenList, match="is one file"):
        lists.load("test", [TEST_LIST, TEST_LIST], "system")


def test_an_older_publication_does_not_replace_a_newer_one(publish):
    publish()

    with pytest.raises(BrokenList, match="2026-01-02 is loaded already"):
        lists.load("un", [TEST_LIST], "system")


def test_a_format_without_a_date_needs_one_from_whoever_loads_it():
    with pytest.raises(BrokenList, match="give the date"):
        lists.load("ofac_sdn", OFAC, "system")

    assert lists.load("ofac_sdn", OFAC, "system", date(2026, 11, 20)).entries == 3


def test_a_list_grows_old_and_is_young_again_when_it_is_seen_again(publish):
    version = publish()
    day = clock.now().replace(year=2026, month=1, day=4)

    assert not lists.is_stale("un", version, day)
    assert lists.is_stale("un", version, day + timedelta(days=30))
    assert lists.is_stale("un", None, day)
    lists.seen_again(version, "system")
    version.refresh_from_db()
    assert not lists.is_stale("un", version)


def test_the_test_list_never_ages():
    version = lists.load("test", [TEST_LIST], "system")

    assert not lists.is_stale("test", version, clock.now() + timedelta(days=3650))
