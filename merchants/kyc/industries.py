"""Lines of business: merchant category codes, their risk, and what is not taken at all."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import msgspec

from acquiring.core import shapes
from acquiring.core.locales import language

HERE = Path(__file__).parent
Tier = Literal["standard", "elevated", "high", "restricted"]
Outcome = Literal["take", "review", "licence", "refuse"]
OUTCOMES: tuple[Outcome, ...] = ("take", "review", "licence", "refuse")  # by severity
PRIVATE = range(3000, 4000)  # codes of single airlines, car rentals and hotels
HAN = "\u3400-\u4dbf\u4e00-\u9fff"  # Chinese characters, which stand without spaces
PIECES = re.compile(rf"[{HAN}]+|[^\W_{HAN}]+")


class Industry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One merchant category code. `lists` are who knows it: iso, visa, mastercard …; `names` is
    its title by language (`zh_Hans`), `called` what people say in those languages.
    """

    mcc: str
    title: str
    range: str
    lists: tuple[str, ...]
    tier: Tier
    why: str = ""  # why it is not standard
    names: dict[str, str] = {}
    called: str = ""

    def named(self, locale: str) -> str:
        """What a reader of this locale calls it; the firms of `PRIVATE` often have one name."""
        return self.names.get(language(locale), self.title)


