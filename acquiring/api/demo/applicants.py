"""Businesses on their way to live payments: told, documented, sent and judged by real services.

Each is told from `applicants.toml`, with specimens drawn here for papers, and judged at once: the
worker need not load what compares names before somebody has a use for it.
"""

from __future__ import annotations

import io
import tomllib
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from django.db import transaction
from PIL import Image, ImageDraw, ImageFont

from acquiring.core import clock
from merchants.kyc import markets
from merchants.kyc.requirements import Requirement, open_ones
from merchants.models import Merchant
from merchants.onboarding import (
    accounts,
    applying,
    documents,
    parties,
    platforms,
    queries,
    working,
)
from merchants.onboarding.models import Application
from merchants.screening import rescreening

ACTOR = "system:demo"
ACTIVITY: dict[str, Any] = {
    "activity.description": "Lamps of glass and brass, made to order and sold to people at home.",
    "activity.mcc": "5719",
    "activity.channels": ["online"],
    "activity.customers": "consumers",
    "activity.delivery_days": 3,
    "activity.monthly_volume": 2_500_000,
    "activity.average_payment": 8_900,
    "activity.largest_payment": 60_000,
}
SHEET = (900, 1200)
INK, FAINT, STAMP = "#1d2b33", "#c9d2d7", "#b4552d"


def apply(merchant: Merchant) -> int:
    """Bring each applicant to its verdict, once; returns how many were new."""
    rescreening.look()  # what the first lists brought concerns nobody yet
    return sum(_apply(merchant, row) for row in _rows())


@transaction.atomic
def _apply(merchant: Merchant, row: dict[str, Any]) -> bool:
    """Whole or not at all: a run that was cut short leaves none of it behind."""
    with clock.shifted(-timedelta(days=row.get("days_ago", 0))):
        application = _open(merchant, row)
        if application.status != Application.Status.DRAFT or application.entity:
            return False
        _tell(application, row)
        for one in _open_now(application):
            if one.kind == "paper":
                _hand_in(application, one)
        working.judge(applying.send(application, ACTOR))
    return True


def _open(merchant: Merchant, row: dict[str, Any]) -> Application:
    if "name" not in row:
        return applying.open_for(merchant.business, row["mode"], ACTOR)
    known = Application.objects.filter(platform_id=merchant.id, reference=row["reference"]).first()
    return known or platforms.open_business(
        merchant.id, row["mode"], ACTOR, row["name"], row["country"], row["reference"]
    )


def _tell(application: Application, row: dict[str, Any]) -> None:
    country, currency = row["country"], markets.market(row["country"]).currency
    address = {**row["address"], "country": country}
    told = {
        "entity": row["entity"],
        **ACTIVITY,
        "activity.website": row["website"],
        "activity.currency": currency,
        "activity.markets": [country],
        **row["told"],
        **{f"company.identifiers.{key}": value for key, value in row["numbers"].items()},
        **{f"company.registered_address.{key}": value for key, value in address.items()},
    }
    applying.tell(application, ACTOR, told)
    for person in row["people"]:
        home = {f"address.{key}": value for key, value in address.items()}
        own = {"nationality": country, "politically_exposed": False, "email": "owner@example.com"}
        parties.add(application, ACTOR, {**home, **own, **person})
    holder = application.business.legal_name
    account = {"currency": currency, "country": country, "holder": holder}
    accounts.add(application, ACTOR, {**account, "fields": row["account"]})
    agreed = [one.path for one in _open_now(application) if one.kind == "consent"]
    applying.tell(application, ACTOR, dict.fromkeys(agreed, True))


def _open_now(application: Application) -> list[Requirement]:
    application.refresh_from_db()
    return open_ones(queries.facts(application))


def _hand_in(application: Application, asked: Requirement) -> None:
    _, kind, *rest = asked.path.split(".")
    owner = next((one for one in rest if one.startswith("per_")), "")
    side = next((int(one) for one in rest if one.isdigit()), 1)
    party = parties.find(application, owner) if owner else None
    row, today = markets.document(application.country, kind), clock.now().date()
    documents.take(
        application, ACTOR, kind, f"{kind}.png",
        _specimen(row.title, party.name if party else application.business.legal_name),
        party=party, side=side,
        issued_on=today - timedelta(days=9) if row.months else None,
        expires_on=today + timedelta(days=1200) if row.expires else None,
    )  # fmt: skip


def _specimen(title: str, name: str) -> bytes:
    """A page that says what it stands for, and that it is none: PNG."""
    page = Image.new("RGB", SHEET, "white")
    pen = ImageDraw.Draw(page)
    pen.text((80, 90), title[:44], INK, ImageFont.load_default(38))
    pen.text((80, 160), name, INK, ImageFont.load_default(30))
    for number, top in enumerate(range(260, 1120, 44)):
        pen.rectangle((80, top, 820 - 97 * (number * 5 % 4), top + 12), FAINT)
    stamp = Image.new("L", (760, 150))
    ImageDraw.Draw(stamp).text((10, 10), "SPECIMEN", 255, ImageFont.load_default(130))
    turned = stamp.rotate(28, expand=True)
    page.paste(STAMP, (60, 420), turned)
    written = io.BytesIO()
    page.save(written, "PNG")
    return written.getvalue()


@cache
def _rows() -> list[dict[str, Any]]:
    text = Path(__file__).with_name("applicants.toml").read_text("utf-8")
    return tomllib.loads(text)["applicants"]
