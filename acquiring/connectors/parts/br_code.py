"""The text of a Pix QR code (BR Code) that leads to a charge at a bank.

Source: the EMV merchant presented mode as Banco Central's manual of the BR Code uses it: tags of
two digits, lengths of two digits, and a CRC-16 (polynomial 0x1021, start 0xFFFF) over it all.
"""

from __future__ import annotations

import binascii
import unicodedata

from acquiring.core.money import Money


def br_code(location: str, money: Money, name: str = "", city: str = "") -> str:
    """A code to be paid once; `location` is the charge's address without its scheme.

    Name and city are only shown until the charge itself was read; the code wants some all the same.
    """
    account = _tag(0, "br.gov.bcb.pix") + _tag(25, location)
    code = _tag(0, "01") + _tag(1, "12") + _tag(26, account) + _tag(52, "0000") + _tag(53, "986")
    code += _tag(54, money.major()) + _tag(58, "BR")
    code += _tag(59, _plain(name, 25) or "PIX") + _tag(60, _plain(city, 15) or "BRASIL")
    code += _tag(62, _tag(5, "***")) + "6304"
    return f"{code}{binascii.crc_hqx(code.encode(), 0xFFFF):04X}"


def _tag(number: int, value: str) -> str:
    return f"{number:02d}{len(value):02d}{value}"


def _plain(text: str, longest: int) -> str:
    """Letters without their accents, as the code can carry them."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return bare[:longest].strip()
