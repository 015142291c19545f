"""Pairs of names that are, and are not, the same: made from a public list with a seed of our own.

The transformations are those of the public pairs; the names and the seed are others. Nothing in the
product was set on what this makes with the seed the benchmark uses.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from merchants.screening.entries import Entry

FIRST = """Ahmad Ali Ana Anna Bashir Carlos Chiara Daniela Dmitri Elena Emre Fatima Giulia
Greta Hans Hui Ingrid Ivan Jorge Kwame Leila Li Maria Mehmet Min-jun Mohamed Nadia Olga Omar
Pedro Priya Rosa
Sofia Somchai Sven Thu Wei Yusuf Zainab""".split()
LAST = """Ahmed Bianchi Diallo Garcia Hassan Ibrahim Ivanov Khan Kim Kowalski Lopez Mensah Muller
Nguyen Okafor Olsen Park Pham Popov Rahman Rossi Sato Schmidt Silva Smith Srisai Tanaka Tran Wang
Yilmaz Yusof Novak Dubois Andersson""".split()
BEFORE = "Royal Modern Eastern United Pacific Orient Golden New Northern Grand".split()
AFTER = """Clinic|Books|Software Ltd|Fashion House|Travel Agency|Logistics Pte. Ltd.|Foods Limited
|Aviation Services|Petroleum Services|Pharma Limited|Tourism LLC|Tech Solutions|Nice Books"""
FIRMS = [
    f"{one} {other}"
    for one in ("Blue Ocean", "Silk Road", "Sunrise", "Crescent", "Horizon", "Caspian", "Al Noor")
    for other in (
        "General Trading LLC",
        "Shipping Company",
        "Pharma Limited",
        "Aviation Services",
        "Foods Limited",
        "Tourism LLC",
    )
]
TITLES = ("Mr.", "Dr.", "HAJI", "Sheikh", "MESSRS", "Engineer", "General")
ACCENTS = {
    "a": "āáâä",
    "e": "ēéêë",
    "i": "īíîï",
    "o": "ōóôö",
    "u": "ūúûü",
    "s": "śš",
    "n": "ñńň",
    "c": "çćč",
    "z": "žź",
    "g": "ğ",
    "l": "ł",
}
CONFUSIONS = {"o": "0", "i": "1", "l": "1", "s": "5", "b": "8"}
VARIANTS = (
    ("ph", "f"),
    ("f", "ph"),
    ("kh", "h"),
    ("th", "t"),
    ("ou", "u"),
    ("oo", "u"),
    ("y", "i"),
    ("w", "v"),
    ("v", "w"),
    ("x", "ks"),
    ("q", "k"),
    ("ck", "k"),
    ("c", "k"),
    ("j", "dj"),
    ("sh", "ch"),
    ("ei", "ai"),
    ("ee", "i"),
    ("ov", "off"),
    ("z", "s"),
)
NICKNAMES = {
    "jose": "pepe",
    "francisco": "paco",
    "manuel": "manolo",
    "enrique": "quique",
    "ignacio": "nacho",
    "jesus": "chucho",
    "rafael": "rafa",
    "alejandro": "alex",
    "vladimir": "vova",
    "aleksandr": "sasha",
    "dmitry": "dima",
    "mikhail": "misha",
    "nikolai": "kolya",
    "sergei": "seryozha",
    "ivan": "vanya",
    "yuri": "yura",
    "muhammad": "mohd",
    "eduardo": "edu",
    "daniel": "dani",
    "robert": "bob",
    "william": "bill",
    "gabriel": "gabi",
    "guillermo": "memo",
    "roberto": "beto",
    "elena": "lena",
    "tatiana": "tanya",
    "maria": "mary",
    "luis": "lucho",
    "sergio": "checo",
    "antonio": "tony",
}
SUFFIXES = (
    ("COMPANY", "CO."),
    ("COMPANY LIMITED", "CO. LTD."),
    ("LIMITED", "LTD."),
    ("LTD.", "LIMITED"),
    ("CO.", "COMPANY"),
    ("S.A.", "SA"),
    ("CORPORATION", "CORP."),
    ("LLC", "L.L.C."),
    ("S.A. DE C.V.", "SA DE CV"),
    ("GMBH", "G.M.B.H."),
    ("INC.", "INCORPORATED"),
)
CYRILLIC = [
    ("shch", "щ"),
    ("zh", "ж"),
    ("kh", "х"),
    ("ts", "ц"),
    ("ch", "ч"),
    ("sh", "ш"),
    ("yu", "ю"),
    ("ya", "я"),
    ("yo", "ё"),
    ("x", "кс"),
]
LETTERS = dict(zip("abvgdeziyklmnoprstufhcqwj", "абвгдезийклмнопрстуфхккўж", strict=True)) | {
    "w": "в",
    "j": "дж",
}


class Pair(NamedTuple):
    """A listed name and a name asked about: the same or not, and how it was made."""

    same: bool
    listed: str
    asked: str
    person: bool
    how: str


def make(entries: Iterable[Entry], count: int, seed: int) -> list[Pair]:
    """Half of them the same, half not, in the shares of the public pairs."""
    chance = random.Random(seed)
    people = [one for one in entries if one.kind == "person" and one.names[0].given]
    firms = [one for one in entries if one.kind == "entity"]
    made: list[Pair] = []
    for makers in (_SAME, _OTHER):
        names, weights = list(makers), [weight for weight, _, _ in makers.values()]
        while len(made) < (count // 2 if makers is _SAME else count):
            how = chance.choices(names, weights)[0]
            _, kinds, maker = makers[how]
            person = chance.choice(kinds)
            entry = chance.choice(people if person else firms)
            asked = maker(entry, chance, people if person else firms)
            if asked and asked.strip():
                made.append(Pair(makers is _SAME, listed_as(entry), asked, person, how))
    return made


def listed_as(entry: Entry) -> str:
    """The primary name as the list's file has it."""
    name = entry.names[0]
    return f"{name.family}, {name.given}" if name.family else name.text


