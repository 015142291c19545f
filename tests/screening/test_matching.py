"""Names are the same whatever their spelling, order and script, and the reasons are told."""

from __future__ import annotations

import csv

import msgspec
import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import settings as property_test
from hypothesis import strategies as st

from merchants.screening.entries import Born, Entry, Identifier, Name
from merchants.screening.matching import evidence, scoring
from merchants.screening.matching.asking import Asked
from merchants.screening.matching.evidence import Facts
from merchants.screening.matching.folding import fold
from merchants.screening.matching.index import Index
from merchants.screening.matching.scripts import readings, script_of

THRESHOLD = scoring.THRESHOLD
PUBLIC = settings.SHARED / "kyc" / "name_pairs_public.csv"
PEOPLE = [
    "GELISTET, Testperson",
    "BEISPIELOVA, Sandboxia Maria",
    "AL-MUSTERI, Abd al-Rahman Proben",
    "PROBENKO, Vladimir Testovich",
    "MUESTRA LOPEZ, Jose Ejemplo",
]
FIRMS = ["LISTED TESTFIRM GMBH", "SANCTIONED SAMPLE TRADING LLC", "PROBE AND MUSTER HOLDING OOO"]


def score(asked: str, listed: str, person: bool = True) -> float:
    return scoring.of_texts(asked, listed, person).value


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("Testperson Gelistet", "GELISTET, Testperson"),
        ("Abdurrahman Almusteri", "AL-MUSTERI, Abd al-Rahman Proben"),
        ("Abdul Rahman el Musteri", "AL-MUSTERI, Abd al-Rahman Proben"),
        ("Владимир Пробенко", "PROBENKO, Vladimir Testovich"),
        ("Wladimir Probenco", "PROBENKO, Vladimir Testovich"),
        ("Vova Testovich Probenko", "PROBENKO, Vladimir Testovich"),
        ("V. Testovich Probenko", "PROBENKO, Vladimir Testovich"),
        ("Pepe Ejemplo Muestra Lopez", "MUESTRA LOPEZ, Jose Ejemplo"),
        ("José Muestra", "MUESTRA LOPEZ, Jose Ejemplo"),
        ("Mr. Testpersn Gellistet", "GELISTET, Testperson"),
        ("TE5TPERS0N GEL1STET", "GELISTET, Testperson"),
    ],
)
def test_a_person_is_found_under_another_spelling(asked, listed):
    assert score(asked, listed) >= THRESHOLD


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("Ursula Gelistet", "GELISTET, Testperson"),
        ("Testperson Meier", "GELISTET, Testperson"),
        ("Leila N.S. Musteri", "AL-MUSTERI, Abd al-Rahman Proben"),
        ("Jose Lopez", "PROBENKO, Vladimir Testovich"),
    ],
)
def test_one_name_in_common_is_not_enough(asked, listed):
    assert score(asked, listed) < THRESHOLD


@pytest.mark.parametrize(
    ("asked", "listed"),
    [
        ("Listed Testfirm", "LISTED TESTFIRM GMBH"),
        ("ООО Пробе энд Мустер Холдинг", "PROBE AND MUSTER HOLDING OOO"),
        ("Probe & Muster Holding Limited Liability Company", "PROBE AND MUSTER HOLDING OOO"),
        ("Sanctioned Sample Trading L.L.C.", "SANCTIONED SAMPLE TRADING LLC"),
    ],
)
def test_the_legal_form_of_a_firm_hardly_counts(asked, listed):
    assert score(asked, listed, person=False) >= THRESHOLD


def test_a_firm_that_shares_one_word_is_another():
    assert score("Royal Sample Travel Agency", "SANCTIONED SAMPLE TRADING LLC", False) < THRESHOLD


@pytest.mark.parametrize(
    ("text", "script", "reading"),
    [
        ("Пробенко", "Cyrl", "Probenko"),
        ("金正恩", "Hani", "Kim Jong Un"),
        ("田中花子", "Hani", "Tanaka Hanako"),
        ("이민호", "Hang", "Lee Min Ho"),
        ("Νικόλαος", "Grek", "Nikolaos"),
        ("Müller", "", "Muller"),
    ],
)
def test_every_script_is_read(text, script, reading):
    assert script_of(text) == script
    assert reading in readings(text)


@given(listed=st.sampled_from(PEOPLE), data=st.data())
@property_test(max_examples=60, deadline=None)
def test_order_case_and_accents_do_not_lower_a_score(listed, data):
    family, given_names = listed.split(", ")
    plain = f"{given_names} {family}"
    words = data.draw(st.permutations(plain.replace("-", " ").split()))
    accented = " ".join(words).translate(str.maketrans("aeiouAEIOU", "áéïôüÁÉÏÔÜ"))

    assert score(" ".join(words), listed) >= score(plain, listed) - 0.05
    assert score(accented, listed) == score(" ".join(words), listed)
    assert score(accented.upper(), listed) == score(accented.lower(), listed)


@given(asked=st.text(max_size=60), listed=st.sampled_from(PEOPLE + FIRMS), person=st.booleans())
@property_test(max_examples=40, deadline=None)
def test_any_text_gives_a_score_from_0_to_1(asked, listed, person):
    assert 0 <= score(asked, listed, person) <= 1


