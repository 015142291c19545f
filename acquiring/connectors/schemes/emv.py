"""EMVCo merchant-presented QR codes: the text inside, written and read.

The text is a list of data objects, each a two-digit tag, a two-digit length in characters and a
value; some values are such lists again. The last object, 63, is a checksum over all before it and
its own tag and length: CRC-16 with polynomial 0x1021 and initial value 0xFFFF.

Source: EMV QR Code Specification for Payment Systems, Merchant-Presented Mode, version 1.1.
"""

from __future__ import annotations

import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from acquiring.core.money import Money, from_numeric, numeric

CHECKSUM = "63"
ACCOUNTS = range(2, 52)  # merchant account information: 02 to 51
TEMPLATES = frozenset(f"{tag:02}" for tag in (*range(26, 52), 62, 64))
LONGEST = 99

VERSIONS = ("01", "02")  # 02 is what DuitNow writes
STATIC, DYNAMIC = "11", "12"
WHOLE = frozenset({"IDR", "KHR"})
# Members of the additional data field (62) by our names.
ADDITIONAL = {
    "bill_number": "01",
    "mobile_number": "02",
    "store_label": "03",
    "loyalty_number": "04",
    "reference": "05",
    "customer_label": "06",
    "terminal_label": "07",
    "purpose": "08",
    "requested": "09",
}


# A text, or members by tag.
Value = str | Mapping[str, Any]


class BadCode(ValueError):  # noqa: N818 (a fact about the text)
    """A text that is no such code, or one that was changed on its way."""


@dataclass(frozen=True)
class Code:
    """What a code says.

    `accounts` are the merchant's accounts at schemes by tag, each a text or members by tag;
    `money` is None where the payer types the amount; `additional` is by our names (ADDITIONAL);
    `other` are objects that have no place here, by tag, kept in their order.
    """

    accounts: Mapping[str, Value]
    name: str
    city: str
    country: str
    currency: str
    money: Money | None = None
    is_dynamic: bool = False
    category: str = "0000"
    postal_code: str = ""
    additional: Mapping[str, str] = field(default_factory=dict)
    other: Mapping[str, Value] = field(default_factory=dict)


def checksum(text: str) -> str:
    """The four hexadecimal digits under a text that ends with "6304"."""
    return f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def written(objects: Iterable[tuple[str, Value]]) -> str:
    """Data objects as text; those with an empty value are left out. Raises ValueError."""
    text = ""
    for tag, value in objects:
        content = value if isinstance(value, str) else written(value.items())
        if not content:
            continue
        if len(content) > LONGEST:
            raise ValueError(f"object {tag} is longer than {LONGEST} characters")
        text += f"{tag}{len(content):02}{content}"
    return text


def signed(objects: Iterable[tuple[str, Value]]) -> str:
    """Data objects as a whole code, with its checksum."""
    text = written(objects) + f"{CHECKSUM}04"
    return text + checksum(text)


def encode(code: Code, format_indicator: str = "01") -> str:
    """A code as text, its objects in the order of their tags. Raises ValueError."""
    additional = {ADDITIONAL[name]: text for name, text in code.additional.items() if text}
    objects: dict[str, Value] = {
        "00": format_indicator,
        "01": DYNAMIC if code.is_dynamic else STATIC,
        **code.accounts,
        "52": code.category,
        "53": numeric(code.currency),
        "54": amount_text(code.money) if code.money else "",
        "58": code.country,
        "59": code.name,
        "60": code.city,
        "61": code.postal_code,
        "62": dict(sorted(additional.items())),
        **code.other,
    }
    return signed(sorted(objects.items()))


def amount_text(money: Money) -> str:
    """An amount as it stands in a code: major units, whole where nobody pays in cents any more."""
    text = money.major()
    return text.removesuffix(".00") if money.currency in WHOLE else text


def parse(text: str) -> dict[str, str]:
    """The data objects of a text by tag. Raises BadCode where a length leads beyond its end."""
    found: dict[str, str] = {}
    at = 0
    while at < len(text):
        tag, length = text[at : at + 2], text[at + 2 : at + 4]
        if not (tag.isdecimal() and length.isdecimal() and len(length) == 2):
            raise BadCode(f"no data object begins at character {at}")
        value = text[at + 4 : at + 4 + int(length)]
        if len(value) < int(length):
            raise BadCode(f"object {tag} is cut off")
        if tag in found:
            raise BadCode(f"object {tag} stands twice")
        found[tag] = value
        at += 4 + int(length)
    return found


def decode(text: str) -> Code:
    """What a code says. Raises BadCode for a text that is none, or whose checksum is wrong."""
    text = text.strip()
    if len(text) < 8 or text[-8:-4] != f"{CHECKSUM}04":
        raise BadCode("it does not end with a checksum")
    if checksum(text[:-4]) != text[-4:].upper():
        raise BadCode("its checksum is not its own: it was changed or misread")
    objects = parse(text[:-8])
    if objects.pop("00", "") not in VERSIONS:
        raise BadCode("it does not begin as a merchant-presented code")
    accounts = {
        tag: _members(tag, objects.pop(tag)) for tag in list(objects) if int(tag) in ACCOUNTS
    }
    currency = from_numeric(objects.pop("53", ""))
    if not currency:
        raise BadCode("it names no currency we know")
    paid = objects.pop("54", "")
    names = {tag: name for name, tag in ADDITIONAL.items()}
    more = parse(objects.pop("62", ""))
    return Code(
        accounts=accounts,
        is_dynamic=objects.pop("01", STATIC) == DYNAMIC,
        category=objects.pop("52", ""),
        currency=currency,
        money=_money(paid, currency) if paid else None,
        country=objects.pop("58", ""),
        name=objects.pop("59", ""),
        city=objects.pop("60", ""),
        postal_code=objects.pop("61", ""),
        additional={names[tag]: value for tag, value in more.items() if tag in names},
        other=objects,
    )


def _members(tag: str, value: str) -> Value:
    return parse(value) if tag in TEMPLATES else value


def _money(text: str, currency: str) -> Money:
    try:
        return Money.from_major(text, currency)
    except ValueError as error:
        raise BadCode(f"its amount {text[:20]!r} is none in {currency}") from error
