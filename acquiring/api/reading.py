"""What a request carries, as structs: bodies by msgspec, queries likewise, every fault named.

The structs say what is allowed; a fault becomes a Problem whose `param` is the member's path.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from typing import Any, NamedTuple, TypeVar, get_args, get_type_hints

import msgspec
from django.core.exceptions import TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError

from acquiring.core.errors import Problem

MAX_BODY_BYTES = 262_144
MAX_FORM_BYTES = 8 * 1024 * 1024 + 65_536  # a paper of onboarding, and what a form adds
Shape = TypeVar("Shape", bound=msgspec.Struct)

# PostgreSQL has no NUL in text; an escaped backslash before the u makes it harmless.
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_INTEGER = re.compile(r"-?[0-9]{1,18}")
_PLACE = re.compile(r" - at (?P<key>`key` in )?`\$\.?(?P<path>[^`]*)`$")
_NAMED = re.compile(r"^Object (?P<what>missing required|contains unknown) field `(?P<name>[^`]*)`")


def body(request: HttpRequest, shape: type[Shape]) -> tuple[Shape, bytes]:
    """The body as a struct, and as it came. An empty body is `{}`. Raises Problem."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_BODY_BYTES:
        raise Problem("body_too_large")
    raw = request.body
    if not raw:
        return decode(b"{}", shape), raw
    if request.content_type != "application/json":
        raise Problem("unsupported_media_type")
    return decode(raw, shape), raw


class Upload(NamedTuple):
    """A file of a form."""

    name: str
    content: bytes


def form(request: HttpRequest, shape: type[Shape]) -> tuple[Shape, bytes, Upload]:
    """The fields of a form as a struct, what tells it from another form, and its one `file`.

    Numbers are written in digits. Raises Problem.
    """
    if request.content_type != "multipart/form-data":
        raise Problem("unsupported_media_type", "Send multipart/form-data with a file.")
    if int(request.META.get("CONTENT_LENGTH") or 0) > MAX_FORM_BYTES:
        raise Problem("body_too_large", "A file has at most 8 MB.", "file")
    try:
        fields, files = request.POST, request.FILES
    except (MultiPartParserError, TooManyFieldsSent, TooManyFilesSent) as error:
        raise Problem("invalid_body", "This is no form that can be read.") from error
    members = {name: _one(fields, name) for name in fields}
    for name in set(members) & _typed_names(shape):
        members[name] = _typed(members[name])
    given = files.getlist("file")
    if set(files) != {"file"} or len(given) != 1:
        raise Problem("missing_field", "The form has one file, called file.", "file")
    try:
        read = msgspec.convert(members, shape)
    except msgspec.ValidationError as error:
        raise _problem(str(error)) from None
    content = given[0].read()
    told = repr(sorted(members.items())).encode() + sha256(content).digest()
    return read, told, Upload(given[0].name or "", content)


def _one(fields: QueryDict, name: str) -> Any:
    values = fields.getlist(name)
    if len(values) != 1 or "\0" in values[0] or "\0" in name:
        raise Problem("invalid_field", f"{name[:80]} is one text.", name[:80])
    return values[0]


def decode(raw: bytes, shape: type[Shape]) -> Shape:
    """JSON bytes as a struct; raises Problem naming the field and the rule."""
    if b"\\u0000" in raw and _NUL.search(raw):
        raise Problem("invalid_field", "Text cannot contain the character U+0000.")
    try:
        return _decoder(shape).decode(raw)
    except msgspec.ValidationError as error:
        raise _problem(str(error)) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem("invalid_body", f"The body is not JSON: {str(error)[:200]}.") from None


def query(request: HttpRequest, shape: type[Shape]) -> Shape:
    """The query as a struct; names that end in [] may repeat, others not. Raises Problem."""
    if not request.META.get("QUERY_STRING"):
        return shape()
    members: dict[str, Any] = {}
    for name, values in request.GET.lists():
        if any("\0" in one for one in (name, *values)):
            raise Problem("invalid_field", "Text cannot contain the character U+0000.", name[:80])
        if name.endswith("[]"):
            members[name] = values
        elif len(values) > 1:
            raise Problem("invalid_field", f"{name[:80]} is given more than once.", name[:80])
        else:
            members[name] = _typed(values[0]) if name in _typed_names(shape) else values[0]
    try:
        return msgspec.convert(members, shape)
    except msgspec.ValidationError as error:
        raise _problem(str(error)) from None


def _typed(text: str) -> int | bool | str:
    """A whole number, or true or false, as such; anything else as it came, to be refused."""
    if _INTEGER.fullmatch(text):
        return int(text)
    return {"true": True, "false": False}.get(text, text)


@cache
def _typed_names(shape: type[msgspec.Struct]) -> frozenset[str]:
    """The parameters that are numbers or flags."""
    hints = get_type_hints(shape)
    return frozenset(
        field.encode_name
        for field in msgspec.structs.fields(shape)
        if {int, bool} & {hints[field.name], *get_args(hints[field.name])}
    )


@cache
def _decoder(shape: type[Shape]) -> msgspec.json.Decoder[Shape]:
    return msgspec.json.Decoder(shape)


def _problem(text: str) -> Problem:
    """msgspec's complaint in our form."""
    place = _PLACE.search(text)
    path = _param(place) if place else ""
    rule = text[: place.start()] if place else text
    named = _NAMED.match(rule)
    if named:
        name = named["name"][:80]
        param = f"{path}.{name}" if path else name
        if named["what"] == "missing required":
            return Problem("missing_field", f"The field {param} is missing.", param)
        return Problem("unknown_field", f"There is no field {param}.", param)
    if not path:
        return Problem("invalid_body")
    return Problem("invalid_field", f"{path}: {_rule(rule)}.", path)


def _param(place: re.Match[str]) -> str:
    """`$.types[0]` as `types[0]`, `$.metadata[...]` as `metadata`."""
    return place["path"].replace("[...]", "")


def _rule(rule: str) -> str:
    """The rule that was broken, without the value that broke it: it may be somebody's secret."""
    if rule.startswith("Invalid enum value"):
        return "not one of the values it can have"
    return rule.replace("`", "").replace("Expected", "expected").replace("regex ", "")
