"""An application told by the API alone, as a platform's program would."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from merchants.kyc import requirements as kyc
from tests.onboarding import filling, sheets

ROOM = "/onboarding/applications"


class Program(Protocol):
    """What has a key and speaks to the API; an answer is the JSON of it."""

    def post(self, path: str, body: Any = None) -> Any: ...

    def get(self, path: str) -> Any: ...

    def call(self, method: str, path: str, body: Any = None) -> Any: ...

    def form(self, path: str, file: tuple[str, bytes], **fields: str) -> Any: ...


def given(
    platform: Program,
    firm: str = "Testco Lamps",
    country: str = "SG",
    entity: str = "company",
    activity: Mapping[str, Any] = filling.ACTIVITY,
    **person: Any,
) -> Any:
    """An application of which nothing is missing. `person` are members of the one behind it."""
    market = filling.markets.market(country)
    opening = {"business_name": firm, "country": country, "reference": "shop-17"}
    told = {"entity": entity, **activity}
    told |= {"activity.currency": market.currency, "activity.markets": [country]}
    made = platform.post(ROOM, {**opening, "changes": told})
    at = f"{ROOM}/{made['id']}"
    asked = market.entities[entity]
    members = {
        "name": firm if entity == "sole_trader" else "Nora Nordlicht",
        "roles": sorted({*asked.people, *(["owner"] if asked.owners else [])}),
        "birth_date": "1985-04-03",
        **person,
    }
    platform.post(f"{at}/people", {"changes": members})
    account = {"currency": market.currency, "country": country, "holder": firm}
    for key, field in market.bank.local.items():
        account[f"fields.{key}"] = field.example
    platform.post(f"{at}/bank_accounts", {"changes": account})
    for _ in range(4):
        shown = platform.get(at)
        wanted = [one for one in shown["requirements"] if one["status"] != "given"]
        if not wanted:
            break
        changes = {}
        for one in wanted:
            if one["kind"] == "paper":
                hand_in(platform, at, one["path"], country)
            else:
                changes[one["path"]] = filling.answer(country, kyc.Requirement(**one))
        if changes:
            platform.call("PATCH", at, {"changes": changes})
    return shown


def hand_in(platform: Program, at: str, path: str, country: str = "SG") -> Any:
    """One paper at a path of an application."""
    _, kind, *rest = path.split(".")
    fields = dict.fromkeys(["person"] if rest else [], "".join(rest))
    row = filling.markets.document(country, kind)
    if row.months:
        fields["issued_on"] = str(filling.clock.now().date())
    if row.expires:
        fields["expires_on"] = "2090-01-01"
    return platform.form(f"{at}/documents", ("paper.png", sheets.png()), kind=kind, **fields)
