"""What a method asks of the shopper beyond the choice itself: its fields, and how they are read.

Which ones is told by the connector's `needs`; what the shop already said is not asked again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from babel import Locale
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from acquiring import catalogue
from acquiring.checkout import languages

ADDRESS = ("line1", "postal_code", "city", "country")
LONGEST = 255
TAX_ID = re.compile(r"\d{11}|\d{14}")
E164 = re.compile(r"\+[1-9][0-9]{6,14}")
IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
VPA = re.compile(r"[A-Za-z0-9._-]{2,50}@[A-Za-z0-9.-]{2,30}")
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Kind(NamedTuple):
    """How a field is drawn: `type`, `inputmode` and `autocomplete` are the browser's own words."""

    label: str | Promise
    type: str = "text"
    inputmode: str = ""
    autocomplete: str = "off"
    longest: int = LONGEST
    hint: str | Promise = ""


KINDS: dict[str, Kind] = {
    "customer.name": Kind(gettext_lazy("Your name"), autocomplete="name"),
    "customer.email": Kind(gettext_lazy("E-mail"), "email", "email", "email", 254),
    "customer.phone": Kind(gettext_lazy("Mobile number"), "tel", "tel", "tel", 24),
    "billing.line1": Kind(gettext_lazy("Street and number"), autocomplete="address-line1"),
    "billing.postal_code": Kind(
        gettext_lazy("Postal code"), autocomplete="postal-code", longest=20
    ),
    "billing.city": Kind(gettext_lazy("Town or city"), autocomplete="address-level2"),
    "billing.country": Kind(gettext_lazy("Country"), "select", autocomplete="country"),
    "details.account_holder": Kind(gettext_lazy("Account holder"), autocomplete="name"),
    "details.iban": Kind("IBAN", autocomplete="off", longest=42),
    "details.account_number": Kind(gettext_lazy("Account number"), inputmode="numeric", longest=20),
    "details.bsb_number": Kind(gettext_lazy("BSB number"), inputmode="numeric", longest=9),
    "details.branch_number": Kind(
        gettext_lazy("Sort code or branch number"), inputmode="numeric", longest=12
    ),
    "details.bank": Kind(gettext_lazy("Bank"), longest=64),
    "details.plan": Kind(gettext_lazy("Number of instalments"), inputmode="numeric", longest=3),
    "details.vpa": Kind(gettext_lazy("UPI ID"), inputmode="email", longest=64),
    "details.birth_date": Kind(gettext_lazy("Date of birth"), "date", autocomplete="bday"),
    "details.tax_id": Kind(gettext_lazy("CPF or CNPJ"), inputmode="numeric", longest=20),
    "details.code": Kind(
        gettext_lazy("BLIK code"),
        inputmode="numeric",
        autocomplete="one-time-code",
        longest=7,
        hint=gettext_lazy("6 digits, from your bank's app"),
    ),
}

# Where a tax number is asked of shoppers of other countries than Brazil.
TAX_NUMBER = Kind(gettext_lazy("Tax or identity number"), longest=20)


class Field(NamedTuple):
    """A field on the page. `name` is its name in the form, `mistake` what is wrong with it."""

    name: str
    kind: Kind
    value: str = ""
    mistake: str = ""
    options: tuple[tuple[str, str], ...] = ()


class Read(NamedTuple):
    """What was typed for a method, and the mistakes by the field's name in the form."""

    shopper: dict[str, Any]
    details: dict[str, str]
    mistakes: dict[str, str]


def wanted(needs: Iterable[str], known: Mapping[str, str]) -> list[str]:
    """The members to ask for, in the order of KINDS; `known` are those we have."""
    parts = set()
    for need in needs:
        # A shipping address is the billing one here: what is bought is the shop's to deliver.
        address = need in {"billing", "shipping"}
        parts |= {f"billing.{part}" for part in ADDRESS} if address else {need}
    return [name for name in KINDS if name in parts and not known.get(name)]


def drawn(
    way: str,
    names: Iterable[str],
    typed: Mapping[str, str],
    mistakes: Mapping[str, str],
    country: str,
    choices: Mapping[str, Mapping[str, str]] = {},
) -> list[Field]:
    """The fields of a way to pay, with what was typed before; `choices` are its connector's."""
    found = []
    for name in names:
        field, kind = f"{way}.{name}", _kind(name, country)
        offered = choices.get(name.removeprefix("details."), {})
        options = _countries() if kind.type == "select" else tuple(offered.items())
        if offered:
            kind = kind._replace(type="select")
        value = typed.get(field, country if name == "billing.country" else "")
        found.append(Field(field, kind, value, mistakes.get(field, ""), options))
    return found


def _kind(name: str, country: str) -> Kind:
    return TAX_NUMBER if name == "details.tax_id" and country != "BR" else KINDS[name]


