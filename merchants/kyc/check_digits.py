"""Check digits that python-stdnum has not: the published ways to compute them.

Each function takes the compact text (already of the right look) and says whether it agrees.
"""

from __future__ import annotations

import datetime

from stdnum import luhn
from stdnum.hu import anum

RIB_LETTERS = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "12345678912345678923456789")
LETTERS_OF_TAIWAN = "ABCDEFGHJKLMNPQRSTUVXYWZIO"  # in this order they stand for 10, 11, 12 …


def hkid(text: str) -> bool:
    """Hong Kong identity card: weights 9 to 1, blank counts 36, A is ten; the sum is of eleven."""
    padded = text.rjust(9)
    values = [36 if one == " " else int(one, 36) for one in padded]
    return _weighed(values, (9, 8, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def nric_sg(text: str) -> bool:
    """Singapore NRIC and FIN: seven weights, an offset by the first letter, a letter of eleven."""
    offset = {"T": 4, "G": 4, "M": 3}.get(text[0], 0)
    row = {"S": "JZIHGFEDCBA", "T": "JZIHGFEDCBA", "M": "KLJNPQRTUWX"}.get(text[0], "XWUTRQPNMLK")
    rest = (_weighed(_digits(text[1:8]), (2, 7, 6, 5, 4, 3, 2)) + offset) % 11
    return row[10 - rest if text[0] == "M" else rest] == text[8]


def korea_business(text: str) -> bool:
    """Korean business registration number: weights 1, 3, 7 …, the tens of the last product too."""
    digits = _digits(text)
    total = _weighed(digits[:9], (1, 3, 7, 1, 3, 7, 1, 3, 5)) + digits[8] * 5 // 10
    return (total + digits[9]) % 10 == 0


def kuwait_civil(text: str) -> bool:
    """Kuwait civil number: eleven weights, what is missing to eleven; the birth date is in it."""
    digits = _digits(text)
    rest = 11 - _weighed(digits[:11], (2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)) % 11
    return rest == digits[11] and _day({"2": 1900, "3": 2000}.get(text[0], 0), text[1:7])


def egypt_national(text: str) -> bool:
    """Egypt national number: century, birth date and governorate are possible (no check digit is
    published)."""
    governorates = {*range(1, 5), *range(11, 20), *range(21, 30), *range(31, 36), 88}
    return _day({"2": 1900, "3": 2000}[text[0]], text[1:7]) and int(text[7:9]) in governorates


def luhn_number(text: str) -> bool:
    """Luhn over the whole: Emirates ID, Saudi national id and Iqama."""
    return luhn.is_valid(text)


def gesellschaftsregister(text: str) -> bool:
    """A number of the German register of civil partnerships, open since 2024 (it has no check
    digit, and python-stdnum does not know the register)."""
    return " GSR" in text


def taiwan_national(text: str) -> bool:
    """Taiwan national id and residence certificate: the letter is two figures, then weights."""
    tens, ones = divmod(LETTERS_OF_TAIWAN.index(text[0]) + 10, 10)
    values = [tens, ones, *_digits(text[1:])]
    return _weighed(values, (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)) % 10 == 0


def lithuania_company(text: str) -> bool:
    """Lithuanian company code of nine figures: two rounds of weights, of eleven."""
    digits = _digits(text)
    rest = _weighed(digits[:8], (1, 2, 3, 4, 5, 6, 7, 8)) % 11
    if rest == 10:
        rest = _weighed(digits[:8], (3, 4, 5, 6, 7, 8, 9, 1)) % 11 % 10
    return rest == digits[8]


def adoszam(text: str) -> bool:
    """Hungarian tax number: eight figures with a check digit, then codes of VAT and county."""
    return anum.is_valid(text[:8])


def cccd(text: str) -> bool:
    """Vietnamese citizen's number: a province and a birth year that can be (no check digit)."""
    return 1 <= int(text[:3]) <= 96


def nic_lk(text: str) -> bool:
    """Sri Lankan NIC: the day of the year, for women plus 500 (no check digit is published)."""
    day = int(text[2:5] if len(text) == 10 else text[4:7])
    return 1 <= day % 500 <= 366 and day <= 866


def qid(text: str) -> bool:
    """Qatar's QID: century and birth year, then the country of nationality by ISO 3166 number."""
    return text[0] in "23" and 4 <= int(text[3:6]) <= 894


def clabe(text: str) -> bool:
    """Mexican CLABE: weights 3, 7, 1 on seventeen figures, each product of ten."""
    digits = _digits(text)
    weights = (3, 7, 1) * 6
    total = sum(one * weight % 10 for one, weight in zip(digits[:17], weights[:17], strict=True))
    return (total + digits[17]) % 10 == 0


def nuban(bank_code: str, account_number: str) -> bool:
    """Nigerian NUBAN: weights 3, 7, 3 on the bank's three and the account's nine figures."""
    digits = _digits(bank_code + account_number)
    return (_weighed(digits[:12], (3, 7, 3) * 4) + digits[12]) % 10 == 0


def cci(text: str) -> bool:
    """Peruvian CCI: one figure checks bank and office, another the account, each in Luhn's way."""
    digits = _digits(text)
    return _alternate(digits[:6]) == digits[18] and _alternate(digits[6:18]) == digits[19]


def rib_morocco(text: str) -> bool:
    """Moroccan RIB: the last two figures make the whole a multiple of 97 less the key."""
    return 97 - int(text[:22]) * 100 % 97 == int(text[22:])


def rib_france(text: str) -> bool:
    """The French RIB within an IBAN: letters are figures by their place, weights 89, 15 and 3."""
    bank, branch, account, key = text[4:9], text[9:14], text[14:25], text[25:27]
    figures = [int(one.translate(RIB_LETTERS)) for one in (bank, branch, account)]
    return (_weighed(figures, (89, 15, 3)) + int(key)) % 97 == 0


def _alternate(digits: list[int]) -> int:
    products = [digit * (1 + place % 2) for place, digit in enumerate(digits)]
    return -sum(one // 10 + one % 10 for one in products) % 10


def _weighed(digits: list[int], weights: tuple[int, ...]) -> int:
    return sum(digit * weight for digit, weight in zip(digits, weights, strict=True))


def _digits(text: str) -> list[int]:
    return [int(one) for one in text]


def _day(century: int, text: str) -> bool:
    try:
        datetime.date(century + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError:
        return False
    return True
