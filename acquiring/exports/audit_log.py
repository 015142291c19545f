"""The audit log as a list to export: who did what to which thing, with each entry's seal."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson
from django.utils.translation import gettext_lazy as _

from acquiring.core import auditing, ids, spans
from acquiring.exports.kinds import Column, Filters, Kind, Value, only
from merchants.models import Merchant


def _find(merchant_id: UUID, filters: Filters) -> Any:
    given = only(filters, *auditing.FILTERS, "when", "when_from", "when_to")
    merchant = Merchant.objects.get(pk=merchant_id)
    bounds = (given.get("when_from", ""), given.get("when_to", ""))
    span = spans.span(given.get("when", ""), *bounds, ZoneInfo(merchant.time_zone))
    return auditing.entries(merchant_id, ids.show("biz", merchant.business_id), given, *span)


def _actor(row: Any) -> Value:
    """The platform's own people are not named to merchants."""
    return "Caravel" if row.actor.startswith("staff:") else row.actor


def _changes(row: Any) -> Value:
    return orjson.dumps(row.changes).decode() if row.changes else ""


def _seal(row: Any) -> Value:
    return bytes(row.hash).hex() if row.hash else ""


AUDIT = Kind(
    name="audit",
    prefix="aud",
    permission="audit.view",
    title=_("Audit log"),
    find=_find,
    columns=(
        Column("id", _("Entry"), lambda row: ids.show("aud", row.id)),
        Column("created_at", _("When"), lambda row: row.created_at),
        Column("actor", _("Who"), _actor),
        Column("action", _("What"), lambda row: row.action),
        Column("subject", _("Subject"), lambda row: row.subject),
        Column("changes", _("Changes"), _changes),
        Column("ip", _("Internet address"), lambda row: row.ip or ""),
        Column("request_id", _("Request"), lambda row: row.request_id),
        Column("sequence", _("Number"), lambda row: row.sequence),
        Column("hash", _("Seal"), _seal),
    ),
)
