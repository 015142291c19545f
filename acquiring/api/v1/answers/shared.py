"""What answers share: their base, the error form, lists."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Minor = Annotated[int, Meta(description="Minor units of the currency.")]
Moment = Annotated[datetime, Meta(tz=True)]
Words = dict[str, str]


class Shown(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Every member is always there; null says that there is nothing to say."""


class Error(Shown):
    """What went wrong: `code` is for programs, `message` for people, `param` names the field."""

    type: str
    code: str
    message: str
    param: str | None
    doc_url: str
    request_id: str


class Failure(Shown):
    """The one error form."""

    error: Error


class Deleted(Shown):
    """Something that is gone."""

    id: str
    object: str
    deleted: bool


def list_of(shape: type[Shown]) -> Any:
    """A page of objects. `has_more` says whether rows lie beyond it."""
    fields = [("object", Literal["list"]), ("data", list[shape]), ("has_more", bool)]  # type: ignore[valid-type]
    return msgspec.defstruct(f"{shape.__name__}List", fields, bases=(Shown,), kw_only=True)


class CardShown(Shown):
    """What anyone may see of a card."""

    brand: str
    bin: str
    last4: str
    exp_month: int
    exp_year: int
    fingerprint: str
