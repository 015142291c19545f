"""`manage.py check`: what is wrong with the tables of this room, in words that name the row."""

from __future__ import annotations

import importlib
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from acquiring import catalogue
from acquiring.core.money import is_currency
from merchants.kyc import addresses, banks, identifiers, industries, markets, modules
from merchants.kyc.facts import Account
from merchants.kyc.records import ENTITIES, Asked, Document, Identifier, Market
from merchants.kyc.requirements import CONSENTS

CHECKS_OF_CASES = Path(__file__).parent / "data" / "checks.toml"


def check() -> list[str]:
    """One sentence for each fault; none when every table is right."""
    try:
        known = markets.markets()
        default = markets.default()
    except ValueError as fault:
        return [str(fault)]
    found = [f"{key}.toml: {fault}" for key, row in known.items() for fault in _market(key, row)]
    found += [f"default.toml: {fault}" for fault in _asked_of(default)]
    found += [f"documents.toml: {fault}" for fault in _documents(markets.documents())]
    found += [f"identifiers.toml: {one}" for one in _identifiers(markets.identifiers())]
    return [*found, *_modules(), *_addresses(), *_prohibited(), *_words()]


def _market(key: str, market: Market) -> Iterator[str]:
    if market.country != key or key not in catalogue.countries():
        yield f"country is {market.country!r}."
    if not is_currency(market.currency):
        yield f"there is no currency {market.currency!r}."
    if not market.laws or not market.sources:
        yield "laws and sources are needed."
    if {*market.entities, *market.absent} != {*ENTITIES} or {*market.entities} & {*market.absent}:
        yield "each kind of entity is either asked about or absent with a reason."
    yield from _identifiers(market.identifiers)
    yield from _asked_of(market)
    yield from _bank(market)
    yield from _documents(market.documents)


def _identifiers(rows: dict[str, Identifier]) -> Iterator[str]:
    for key, row in rows.items():
        missing = [name for name in row.check.split("|") if row.check and not _exists(name)]
        yield from (f"identifiers.{key}: there is no check {name!r}." for name in missing)
        if not row.pattern or not row.example:
            yield f"identifiers.{key}: a pattern and an example are needed."
        elif not missing and (problem := identifiers.fault(row, row.example)):
            yield f"identifiers.{key}: the example {row.example!r}: {problem}"


def _asked_of(market: Market) -> Iterator[str]:
    for kind, asked in market.entities.items():
        yield from (f"entities.{kind}: {fault}" for fault in _asked(market, asked))


def _asked(market: Market, asked: Asked) -> Iterator[str]:
    rows = market.identifiers
    for key in (*asked.identifiers, *asked.optional, *asked.person_identifiers):
        if key not in rows:
            yield f"there is no identifier {key!r}."
        elif rows[key].never_kept:
            yield f"{key!r} may not be kept, so it may not be asked."
        elif (rows[key].of == "person") != (key in asked.person_identifiers):
            yield f"{key!r} is a number of a {rows[key].of}."
    known = {*market.documents, *markets.documents()}
    papers = (*asked.documents, *asked.on_request)
    yield from (f"there is no document {one!r}." for one in _unknown(papers, known))
    if not asked.person_identifiers or not asked.people:
        yield "somebody must act, and must have a number."
    if not asked.documents:
        yield "nothing proves who it is: a document is needed."


def _bank(market: Market) -> Iterator[str]:
    bank, country = market.bank, market.country
    if not bank.iban and not bank.local:
        yield "bank: an IBAN or local fields are needed."
    if bank.check and bank.check.removeprefix("own:") not in banks.CHECKS:
        yield f"bank: there is no check {bank.check!r}."
        return
    given = [{"iban": bank.iban}] if bank.iban else []
    given += [{key: field.example for key, field in bank.local.items()}] if bank.local else []
    for fields in given:
        account = Account(country=country, fields=fields)
        for key in banks.fields(country, fields):
            if problem := banks.problem(account, key):
                yield f"bank: the example of {key}: {problem}"