def read(
    way: str,
    names: Iterable[str],
    posted: Mapping[str, str],
    country: str,
    choices: Mapping[str, Mapping[str, str]] = {},
) -> Read:
    """What was typed, checked and in the forms the services take."""
    shopper: dict[str, Any] = {}
    details: dict[str, str] = {}
    mistakes: dict[str, str] = {}
    for name in names:
        field = f"{way}.{name}"
        try:
            text = posted.get(field, "")[: LONGEST + 1].strip()
            value = _checked(name, text, country, choices.get(name.removeprefix("details."), {}))
        except ValueError as error:
            mistakes[field] = str(error)
            continue
        part, _dot, member = name.partition(".")
        if part == "details":
            details[member] = value
        else:
            shopper.setdefault(part, {})[member] = value
    return Read(shopper, details, mistakes)


def _checked(name: str, text: str, country: str, offered: Mapping[str, str]) -> str:
    """The value as services take it. Raises ValueError saying what to do."""
    if not text or (offered and text not in offered):
        label = str(_kind(name, country).label)
        raise ValueError(_("Fill in: %(label)s") % {"label": label})
    if len(text) > LONGEST:
        raise ValueError(_("This is too long."))
    check = CHECKS.get(name)
    return check(text, country) if check else text


def _email(text: str, country: str) -> str:
    if not EMAIL.fullmatch(text):
        raise ValueError(_("An e-mail address looks like name@example.com."))
    return text


def _phone(text: str, country: str) -> str:
    """E.164; a number without its country is taken to be of the shopper's."""
    plain = re.sub(r"[\s()./-]", "", text)
    if plain.startswith("00"):
        plain = f"+{plain[2:]}"
    known = catalogue.countries().get(country)
    if not plain.startswith("+") and known and known.dial:
        trunk = plain if country == "IT" else plain.removeprefix("0")  # Italy keeps its zero
        plain = f"+{known.dial}{trunk}"
    if not E164.fullmatch(plain):
        raise ValueError(_("Type the number with its country, such as +65 8123 4567."))
    return plain


def _iban(text: str, country: str) -> str:
    """An IBAN without spaces, by the check digits of ISO 13616."""
    plain = re.sub(r"[\s-]", "", text).upper()
    if IBAN.fullmatch(plain):
        digits = "".join(str(int(one, 36)) for one in plain[4:] + plain[:4])
        if int(digits) % 97 == 1:
            return plain
    raise ValueError(_("One of the characters is wrong. Compare it with your bank card or app."))


def _digits(count: int) -> Callable[[str, str], str]:
    def check(text: str, country: str) -> str:
        digits = re.sub(r"[\s-]", "", text)
        if not (digits.isascii() and digits.isdigit() and len(digits) == count):
            raise ValueError(_("It has %(count)d digits.") % {"count": count})
        return digits

    return check


def _tax_id(text: str, country: str) -> str:
    if country != "BR":
        plain = re.sub(r"[\s./-]", "", text).upper()
        if not (plain.isascii() and plain.isalnum() and 5 <= len(plain) <= 18):
            raise ValueError(_("It has 5 to 18 letters and digits."))
        return plain
    digits = re.sub(r"[\s./-]", "", text)
    if not TAX_ID.fullmatch(digits):
        raise ValueError(_("A CPF has 11 digits, a CNPJ 14."))
    return digits


def _account_number(text: str, country: str) -> str:
    digits = re.sub(r"[\s-]", "", text)
    if not (digits.isascii() and digits.isdigit() and 4 <= len(digits) <= 17):
        raise ValueError(_("An account number has 4 to 17 digits."))
    return digits


def _plan(text: str, country: str) -> str:
    if not (text.isascii() and text.isdigit() and 2 <= int(text) <= 60):
        raise ValueError(_("A number from 2 to 60."))
    return text


def _vpa(text: str, country: str) -> str:
    if not VPA.fullmatch(text):
        raise ValueError(_("A UPI ID looks like name@bank."))
    return text


def _birth_date(text: str, country: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(_("Choose a date.")) from error
    return text


def _country(text: str, country: str) -> str:
    if text not in catalogue.countries():
        raise ValueError(_("Choose your country."))
    return text


CHECKS: dict[str, Callable[[str, str], str]] = {
    "customer.email": _email,
    "customer.phone": _phone,
    "billing.country": _country,
    "details.iban": _iban,
    "details.code": _digits(6),
    "details.bsb_number": _digits(6),
    "details.account_number": _account_number,
    "details.branch_number": _account_number,
    "details.plan": _plan,
    "details.vpa": _vpa,
    "details.birth_date": _birth_date,
    "details.tax_id": _tax_id,
}


def _countries() -> tuple[tuple[str, str], ...]:
    """Every country by its name in the page's language."""
    locale: Locale = languages.babel(get_language() or "en")
    names = [
        (code, locale.territories.get(code, row.name))
        for code, row in catalogue.countries().items()
    ]
    return tuple(sorted(names, key=lambda one: one[1]))
