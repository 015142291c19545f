"""The page of the documentation that is drawn from what the markets ask."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from acquiring import catalogue
from merchants.kyc import industries, markets, modules, ownership
from merchants.kyc.records import ENTITIES, Document, Entity, Market

KINDS: dict[Entity, str] = {
    "company": "Company",
    "partnership": "Partnership",
    "sole_trader": "Sole trader",
    "non_profit": "Non-profit",
    "public_body": "Public body",
}
IDENTITY = "identity"  # asked of everybody: said once
INTRODUCTION = """\
# What each country asks of a business

Before it takes live payments, a business says who it is, what it sells, where it is paid out to and
who stands behind it. Everywhere it is asked for its legal name and address, its line of business
with expected volumes, and a bank account for each currency; and of everybody who owns it above the
line, runs it or acts for it, for name, birth date, nationality, address, one number and an identity
card or passport. What a country asks beside that stands here, drawn from the tables of the code
(`merchants/kyc/<CC>.toml`).

- **Numbers** are checked while they are typed, by their check digit where they have one. One in
  *italics* may be left out. The examples are fictitious. A passport serves everywhere instead of a
  person's number.
- **Papers** may not be older than the months beside them. More are asked for, as a task, when a
  check could not be passed without. Owners under the line are named, and not asked for papers.
- **The line** is the share from which on somebody is a beneficial owner: shares are multiplied
  along every chain and added up. When nobody reaches it, who controls the business is named.
- **Never kept** are numbers that the country's law keeps us from keeping: they are not asked, and
  refused where somebody gives them.
- **Basis** says how far a row can be trusted: read in the sources that the file names, general
  knowledge, or some of each. What is general knowledge must be confirmed by a compliance officer
  before an installation relies on it.

A country that is not here is asked for what stands last, and a person looks at the application. To
add one, write its `merchants/kyc/<CC>.toml`: `manage.py check` names what is wrong with it,
`manage.py docs` draws this page anew, and the tests walk every kind of entity of it from empty to
approvable.
"""
LICENCES = """\
## Lines of business

These are refused, need a licence, or are looked at by a person; the severest row decides. A word in
the description leads to a person at most, whatever the merchant category code says.
"""


def render_markets() -> str:
    """`docs/onboarding-markets.md`, made from the tables of the markets."""
    known = markets.markets()
    names = {code: catalogue.country(code).name for code in known}
    order = sorted(known, key=lambda code: names[code])
    parts = [INTRODUCTION, _overview([known[code] for code in order])]
    parts += ["\n".join(_market(names[code], known[code])) for code in order]
    parts += ["\n".join(_market("Every other country", markets.default())), _businesses()]
    return "\n".join(parts)


def _overview(rows: list[Market]) -> str:
    lines = ((catalogue.country(row.country).name, _line(row), row.basis) for row in rows)
    return _table(("Country", "Line", "Basis"), lines)


def _market(name: str, row: Market) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{row.regulator}. {'; '.join(row.laws)}.{f' {row.notes}' if row.notes else ''}\n"
    yield _table(("Kind", "Numbers", "Papers"), (_entity(row, kind) for kind in ENTITIES))
    yield "\n".join(f"- {line}" for line in _facts(row)) + "\n"


def _entity(row: Market, kind: Entity) -> tuple[str, ...]:
    asked = row.entities.get(kind)
    if not asked:
        return f"{KINDS[kind]}: {row.absent[kind]}", "", ""
    numbers = [row.identifiers[key].title for key in asked.identifiers]
    may = [key for key in asked.optional if key not in markets.identifiers()]
    numbers += [f"*{row.identifiers[key].title}*" for key in may]
    known = markets.documents() | row.documents
    papers = [_paper(known[key]) for key in asked.documents if key != IDENTITY]
    return f"{KINDS[kind]}: {asked.title}", "; ".join(numbers), "; ".join(papers)


def _facts(row: Market) -> Iterator[str]:
    own = {
        key: one for key, one in row.identifiers.items() if key not in markets.identifiers()
    }.values()
    asked = [f"{one.title} `{one.example}`" for one in own if not one.never_kept]
    yield f"Numbers: {'; '.join(asked)}"
    never = [f"{one.title} ({one.never_kept})" for one in own if one.never_kept]
    yield from ([f"Never kept: {'; '.join(never)}"] if never else [])
    yield f"Bank account: {_account(row)}"
    for module in modules.of(row).values():
        yield from (f"Signed: {words} ({module.law})" for words in module.declarations.values())


def _line(row: Market) -> str:
    percent = f"{ownership.percent(Fraction(row.owner_line.basis_points, ownership.WHOLE))} %"
    return f"more than {percent}" if row.owner_line.more_than else f"{percent} or more"


def _account(row: Market) -> str:
    local = ", ".join(field.title for field in row.bank.local.values())
    if row.bank.check:
        local += " (with its check digits)"
    return " or ".join(filter(None, [local, "IBAN" if row.bank.iban else ""]))


def _paper(row: Document) -> str:
    return f"{row.title} ({row.months})" if row.months else row.title


def _businesses() -> str:
    rows = (
        (
            row.title,
            f"licence: {row.licence}" if row.licence else row.outcome,
            ", ".join(row.codes) or "by its words",
            ", ".join(row.countries) or "everywhere",
            row.reason,
        )
        for row in industries.categories().values()
    )
    return f"{LICENCES}\n{_table(('Business', 'Outcome', 'Codes', 'Where', 'Why'), rows)}"


def _table(headings: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [headings, ("---",) * len(headings), *rows]
    cells = (" | ".join(one.replace("|", "\\|") for one in line) for line in lines)
    return "".join(f"| {line} |\n" for line in cells)