def _text(entry: Entry) -> str:
    return entry.names[0].text


def _words(entry: Entry, chance: random.Random, change: Callable[[str], str], share: float) -> str:
    return "".join(
        change(one) if one.lower() in ACCENTS and chance.random() < share else one
        for one in _text(entry)
    )


def _accented(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    change = lambda one: (  # noqa: E731
        chance.choice(ACCENTS[one.lower()]).upper()
        if one.isupper()
        else chance.choice(ACCENTS[one])
    )
    return _words(entry, chance, change, 0.3)


def _alias(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    others = [one for one in entry.names[1:] if one.kind == "alias" and not one.script]
    others = [one for one in others if one.given] if entry.kind == "person" else others
    mine = set(_text(entry).upper().replace("-", " ").split())
    others = [one for one in others if mine & set(one.text.upper().replace("-", " ").split())]
    return chance.choice(others).text if others else ""


def _hyphens(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    text = _text(entry)
    return text.replace("-", chance.choice((" ", ""))) if "-" in text else ""


def _typed(times: int) -> Callable[[Entry, random.Random, list[Entry]], str]:
    def change(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
        text = _text(entry)
        for _ in range(times):
            places = [at for at in range(1, len(text) - 1) if text[at - 1 : at + 2].isalpha()]
            if not places:
                return ""
            at, letter = chance.choice(places), chance.choice("abcdefghijklmnopqrstuvwxyz")
            letter = letter.upper() if text[at].isupper() else letter
            kind = chance.randrange(4)
            if kind == 0:
                text = text[:at] + text[at + 1 :]
            elif kind == 1:
                text = text[:at] + letter + text[at:]
            elif kind == 2:
                text = text[:at] + letter + text[at + 1 :]
            else:
                text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
        return text if text != _text(entry) else ""

    return change


def _cyrillic(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    text = _text(entry).lower().replace("'", "").replace("-", " ")
    for latin, other in CYRILLIC:
        text = text.replace(latin, other)
    return "".join(LETTERS.get(one, one) for one in text).title()


def _misread(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    text = list(_text(entry).upper())
    places = [at for at, one in enumerate(text) if one.lower() in CONFUSIONS]
    for at in chance.sample(places, min(2, len(places))):
        text[at] = CONFUSIONS[text[at].lower()]
    return "".join(text) if places else ""


def _nickname(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    words = entry.names[0].given.split()
    nick = NICKNAMES.get(words[0].lower())
    return " ".join([nick, *words[1:], entry.names[0].family]).upper() if nick else ""


def _initial(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    words = entry.names[0].given.split()
    return (
        " ".join([f"{words[0][0]}.", *words[1:], entry.names[0].family]) if len(words) > 1 else ""
    )


def _fewer(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    words = entry.names[0].given.split()
    return f"{words[0]} {entry.names[0].family}" if len(words) > 1 else ""


def _spelt(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    text = _text(entry).lower()
    fitting = [pair for pair in VARIANTS if pair[0] in text]
    for old, new in chance.sample(fitting, min(2, len(fitting))):
        text = text.replace(old, new)
    return text.upper() if fitting and text != _text(entry).lower() else ""


def _form_changed(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    for old, new in sorted(SUFFIXES, key=lambda pair: -len(pair[0])):
        if re.search(rf"(?<!\w){re.escape(old)}$", _text(entry)):
            return _text(entry)[: -len(old)] + new
    return ""


def _form_dropped(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    for old, _new in sorted(SUFFIXES, key=lambda pair: -len(pair[0])):
        if _text(entry).endswith(" " + old):
            return _text(entry)[: -len(old)].rstrip(" ,")
    return ""


def _titled(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    title = chance.choice(TITLES) if entry.kind == "person" else chance.choice(("THE", "M/S"))
    return f"{title} {_text(entry)}"


def _other_family(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    family = chance.choice(LAST)
    return (
        ""
        if family.lower() in _text(entry).lower()
        else f"{entry.names[0].given.split()[0]} {family}"
    )


def _other_first(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    first = chance.choice(FIRST)
    return (
        "" if first.lower() in _text(entry).lower() else f"{first} {entry.names[0].family.title()}"
    )


def _namesake(entry: Entry, chance: random.Random, people: list[Entry]) -> str:
    """Another listed person of the same family name: no first name in common."""
    family = entry.names[0].family
    mine = {word.lower() for name in entry.names for word in name.given.split()}
    found = [
        one
        for one in _families(people)[family]
        if one.id != entry.id and not mine & set(one.names[0].given.lower().split())
    ]
    return _text(chance.choice(found)) if found else ""


_BY_FAMILY: dict[int, dict[str, list[Entry]]] = {}


def _families(people: list[Entry]) -> dict[str, list[Entry]]:
    if id(people) not in _BY_FAMILY:
        _BY_FAMILY[id(people)] = defaultdict(list)
        for one in people:
            _BY_FAMILY[id(people)][one.names[0].family].append(one)
    return _BY_FAMILY[id(people)]


def _one_word(entry: Entry, chance: random.Random, _: list[Entry]) -> str:
    words = [one for one in re.findall(r"[A-Z]{4,}", _text(entry)) if one not in {"LIMITED"}]
    after = chance.choice([one.strip() for one in AFTER.split("|")])
    return (
        f"{chance.choice(BEFORE)} {chance.choice(words).title()} {after}" if len(words) > 1 else ""
    )


_SAME: dict = {
    "alias published": (25, (True, True, False), _alias),
    "name order": (5, (True,), lambda entry, chance, _: _text(entry)),
    "case and order": (5, (True, False), lambda entry, chance, _: _text(entry).title()),
    "diacritics added": (5, (True, False), _accented),
    "hyphens changed": (5, (True, False), _hyphens),
    "one typing error": (5, (True, False), _typed(1)),
    "two typing errors": (5, (True, False), _typed(2)),
    "Cyrillic script": (5, (True,), _cyrillic),
    "OCR confusion": (5, (True, False), _misread),
    "nickname": (5, (True,), _nickname),
    "first name to initial": (5, (True,), _initial),
    "middle names dropped": (5, (True,), _fewer),
    "transliteration variant": (5, (True, False), _spelt),
    "company suffix changed": (5, (False,), _form_changed),
    "company suffix dropped": (5, (False,), _form_dropped),
    "title or honorific added": (5, (True, False), _titled),
}
_OTHER: dict = {
    "listed first name, other family": (20, (True,), _other_family),
    "listed family name, other first": (22, (True,), _other_first),
    "two listed people, one family name": (16, (True,), _namesake),
    "one word shared": (16, (False,), _one_word),
    "plain person name": (
        12,
        (True,),
        lambda entry, chance, _: f"{chance.choice(FIRST)} {chance.choice(LAST)}",
    ),
    "plain company name": (14, (False,), lambda entry, chance, _: chance.choice(FIRMS)),
}
