"""Reading the QR codes that merchants show, as a bank's app does before it asks its customer.

Written from the EMVCo merchant-presented specification and the schemes' own account templates.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from acquiring.core.money import Money, currencies


class Unreadable(ValueError):  # noqa: N818 (a fact about the text)
    """A text that a bank's app would refuse, and why."""


class Scanned(NamedTuple):
    """What a code asks its payer for; `account` is the nine digits our payees are known by."""

    scheme: str
    account: str
    payee: str
    money: Money
    reference: str


# How an account template names its scheme, and the member in which a payee stands.
SCHEMES = {
    "SG.PAYNOW": ("paynow", "02"),
    "A000000677010112": ("promptpay", "01"),
    "A0000006150001": ("duitnow", "02"),
    "ID.CO.QRIS.WWW": ("qris", "02"),
    "A000000727": ("vietqr", "01"),
    "hk.com.hkicl": ("fps", "02"),
    "br.gov.bcb.pix": ("pix", "01"),
}
# The account number inside a payee: a UEN ends with a letter, a biller begins with 0 and ends with
# five more, a national merchant id begins with the country; of a VietQR it follows the bank's.
NUMBER = re.compile(r"(?:0|ID|0006\d{6}01\d\d)?([1-9]\d{8})(?:00000|Z|@.*)?")


def scanned(text: str) -> Scanned:
    """What a code says; raises Unreadable."""
    return _link(text) if text.startswith("upi://") else _code(text.strip())


def _code(text: str) -> Scanned:
    head, given = text[:-4], text[-4:]
    if not head.endswith("6304") or f"{_crc(head.encode()):04X}" != given:
        raise Unreadable("The code is damaged: its checksum does not fit.")
    tags = dict(_objects(head[:-4]))
    more = dict(_objects(tags.get("62", "")))
    scheme, payee = _account(tags)
    number = NUMBER.fullmatch(payee)
    if not number:
        raise Unreadable("The code names no account of this bank.")
    reference = more.get("05") or more.get("01") or more.get("08") or ""
    if scheme == "promptpay":
        reference = dict(_objects(tags["30"])).get("02", "")
    code = next((one for one, row in currencies().items() if row["numeric"] == tags["53"]), "")
    if not code or not tags.get("54"):
        raise Unreadable("The code names no amount.")
    try:
        money = Money.from_major(tags["54"], code)
    except ValueError as error:
        raise Unreadable(str(error)) from error
    return Scanned(scheme, number[1], tags.get("59", ""), money, reference)


def _account(tags: dict[str, str]) -> tuple[str, str]:
    """The scheme of the code and its payee there."""
    for tag in sorted(tags):
        if not 26 <= int(tag) <= 51:
            continue
        members = dict(_objects(tags[tag]))
        guid = members.get("00", "")
        if guid in SCHEMES:
            scheme, member = SCHEMES[guid]
            return scheme, members.get(member, "")
        if "@" in guid:
            return "khqr", members.get("01", "")
    raise Unreadable("The code belongs to no scheme this bank knows.")


def _link(text: str) -> Scanned:
    asked = {name: values[0] for name, values in parse_qs(urlsplit(text).query).items()}
    number = NUMBER.fullmatch(asked.get("pa", ""))
    if not number or asked.get("cu") != "INR" or not asked.get("am"):
        raise Unreadable("The link names no payee, amount or currency.")
    money = Money.from_major(asked["am"], "INR")
    return Scanned("upi", number[1], asked.get("pn", ""), money, asked.get("tr", ""))


def _objects(text: str) -> Iterator[tuple[str, str]]:
    while text:
        tag, size = text[:2], text[2:4]
        if not (tag.isdigit() and size.isdigit()) or len(text) < 4 + int(size):
            raise Unreadable("The code is damaged: an object is cut off.")
        yield tag, text[4 : 4 + int(size)]
        text = text[4 + int(size) :]


def _crc(data: bytes) -> int:
    value = 0xFFFF
    for byte in data:
        value ^= byte << 8
        for _ in range(8):
            value = (value << 1) ^ 0x1021 if value & 0x8000 else value << 1
            value &= 0xFFFF
    return value
