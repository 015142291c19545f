"""Who owns a business in the end: shares multiplied along every chain, and added up."""

from __future__ import annotations

from fractions import Fraction

from merchants.kyc import identifiers
from merchants.kyc.facts import Facts, Party
from merchants.kyc.records import Line

WHOLE = 10_000  # basis points


def effective(facts: Facts) -> dict[str, Fraction]:
    """By party, the share of the business held directly and through others, of 1.

    A chain that leads back to itself counts once round and no further.
    """
    return {party.id: _held(facts, party, frozenset()) for party in facts.people}


def beneficial(facts: Facts, line: Line) -> list[str]:
    """The people (not companies) whose share reaches the line, the largest first.

    Who holds on several ways is named once for each: what is held on all of them counts.
    """
    shares = effective(facts)
    people = [one for one in facts.people if one.kind == "person"]
    held = {one.id: sum(shares[other.id] for other in people if same(one, other)) for one in people}
    reached = [one for one, share in held.items() if line.reached(share * WHOLE)]
    return sorted(reached, key=lambda one: (-held[one], one))


def below(facts: Facts, line: Line) -> set[str]:
    """The people named as owners only, of whom it was told that they hold less than the line."""
    reached = beneficial(facts, line)
    small = (one for one in facts.people if one.kind == "person" and one.share is not None)
    return {one.id for one in small if one.roles == ("owner",) and one.id not in reached}


def same(one: Party, other: Party) -> bool:
    """Whether two rows are of one person: a number, or name and birth date in common."""
    if one.id == other.id:
        return True
    if _numbers(one) & _numbers(other):
        return True
    named = bool(one.name) and one.name.casefold().split() == other.name.casefold().split()
    return named and one.birth_date is not None and one.birth_date == other.birth_date


def _numbers(party: Party) -> set[tuple[str, str]]:
    return {(key, identifiers.compact(text)) for key, text in party.identifiers.items()}


def problem(facts: Facts, line: Line) -> str | None:
    """What does not add up, in words; None when it does."""
    known = {one.id for one in facts.people}
    for party in facts.people:
        if party.through and (party.through not in known or party.through == party.id):
            return f"{party.name or 'An owner'} holds shares through somebody who is not named."
        if party.through and _kind(facts, party.through) != "company":
            return f"{party.name or 'An owner'} can hold shares through a company only."
        if _goes_round(facts, party):
            return (
                f"The shares of {party.name or 'an owner'} go round and never reach the business."
            )
    for held in {"", *(one.through for one in facts.people)}:
        total = Fraction(sum(one.share or 0 for one in facts.people if one.through == held), WHOLE)
        if total > 1:
            return f"Shares add up to {percent(total)} %, they cannot be more than 100 %."
    for party in facts.people:
        share = _held(facts, party, frozenset())
        reached = line.reached(share * WHOLE)
        if party.kind == "company" and reached and not _behind(facts, party):
            held_by = party.name or "the company"
            return f"Please name who owns {held_by}: it holds {percent(share)} %."
    if not facts.people:
        return "Please name the owners, or who runs the business when nobody owns as much."
    if not beneficial(facts, line) and not _managers(facts):
        return "When nobody's share reaches the line, name the person who controls the business."
    return None


def percent(share: Fraction) -> str:
    """A share of 1 in per cent, without the sign, two digits after the point at most."""
    whole, rest = divmod(int(share * WHOLE), 100)
    return f"{whole}.{rest:02d}".rstrip("0") if rest else str(whole)


def _goes_round(facts: Facts, party: Party) -> bool:
    above = {one.id: one.through for one in facts.people}
    at, steps = party.through, 0
    while at and steps <= len(above):
        at, steps = above.get(at, ""), steps + 1
    return bool(at)


def _held(facts: Facts, party: Party, seen: frozenset[str]) -> Fraction:
    share = Fraction(party.share or 0, WHOLE)
    if not party.through:
        return share
    if party.id in seen:
        return Fraction(0)
    above = next((one for one in facts.people if one.id == party.through), None)
    return share * _held(facts, above, seen | {party.id}) if above else Fraction(0)


def _behind(facts: Facts, party: Party) -> bool:
    return any(one.through == party.id for one in facts.people)


def _managers(facts: Facts) -> bool:
    return any({"director", "controller"} & set(one.roles) for one in facts.people)


def _kind(facts: Facts, party_id: str) -> str:
    return next((one.kind for one in facts.people if one.id == party_id), "")