class Category(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `prohibited.toml`: see its head."""

    title: str
    outcome: Literal["refuse", "licence", "review"]
    reason: str
    source: str
    codes: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    licence: str = ""

    def holds(self, country: str) -> bool:
        """Whether the row is of this country."""
        return not self.countries or country in self.countries


class Licensed(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A business that needs a licence: what it is called and by which rule."""

    key: str
    licence: str
    reason: str
    source: str = ""


class Policy(msgspec.Struct, frozen=True):
    """What is done with a line of business in a country. `key`, `reason` and `source` are those of
    the row that decided, empty when nothing speaks against it.
    """

    outcome: Outcome
    tier: Tier
    key: str = ""
    title: str = ""
    reason: str = ""
    source: str = ""


shapes.prepare(dict[str, Category], dict[str, str])


@lru_cache(maxsize=1)
def industries() -> dict[str, Industry]:
    """Every merchant category code, by code."""
    named = local_names()
    return {
        row["mcc"]: msgspec.convert(
            row | {"lists": row["lists"].split("|")} | named.get(row["mcc"], {}), Industry
        )
        for row in _rows("mcc.csv")
    }


@lru_cache(maxsize=1)
def local_names() -> dict[str, dict[str, Any]]:
    """By code, `names` and `called` of an `Industry`, where it is said in other languages."""
    return {
        row["mcc"]: {
            "names": {key: row[key] for key in ("zh_Hans", "zh_Hant")},
            "called": row["called"],
        }
        for row in _rows("industry_names.csv")
    }


@lru_cache(maxsize=1)
def categories() -> dict[str, Category]:
    """What is refused, licensed or looked at, by key."""
    text = (HERE / "data" / "prohibited.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, Category])


@lru_cache(maxsize=1)
def plain_words() -> dict[str, str]:
    """What people call a line of business, by code."""
    text = (HERE / "data" / "industry_words.toml").read_bytes()
    return msgspec.toml.decode(text, type=dict[str, str])


def problem(mcc: str) -> str | None:
    """What is wrong with a merchant category code."""
    if not re.fullmatch(r"\d{4}", mcc):
        return "A merchant category code has four digits."
    return None if mcc in industries() else f"There is no merchant category code {mcc}."


def search(text: str, limit: int = 20) -> list[Industry]:
    """The lines of business that words describe, the fittest first. Digits begin a code.

    Each word must be the beginning of one of the row's; where no row has all, those with the most
    are given. Chinese has no spaces: there two characters side by side are a word, of either
    script. Codes of single airlines and hotels come after all others.
    """
    asked = _words(text)
    if not asked:
        return []
    scored = [(_fit(asked, mcc), mcc) for mcc in industries()]
    most = max(matched for (matched, _), _ in scored)
    found = [(fit, mcc) for fit, mcc in scored if most and fit[0] == most]
    found.sort(key=lambda one: (int(one[1]) in PRIVATE, -one[0][1], one[1]))
    return [industries()[mcc] for _, mcc in found[:limit]]


def policy(mcc: str, country: str, description: str = "") -> Policy:
    """What is done with a line of business there: the severest row that is of it.

    Words of the `description` that hint at a row lead to a person, not to a refusal: a shop may say
    what it does not sell.
    """
    tier: Tier = industries()[mcc].tier if mcc in industries() else "high"
    answer = Policy("take", tier)
    found: dict[str, Outcome] = dict.fromkeys(mentioned(description, country), "review")
    found |= {key: row.outcome for key, row in categories().items() if mcc in row.codes}
    for key, outcome in found.items():
        row = categories()[key]
        if row.holds(country) and OUTCOMES.index(outcome) > OUTCOMES.index(answer.outcome):
            answer = Policy(outcome, tier, key, row.title, row.reason, row.source)
    return answer


def mentioned(description: str, country: str = "") -> list[str]:
    """The keys of the rows that a description's words hint at."""
    said = f" {' '.join(_words(description))} "
    return [
        key
        for key, row in categories().items()
        if row.holds(country) and any(f" {' '.join(_words(one))} " in said for one in row.words)
    ]


def licences_asked(mcc: str, country: str) -> list[Licensed]:
    """The licences a line of business must show in a country; none helps where it is refused."""
    if policy(mcc, country).outcome == "refuse":
        return []
    return [
        Licensed(key, row.licence, row.reason, row.source)
        for key, row in categories().items()
        if row.outcome == "licence" and mcc in row.codes and row.holds(country)
    ]


def _fit(asked: Iterable[str], mcc: str) -> tuple[int, float]:
    """How many of the words are met, and how well: a whole word of the title is best."""
    matched, total = 0, 0.0
    for word in asked:
        best = max((_met(word, one) * weight for one, weight in _index()[mcc]), default=0.0)
        matched, total = matched + (best > 0), total + best
    return matched, total / len(_index()[mcc]) ** 0.1


def _met(word: str, one: str) -> float:
    if word == one:
        return 2.0
    return 1.0 if one.startswith(word) else 0.0


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[tuple[str, float], ...]]:
    """By code, its words with their weights. The first words of a title say the most."""
    return {
        mcc: (*_title(row), *_called(mcc), *_local(row), (mcc, 3.0))
        for mcc, row in industries().items()
    }


def _title(row: Industry) -> list[tuple[str, float]]:
    return [(word, 1.5 if place < 2 else 1.0) for place, word in enumerate(_words(row.title))]


def _called(mcc: str) -> list[tuple[str, float]]:
    return [(word, 1.4 if not place else 1.2) for place, word in _numbered(mcc)]


def _numbered(mcc: str) -> list[tuple[int, str]]:
    return list(enumerate(_words(plain_words().get(mcc, ""))))


def _local(row: Industry) -> list[tuple[str, float]]:
    """The words of other languages, and of Chinese each character too: one may be typed alone.
    What is called first, in either script, is what most people say.
    """
    titles, first = " ".join(row.names.values()), row.called.split()[:2]
    weights = dict.fromkeys(re.findall(f"[{HAN}]", titles + row.called), 1.0)
    weights |= dict.fromkeys(_words(row.called), 1.3) | dict.fromkeys(_words(titles), 1.5)
    return list((weights | dict.fromkeys(first, 2.4)).items())


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(one for one in folded if not unicodedata.combining(one))
    return [word for piece in PIECES.findall(kept) for word in _split(piece)]


def _split(piece: str) -> list[str]:
    """A word; of Chinese every two characters side by side."""
    if not re.match(f"[{HAN}]", piece):
        return [_singular(piece)]
    return [piece[at : at + 2] for at in range(max(1, len(piece) - 1))]


def _rows(file: str) -> Iterator[dict[str, str]]:
    lines = (HERE / "data" / file).read_text("utf-8").splitlines()
    return csv.DictReader(line for line in lines if not line.startswith("#"))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
