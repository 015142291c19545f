"""Checks against others: look-alikes among applications, names on watch lists, regulations."""

from __future__ import annotations

from collections.abc import Iterator

from merchants.kyc import banks, markets, modules
from merchants.kyc.checks.records import Known, Screened, Seen
from merchants.kyc.facts import Facts
from merchants.kyc.people import ROLE_TITLES
from merchants.kyc.requirements import requirements


def alike(facts: Facts, known: Known) -> Iterator[Seen]:
    """No other application has what only one business should have."""
    if not known.alike:
        yield Seen("application", "unique", "No other application shares a number or a person.")
    for one in known.alike:
        saw = f"refused_{one.kind}" if one.refused else one.kind
        listed = ", ".join(one.others[:5])
        evidence = {"others": list(one.others[:20])}
        yield Seen(one.subject, saw, f"Also in {listed}.", evidence)


def screening(facts: Facts, known: Known) -> Iterator[Seen]:
    """Neither the business nor anybody behind it is on a watch list, nor who its payouts go to."""
    subjects = {"company": facts.company.legal_name}
    subjects |= {f"people.{one.id}": one.name for one in facts.people}
    subjects |= {f"accounts.{one.id}": one.holder for one in banks.payees(facts)}
    for path, name in subjects.items():
        if not name:
            continue
        told = known.screened.get(path, Screened())
        evidence = {"lists": list(told.lists)}
        payee = path.startswith("accounts.") and told.result == "confirmed"
        yield Seen(
            path, "payee" if payee else told.result, SCREENED_WORDS[told.result], evidence
        )  # fmt: skip


def regulations(facts: Facts, known: Known) -> Iterator[Seen]:
    """Each regulation of the market with what it adds: roles that are held, papers that came."""
    given = {one.path for one in requirements(facts) if one.status == "given"}
    kinds = {path.split(".")[1] for path in given if path.startswith("documents.")}
    roles = {role for one in facts.people for role in one.roles}
    for key, row in modules.of(markets.market(facts.country)).items():
        if not row.holds(facts.entity):
            continue
        lacking = [ROLE_TITLES[one] for one in row.people if one not in roles]
        titles = {one: markets.document(facts.country, one).title for one in row.documents}
        lacking += [title for one, title in titles.items() if one not in kinds]
        evidence = {"module": key, "law": row.law, "lacking": ", ".join(lacking)}
        words = f"{row.title} ({row.authority}), {row.law}."
        if lacking:
            yield Seen("people", "lacking", f"{words} Lacking: {evidence['lacking']}.", evidence)
        else:
            yield Seen("country", "met", words, evidence)


SCREENED_WORDS = {
    "clear": "On no list.",
    "possible": "Resembles an entry; see the screening cases.",
    "confirmed": "Confirmed to be an entry of a list.",
    "stale": "The lists are too old to say.",
    "away": "The screening could not be made.",
    "off": "No list is loaded.",
}
CHECKS = {"alike": alike, "screening": screening, "regulations": regulations}