@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz", min_size=2, max_size=14))
def test_a_word_folds_to_something(word):
    assert fold(word)


def test_the_reasons_name_each_word_and_why():
    parts = scoring.of_texts("Vova Probenco", "PROBENKO, Vladimir Testovich", True).parts

    told = {(part.ours, part.theirs): part.why for part in parts}
    assert told[("vova", "vladimir")] == "the same name"
    assert told[("probenco", "probenko")] == "spelling"
    assert told[("", "testovich")] == "only in the listed name"


ENTRY = Entry(
    "1",
    "person",
    (Name("Testperson Gelistet", family="Gelistet", given="Testperson"), Name("Testee", "weak")),
    born=(Born(1970, 1970, "1970-01-01"), Born(1980, 1980, circa=True)),
    nationalities=("DE",),
    identifiers=(Identifier("passport", "TEST-000 001", "DE"),),
)


@pytest.mark.parametrize(
    ("facts", "change"),
    [
        (Facts("1970-01-01"), evidence.SAME_DAY),
        (Facts("1970-05-05"), evidence.SAME_YEAR),
        (Facts("1971"), 0),
        (Facts("1978"), evidence.SAME_YEAR),  # about 1980
        (Facts("1975"), evidence.OTHER_YEAR),
        (Facts("2001-01-01"), evidence.FAR_YEAR),
        (Facts(countries=("DE",)), evidence.SAME_COUNTRY),
        (Facts(countries=("FR",)), evidence.OTHER_COUNTRY),
        (Facts(), 0),
    ],
)
def test_what_else_is_known_raises_or_lowers(facts, change):
    assert evidence.weigh(0.8, facts, ENTRY)[0] == pytest.approx(0.8 + change)


def test_the_same_number_is_a_hit_whatever_the_name():
    facts = Facts(identifiers=(("TEST000001", "DE"),))
    hits = Index([("test", ENTRY)]).search(Asked(("Somebody Else",), True, facts), THRESHOLD)

    assert [(hit.entry.id, hit.value) for hit in hits] == [("1", evidence.SAME_IDENTIFIER)]
    other = Facts(identifiers=(("TEST000001", "FR"),))
    assert evidence.weigh(0.1, other, ENTRY)[0] == 0.1


def test_the_reasons_of_a_hit_on_a_weak_alias_add_up_to_its_score():
    weak = msgspec.structs.replace(ENTRY, names=(ENTRY.names[0], Name("Probe Beispiel", "weak")))
    facts = Facts("1970-01-01", ("FR",))
    (hit,) = Index([("test", weak)]).search(Asked(("Probe Beispiel",), True, facts), THRESHOLD)

    assert [fact.what for fact in hit.facts] == ["weak alias", "birth date", "country"]
    assert hit.value == pytest.approx(hit.score.value + sum(fact.change for fact in hit.facts))
    assert hit.value < 1


def test_no_namesake_is_left_out_before_births_tell_them_apart():
    many = [
        Entry(str(at), "person", (Name("Ali Hassan"),), born=(Born(1900 + at, 1900 + at),))
        for at in range(90)
    ]
    facts = Facts("1985-03-03")
    found = Index([("test", one) for one in many]).search(
        Asked(("Ali Hassan",), True, facts), THRESHOLD
    )

    assert len(found) == len(many)


@pytest.fixture(scope="module")
def index() -> Index:
    people = [scoring.family_first(one) for one in PEOPLE]
    entries = [
        Entry(str(at), "person", (Name(text, family=family, given=given_names),))
        for at, (text, family, given_names) in enumerate(people)
    ]
    entries += [Entry(f"f{at}", "entity", (Name(one),)) for at, one in enumerate(FIRMS)]
    return Index([("test", entry) for entry in entries])


@pytest.mark.parametrize("listed", PEOPLE + FIRMS)
def test_the_index_finds_who_is_listed_under_a_slip(index, listed):
    person = listed in PEOPLE
    family, comma, given_names = listed.partition(", ")
    plain = f"{given_names} {family}".strip()
    slip = plain[:3] + plain[4:] if len(plain) > 12 else plain

    for asked in (plain, plain.lower(), slip):
        hits = index.search(Asked((asked,), person), THRESHOLD)
        name = f"{given_names} {family}" if comma else listed
        assert hits[0].entry.name == name, asked


def test_a_weak_alias_alone_is_worth_less():
    hits = Index([("test", ENTRY)]).search(Asked(("Testee",), None), 0.5)

    assert [hit.value for hit in hits] == [0.9]


def test_somebody_else_is_not_found(index):
    assert index.search(Asked(("Ursula Beispielfrau",), None), THRESHOLD) == []


@pytest.mark.skipif(not PUBLIC.is_file(), reason="the public pairs are not beside this clone")
def test_the_public_pairs_are_told_apart():
    hits = {True: 0, False: 0}
    rows = list(csv.DictReader(PUBLIC.open(encoding="utf-8")))
    for row in rows:
        value = score(row["query_name"], row["list_name"], row["entity_type"] == "person")
        hits[row["label"] == "1"] += value >= THRESHOLD

    same = sum(row["label"] == "1" for row in rows)
    assert hits[True] / same >= 0.95
    assert hits[True] / (hits[True] + hits[False]) >= 0.95
