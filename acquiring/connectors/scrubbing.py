"""What a wire log may keep of a request or an answer: everything but secrets and people.

Three nets, one behind the other: members and headers by name, known values verbatim (the card, the
account's credentials, the shopper's data), and anything that looks like a card number by its check
digit. What is kept is bounded; a body too large to be looked through is not kept at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_plus

import orjson

MASK = "***"
KEPT_CHARACTERS = 8_192
LARGEST_BYTES = 131_072
SHORTEST_SECRET = 4

# Names whose values are secrets, card data or a person's, whatever the provider.
NAMES = frozenset(
    """
    authorization proxy-authorization cookie set-cookie x-api-key api_key apikey api-key secret
    client_secret client-secret password token access_token refresh_token signature
    number pan card_number cardnumber encryptedcardnumber encryptedsecuritycode cvc cvc2 cvv cvv2
    security_code securitycode cvn exp_month exp_year expiry expirymonth expiryyear expirydate
    expiry_date expiry_month expiry_year encryptedexpirymonth encryptedexpiryyear track_data pin
    cryptogram iban account_number accountnumber routing_number sort_code tax_id taxid
    socialsecuritynumber dateofbirth dob email phone phone_number telephonenumber ip ip_address
    """.split()
)

_SEGMENT = re.compile(r"[^\[\]]+")
# Longer than a card number may be; `_is_card_number` decides.
_CARD_NUMBER = re.compile(
    r"\d{4}(?:\d{9,}|([ -])\d{4}\1\d{4}\1\d{1,7}|([ -])\d{6}\2\d{5})",
)


class Scrubber:
    """The nets for one exchange.

    `names` are the driver's own, in lower case; `secrets` are values that must not survive in any
    member; `words` are short ones (a security code), which are hidden only where they stand alone.
    """

    def __init__(
        self, names: frozenset[str], secrets: Iterable[str], words: Iterable[str] = ()
    ) -> None:
        self._names = NAMES | names if names else NAMES
        long_enough = {secret for secret in secrets if len(secret) >= SHORTEST_SECRET}
        # The longest first: a short secret inside a long one must not break it in two.
        self._secrets = sorted(long_enough, key=len, reverse=True)
        self._words = [word for word in words if word]

    def headers(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Headers with the named ones masked and the others looked through."""
        return {
            name: MASK if name.lower() in self._names else self.text(value)
            for name, value in headers.items()
        }

    def url(self, url: str) -> str:
        """A URL, its query looked through like a form."""
        path, mark, query = url.partition("?")
        return self.text(path) + mark + (self._form(query) if query else "")

    def body(self, body: bytes, content_type: str) -> str:
        """A body as text of at most 8,192 characters, read as JSON or a form where it is one."""
        if not body:
            return ""
        if len(body) > LARGEST_BYTES:
            return f"({len(body)} bytes, not kept)"
        return self._body(body, content_type)[:KEPT_CHARACTERS]

    # Names first, which is cheap and usually enough; only where something still looks like a secret
    # is every value gone through.

    def _body(self, body: bytes, content_type: str) -> str:
        if "form-urlencoded" in content_type:
            return self._form(body.decode("utf-8", "replace"))
        try:
            named = self._named(orjson.loads(body))
        except orjson.JSONDecodeError:
            return self.text(body.decode("utf-8", "replace"))
        text = orjson.dumps(named).decode()
        # An escaped character may stand beside a secret, or inside it.
        if "\\" in text or self._suspects(text):
            text = orjson.dumps(self._searched(named)).decode()
        return text

    def _form(self, text: str) -> str:
        """A form, decoded for reading."""
        pairs = [self._pair(*part.partition("=")[::2]) for part in text.split("&")]
        plain = "&".join(f"{name}={value}" for name, value in pairs)
        if not self._suspects(plain):
            return plain
        return "&".join(f"{self.text(name)}={self.text(value)}" for name, value in pairs)

    def _pair(self, name: str, value: str) -> tuple[str, str]:
        """A form's pair, decoded; its name is a bracketed chain, secret where any part of it is."""
        name, parts = _parts(name)
        plain = unquote_plus(value) if "%" in value or "+" in value else value
        return name, plain if self._names.isdisjoint(parts) else self._hidden(plain)

    def _named(self, value: Any) -> Any:
        """The value with its secret members masked."""
        if isinstance(value, dict):
            return {
                name: self._hidden(one) if name.lower() in self._names else self._named(one)
                for name, one in value.items()
            }
        return [self._named(one) for one in value] if isinstance(value, list) else value

    def _searched(self, value: Any) -> Any:
        """Every name, text and number in the value searched; a harmless number stays one."""
        if isinstance(value, dict):
            return {self.text(name): self._searched(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self._searched(one) for one in value]
        if value is None or isinstance(value, bool):
            return value
        text = str(value)
        masked = self.text(text)
        return value if masked == text else masked

    def _suspects(self, text: str) -> bool:
        if any(secret in text for secret in self._secrets):
            return True
        if any(_standing(text, word) >= 0 for word in self._words):
            return True
        return any(_is_card_number(_digits(found[0])) for found in _CARD_NUMBER.finditer(text))

    def _hidden(self, value: Any) -> Any:
        """The value of a secret member; of a card number six and four digits may be shown."""
        if value in (None, "", [], {}):
            return value
        if isinstance(value, str) and value.isdecimal() and _is_card_number(value):
            return _show(value)
        return MASK

    def text(self, text: str) -> str:
        """Free text with known values, and whatever looks like a card number, masked."""
        for secret in self._secrets:
            if secret in text:
                digits = secret.isdecimal() and len(secret) >= 13
                text = text.replace(secret, _show(secret) if digits else MASK)
        for word in self._words:
            text = _without(text, word)
        return _CARD_NUMBER.sub(_mask_card_number, text) if len(text) >= 13 else text


@lru_cache(maxsize=4096)
def _parts(name: str) -> tuple[str, tuple[str, ...]]:
    """A form's name decoded, and its parts; values, which may be secret, are never cached."""
    decoded = unquote_plus(name)
    return decoded, tuple(_SEGMENT.findall(decoded.lower()))


def _standing(text: str, word: str, start: int = 0) -> int:
    """Where the word stands with no letter or digit touching it; -1 for nowhere."""
    at = text.find(word, start)
    while at >= 0:
        behind = at + len(word)
        if not (text[max(at - 1, 0) : at].isalnum() or text[behind : behind + 1].isalnum()):
            return at
        at = text.find(word, at + 1)
    return -1


def _without(text: str, word: str) -> str:
    """The text with the word masked wherever it stands alone."""
    at = _standing(text, word)
    while at >= 0:
        text = text[:at] + MASK + text[at + len(word) :]
        at = _standing(text, word, at + len(MASK))
    return text


def _digits(text: str) -> str:
    return text.replace(" ", "").replace("-", "")


def _mask_card_number(match: re.Match[str]) -> str:
    digits = _digits(match[0])
    return _show(digits) if _is_card_number(digits) else match[0]


def _show(digits: str) -> str:
    return f"{digits[:6]}{MASK}{digits[-4:]}"


def _is_card_number(digits: str) -> bool:
    """Whether 13 to 19 digits carry a right Luhn check digit."""
    if not 13 <= len(digits) <= 19:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        weighted = int(digit) * (1 + place % 2)
        total += weighted - 9 if weighted > 9 else weighted
    return total % 10 == 0
