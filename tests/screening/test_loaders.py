"""Every official format gives the same entries, and a broken file is refused by its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from merchants.screening import loaders
from merchants.screening.entries import Born, Entry, Identifier, Name
from merchants.screening.lists import DATA
from merchants.screening.loaders import facts
from merchants.screening.loaders.reading import BrokenList

LISTS = Path(__file__).parent / "lists"
OFAC = [LISTS / "ofac" / f"{name}.csv" for name in ("sdn", "alt", "add", "sdn_comments")]
REAL = settings.SHARED / "kyc" / "sanctions"


def by_id(source: str, *paths: Path) -> dict[str, Entry]:
    return {entry.id: entry for entry in loaders.read(source, paths).entries}


def test_ofac_csv_joins_aliases_addresses_comments_and_remarks():
    person = by_id("ofac_sdn", *OFAC)["7001"]

    assert person.names == (
        Name("Probe Musterovich TESTOV", family="TESTOV", given="Probe Musterovich"),
        Name("Probe TESTOFF", "alias", "TESTOFF", "Probe"),
        Name("PROBEY", "weak"),
    )
    assert person.born == (Born(1975, 1975, "1975-06-14"), Born(1976, 1976, circa=True))
    assert person.countries == ("CY",)
    assert person.nationalities == ("RU", "CY")
    assert person.identifiers == (
        Identifier("passport", "717637093", "RU"),
        Identifier("national_id", "12-345-6789", "RU"),
    )
    assert (person.programs, person.title) == (("TEST", "SAMPLE"), "Director")
    assert by_id("ofac_sdn", *OFAC)["7002"].remarks.endswith("Secondary sanctions risk: none.")


def test_ofac_csv_knows_ships():
    ship = by_id("ofac_sdn", *OFAC)["7003"]

    assert (ship.kind, ship.countries) == ("vessel", ("PA",))
    assert Identifier("imo", "IMO 9187629") in ship.identifiers
    assert Identifier("call_sign", "ABCD7") in ship.identifiers


def test_ofac_xml_says_the_same_with_its_date():
    publication = loaders.read("ofac_sdn", [LISTS / "SDN.XML"])
    person, ship = publication.entries

    assert publication.published_on == date(2026, 11, 20)
    assert [(name.text, name.kind) for name in person.names] == [
        ("Probe Musterovich TESTOV", "primary"),
        ("Probe TESTOFF", "alias"),
        ("PROBEY", "weak"),
    ]
    assert person.identifiers == (Identifier("passport", "717637093", "RU"),)
    assert person.born == (Born(1975, 1975, "1975-06-14"),)
    assert (ship.kind, ship.countries) == ("vessel", ("PA",))


def test_the_un_list_has_names_in_their_own_script_and_doubtful_birth_dates():
    entries = by_id("test", DATA / "test_list.xml")

    assert entries["TEST.001"].names[0].family == "Gelistet"
    assert entries["TEST.001"].names[2].kind == "weak"
    assert entries["TEST.001"].identifiers == (Identifier("passport", "TEST000001", "DE"),)
    assert entries["TEST.002"].born == (Born(1980, 1980, circa=True),)
    assert entries["TEST.002"].names[-1].script == "Cyrl"
    assert entries["TEST.003"].born == (Born(1960, 1965),)
    assert (entries["TEST.004"].kind, entries["TEST.004"].countries) == ("entity", ("DE",))


def test_the_uk_list_joins_the_rows_of_one_id():
    publication = loaders.read("uk", [LISTS / "UK-Sanctions-List.csv"])
    person, firm, ship = publication.entries

    assert publication.published_on == date(2026, 11, 20)
    assert [(name.text, name.kind, name.script) for name in person.names] == [
        ("Probe Musterovich TESTOV", "primary", ""),
        ("Тестов Пробе Мустерович", "alias", "Cyrl"),
        ("Probe TESTOFF", "weak", ""),
    ]
    assert person.born == (Born(1975, 1975, "1975-06-14"), Born(1976, 1976))
    assert (person.nationalities, person.listed_on) == (("RU", "CY"), "2022-03-15")
    assert firm.identifiers == (Identifier("registration", "1027700167110"),)
    assert ship.identifiers == (Identifier("imo", "9187629"),)


def test_the_former_uk_list_is_read_too():
    publication = loaders.read("uk", [LISTS / "ConList.csv"])

    assert publication.published_on == date(2025, 11, 20)
    assert [entry.id for entry in publication.entries] == ["90001", "90002"]
    assert publication.entries[0].born == (Born(1975, 1975),)
    assert [name.kind for name in publication.entries[0].names] == ["primary", "weak"]


def test_the_eu_list_is_the_same_from_csv_and_xml():
    rows, tree = (loaders.read("eu", [LISTS / name]) for name in ("eu.csv", "eu.xml"))

    assert rows.published_on == tree.published_on == date(2026, 11, 20)
    for publication in (rows, tree):
        person, firm = publication.entries
        assert person.names[0] == Name(
            "Probe Musterovich Testov", family="Testov", given="Probe Musterovich"
        )
        assert person.born == (Born(1975, 1975, "1975-06-14"), Born(1976, 1976, circa=True))
        assert (person.countries, person.nationalities) == (("CY",), ("RU",))
        assert person.identifiers == (Identifier("passport", "717637093", "RU"),)
        assert (firm.kind, firm.name, firm.programs) == ("entity", "Probe Holding OOO", ("TEST",))


@pytest.mark.parametrize(
    ("source", "name", "old", "new", "line", "says"),
    [
        ("un", "un.xml", "</INDIVIDUAL>", "", 43, "no XML"),
        ("un", "un.xml", "<REFERENCE_NUMBER>TEST.002</REFERENCE_NUMBER>", "", 19, "X"),
        ("eu", "eu.xml", 'logicalId="14"', 'logicalId="?"', 14, "no logicalId"),
        ("eu", "eu.csv", ";13;", ";thirteen;", 2, "no id"),
        ("uk", "UK-Sanctions-List.csv", "Individual", "Person", 3, "no type"),
        ("uk", "UK-Sanctions-List.csv", "Name type", "Names", 1, "no header with the column"),
        ("ofac_sdn", "SDN.XML", "<uid>7003</uid>", "<uid></uid>", 26, "no uid"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_its_line_and_column(
    source, name, old, new, line, says, tmp_path
):
    original = DATA / "test_list.xml" if name == "un.xml" else LISTS / name
    text = original.read_text("utf-8-sig")
    if says == "X":
        text, says = text.replace("<DATAID>2</DATAID>", ""), "an entry without REFERENCE_NUMBER"
    broken = tmp_path / name
    broken.write_text(text.replace(old, new, 1), "utf-8")

    with pytest.raises(BrokenList, match=says) as caught:
        loaders.read(source, [broken])

    assert (caught.value.line, caught.value.column > 0) == (line, True)
    assert f"{name}, line {line}, column" in str(caught.value)


def test_a_short_row_of_ofac_is_refused(tmp_path):
    paths = [tmp_path / path.name for path in OFAC]
    for path, original in zip(paths, OFAC, strict=True):
        path.write_bytes(original.read_bytes())
    paths[1].write_text('7001,1,"aka","TESTOFF, Probe"\r\n')

    with pytest.raises(BrokenList, match="4 columns, not 5") as caught:
        loaders.read("ofac_sdn", paths)

    assert (caught.value.path.name, caught.value.line) == ("alt.csv", 1)


@pytest.mark.parametrize(
    "head",
    [
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
        '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x SYSTEM "http://example.com/x.dtd">',
    ],
)
def test_no_entity_is_expanded_and_nothing_is_fetched(head, tmp_path):
    text = (DATA / "test_list.xml").read_text("utf-8").replace("?>", "?>" + head, 1)
    bomb = tmp_path / "un.xml"
    bomb.write_text(text, "utf-8")

    with pytest.raises(BrokenList, match="a document type or entity is not taken"):
        loaders.read("un", [bomb])


def test_another_list_is_not_taken_for_this_one():
    with pytest.raises(BrokenList, match="no format of the list 'uk'"):
        loaders.read("uk", [LISTS / "eu.xml"])


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("14 Jun 1975", Born(1975, 1975, "1975-06-14")),
        ("00/00/1975", Born(1975, 1975)),
        ("circa 1961", Born(1961, 1961, circa=True)),
        ("1962 to 1964", Born(1962, 1964)),
        ("between 01 Jan 1970 and 31 Dec 1973", Born(1970, 1973)),
        ("unknown", None),
    ],
)
def test_birth_dates_are_read_as_the_lists_write_them(text, born):
    assert facts.born(text) == born


@pytest.mark.parametrize(
    ("text", "code"),
    [("Korea, North", "KP"), ("Russian Federation", "RU"), ("Germany", "DE"), ("Neverland", "")],
)
def test_countries_are_known_by_the_names_of_the_lists(text, code):
    assert facts.country(text) == code


@pytest.mark.skipif(not REAL.is_dir(), reason="the real lists are not beside this clone")
def test_the_real_lists_are_read_whole():
    sdn = [REAL / "ofac_sdn_2021" / path.name for path in OFAC]
    other = [REAL / "ofac_cons_nonsdn" / f"cons_{one}.csv" for one in ("prim", "alt", "add")]

    assert len(loaders.read("ofac_sdn", sdn).entries) == 8976
    assert len(loaders.read("ofac_consolidated", other).entries) == 442
    publication = loaders.read("un", [REAL / "un_2026" / "consolidated.xml"])
    assert (len(publication.entries), publication.published_on) == (1003, date(2026, 2, 27))