def _documents(rows: dict[str, Document]) -> Iterator[str]:
    for key, row in rows.items():
        if (row.of == "person") != bool(row.roles):
            yield f"documents.{key}: roles belong to papers of people."
        if not row.why:
            yield f"documents.{key}: say why it is asked."
        if not 1 <= row.sides <= 4 or not 0 <= row.months <= 36:
            yield f"documents.{key}: sides are 1 to 4 and months 0 to 36."


def _modules() -> Iterator[str]:
    everywhere = modules.modules()[modules.EVERYWHERE]
    if {*everywhere.recheck_months} != {"low", "standard", "elevated", "high"}:
        yield "modules.toml: fatf: months are needed for every tier."
    if everywhere.retention_years < 5:
        yield "modules.toml: fatf: five years at least are kept."
    checks = {*tomllib.loads(CHECKS_OF_CASES.read_text())} if CHECKS_OF_CASES.exists() else None
    for key, row in modules.modules().items():
        if not row.sources:
            yield f"modules.toml: {key}: sources are needed."
        if checks is not None and (unknown := _unknown(row.checks, checks)):
            yield f"modules.toml: {key}: there are no checks {unknown}."
        if unknown := _unknown(row.documents, markets.documents()):
            yield f"modules.toml: {key}: there are no documents {unknown}."
        if {*row.declarations} & {*CONSENTS}:
            yield f"modules.toml: {key}: a declaration has the name of a consent."
        limits = [one for row in row.exemptions.values() for one in (*row.limit, *row.sum_limit)]
        yield from (f"modules.toml: {key}: no currency {one}." for one in limits if _no_money(one))


def _addresses() -> Iterator[str]:
    for country, row in addresses.forms().items():
        if country not in catalogue.countries():
            yield f"addresses.toml: there is no country {country}."
        if row.example and addresses.postal_code_problem(country, row.example):
            yield f"addresses.toml: {country}: the example is not of the pattern."
        if "postal_code" in row.asked and row.postal_code and not row.example:
            yield f"addresses.toml: {country}: an example is needed."


def _prohibited() -> Iterator[str]:
    for key, row in industries.categories().items():
        if unknown := _unknown(row.codes, industries.industries()):
            yield f"prohibited.toml: {key}: there are no codes {unknown}."
        if unknown := _unknown(row.countries, catalogue.countries()):
            yield f"prohibited.toml: {key}: there are no countries {unknown}."
        if not row.codes and not row.words:
            yield f"prohibited.toml: {key}: nothing leads to it."
        if (row.outcome == "licence") != bool(row.licence):
            yield f"prohibited.toml: {key}: a licence belongs to the outcome licence."


def _words() -> Iterator[str]:
    known, named = industries.industries(), industries.local_names()
    if unknown := _unknown(industries.plain_words(), known):
        yield f"industry_words.toml: there are no codes {unknown}."
    if unknown := _unknown(named, known):
        yield f"industry_names.csv: there are no codes {unknown}."
    trades = [mcc for mcc in known if int(mcc) not in industries.PRIVATE]
    if nameless := _unknown(trades, named):
        yield f"industry_names.csv: names are needed for {nameless}."
    if empty := [mcc for mcc, row in named.items() if not all(row["names"].values())]:
        yield f"industry_names.csv: a name is empty of {empty}."


def _exists(check: str) -> bool:
    if check.startswith("own:"):
        return check.removeprefix("own:") in identifiers.CHECKS
    if not re.fullmatch(r"[a-z0-9_.]+", check):
        return False
    try:
        return hasattr(importlib.import_module(f"stdnum.{check}"), "validate")
    except ImportError:
        return False


def _unknown(keys: Iterable[str], known: Iterable[str]) -> list[str]:
    return sorted({*keys} - {*known})


def _no_money(code: str) -> bool:
    return not is_currency(code)
