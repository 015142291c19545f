"""Dates, years and countries as the lists write them."""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

import pycountry

from merchants.screening.entries import Born, born_on

MONTHS = {
    name: number
    for number, names in enumerate(
        "jan january|feb february|mar march|apr april|may|jun june|jul july|aug august"
        "|sep sept september|oct october|nov november|dec december".split("|"),
        1,
    )
    for name in names.split()
}
_CIRCA = re.compile(r"\b(circa|approximately|approx\.?|about)\b|\bc\.", re.I)
_WORDED = re.compile(r"\b(\d{1,2}) ([A-Za-z]{3,9})\.? (\d{4})\b")
_AMERICAN = re.compile(r"\b([A-Za-z]{3,9}) (\d{1,2}),? (\d{4})\b")
_ISO = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})")
_SLASHED = re.compile(r"\b(\d{1,2})/(\d{1,2})/(\d{4})\b")
_YEAR = re.compile(r"\b(1[89]\d\d|20\d\d)\b")
# What the lists call countries where ISO 3166 has another name for them.
CALLED = {
    "burma": "MM", "congo, democratic republic of the": "CD",
    "democratic republic of the congo": "CD", "congo, republic of the": "CG",
    "russia": "RU", "iran": "IR", "syria": "SY", "turkey": "TR",
    "korea, north": "KP", "north korea": "KP", "democratic people's republic of korea": "KP",
    "dprk": "KP", "korea, south": "KR", "south korea": "KR", "republic of korea": "KR",
    "palestinian": "PS", "palestinian territories": "PS", "west bank": "PS", "gaza": "PS",
    "region: gaza": "PS", "the gambia": "GM", "gambia, the": "GM", "the bahamas": "BS",
    "bahamas, the": "BS", "ivory coast": "CI", "cote d ivoire": "CI", "cape verde": "CV",
    "macau": "MO", "hong kong": "HK", "kosovo": "XK", "vatican city": "VA", "laos": "LA",
    "brunei": "BN", "swaziland": "SZ", "macedonia, the former yugoslav republic of": "MK",
    "st. kitts and nevis": "KN", "st. vincent and the grenadines": "VC", "st. lucia": "LC",
    "united states of america": "US", "usa": "US", "uk": "GB", "great britain": "GB",
    "uae": "AE", "virgin islands, british": "VG", "british virgin islands": "VG",
    "micronesia": "FM", "vietnam": "VN", "czech republic": "CZ", "bolivia": "BO",
    "venezuela": "VE", "tanzania": "TZ", "moldova": "MD", "taiwan": "TW", "holland": "NL",
    "the netherlands": "NL", "netherlands antilles": "CW", "state of palestine": "PS",
    "russian federation": "RU", "iran (islamic republic of)": "IR", "sudan, the": "SD",
    "occupied palestinian territory": "PS", "crimea": "UA", "region: crimea": "UA",
}  # fmt: skip


def day(text: str) -> date | None:
    """The one whole date in a text (14 Jun 1975, 1975-06-14, 14/06/1975); None without one."""
    for pattern, order in ((_ISO, "ymd"), (_WORDED, "dby"), (_AMERICAN, "bdy"), (_SLASHED, "dmy")):
        if found := pattern.search(text):
            part = dict(zip(order, found.groups(), strict=True))
            month = MONTHS.get(part["b"].lower(), 0) if "b" in part else int(part["m"])
            try:
                return date(int(part["y"]), month, int(part["d"]))
            except ValueError:
                continue  # 00/00/1975: the year alone is known
    return None


def born(text: str) -> Born | None:
    """A birth date as lists write it: exact, a year, a range of years, circa. None for nothing."""
    circa = bool(_CIRCA.search(text))
    years = sorted(int(year) for year in _YEAR.findall(text))
    if not years:
        return None
    exact = day(text)
    if exact is not None and years[0] == years[-1] and not circa:
        return born_on(exact)
    return Born(years[0], years[-1], circa=circa)


def iso_day(text: str) -> str:
    """A date as ISO 8601, empty when it is none."""
    found = day(text)
    return found.isoformat() if found else ""


@lru_cache(maxsize=4096)
def country(text: str) -> str:
    """The ISO 3166-1 alpha-2 code of a country as a list calls it; empty when it is none."""
    name = text.strip().strip(".").lower()
    if not name or name in {"00", "unknown", "undetermined"}:
        return ""
    if name in CALLED:
        return CALLED[name]
    try:
        return str(pycountry.countries.lookup(name).alpha_2)
    except LookupError:
        return ""


def countries(texts: object) -> tuple[str, ...]:
    """The codes of several, each once, in their order."""
    return tuple(dict.fromkeys(code for text in texts if (code := country(text))))  # type: ignore[attr-defined]
