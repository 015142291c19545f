"""Reads. The merchant comes first, so that nobody sees another's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from django.db.models import QuerySet

from acquiring.core import ids
from acquiring.core.errors import Problem
from acquiring.exports.models import Export, Piece

UNDER_WAY = (Export.Status.WAITING, Export.Status.RUNNING)


def exports(merchant_id: UUID, kinds: Iterable[str]) -> QuerySet[Export]:
    """The merchant's exports of these lists, newest first."""
    return Export.objects.filter(merchant_id=merchant_id, kind__in=list(kinds)).order_by("-id")


def export(merchant_id: UUID, shown: str) -> Export:
    """The export `exp_…`; raises Problem `not_found`."""
    row = Export.objects.filter(merchant_id=merchant_id, id=ids.read("exp", shown)).first()
    if row is None:
        raise Problem("not_found", f"There is no export {shown}.")
    return row


def file(row: Export) -> Iterator[bytes]:
    """The file of an export that is done, a piece at a time."""
    pieces = Piece.objects.filter(merchant_id=row.merchant_id, export_id=row.id)
    for ordinal in pieces.order_by("ordinal").values_list("ordinal", flat=True):
        yield bytes(pieces.values_list("data", flat=True).get(ordinal=ordinal))
