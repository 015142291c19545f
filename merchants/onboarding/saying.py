"""What the market's data, the checks and the rules say, in the reader's language.

They speak English, since they know nothing of readers. A sentence with a number or a name in it is
found by its pattern: `SENTENCES` are those of `merchants.kyc` and of this room, with `%(name)s`
where something stands in. What has no translation, such as the local name of a paper, is shown as
it is. The wizard and the letters speak through `say`.
"""

from __future__ import annotations

import re
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext
from django.utils.translation import gettext_lazy as _

SENTENCES: tuple[str | Promise, ...] = (
    _("This does not look like a %(title)s, such as %(example)s. %(hint)s"),
    _("This does not look like a %(title)s, such as %(example)s."),
    _("This does not look like a %(title)s. %(hint)s"),
    _("This does not look like a %(title)s."),
    _("This does not look like %(title)s, such as %(example)s. %(hint)s"),
    _("This does not look like %(title)s, such as %(example)s."),
    _("This does not look like %(title)s. %(hint)s"),
    _("This does not look like %(title)s."),
    _("The check digit of this %(title)s is wrong: is a character mistyped?"),
    _("The check digits of %(titles)s do not agree: is a figure mistyped?"),
    _("This IBAN is of %(found)s, not of %(wanted)s."),
    _("This is no %(code)s of that country: it looks like %(example)s."),
    _("Please take this number away: we may not keep it (%(law)s)."),
    _("Shares add up to %(percent)s %%, they cannot be more than 100 %%."),
    _("The shares of %(name)s go round and never reach the business."),
    _("%(name)s holds shares through somebody who is not named."),
    _("%(name)s can hold shares through a company only."),
    _("Please name who owns %(name)s: it holds %(percent)s %%."),
    _("There is no country '%(code)s'."),
    _("There is no currency '%(code)s'."),
    _("There is no merchant category code '%(code)s'."),
    _("This has %(least)s to %(most)s characters."),
    _("Everybody who stands for a business is %(adult)s years old or older."),
    _("Please give the number of your %(licence)s."),
    _("Please send again: %(title)s. %(reason)s"),
    _("Please send: %(title)s."),
    _("Still missing: %(lacking)s."),
    _("Shoppers do not find on your website: %(missing)s."),
    _("The VAT number is of %(prefix)s. Please give the one of your country, or leave it out."),
    _("The %(title)s is out of date. Please send a valid one."),
    _("The %(title)s is too old. Please send a newer one."),
    _("The %(title)s ends on %(ends)s. Please send a new one."),
    _("The %(whole)s does not belong to the %(part)s you gave."),
    _("This line of business cannot be taken: %(reason)s"),
    _("We cannot serve businesses in %(country)s."),
    _(
        "We could not confirm who %(name)s is. Please send the identity paper again, "
        "whole and sharp."
    ),
    _("The PDF has no page %(number)s."),
    _("The PDF has %(pages)s pages; a paper has 1 to %(most)s."),
    _("The PDF contains %(found)s. Print it into a new PDF and send that."),
    _(
        "The picture is %(width)s × %(height)s pixels: too small to read. "
        "It has at least %(long)s × %(short)s."
    ),
    _("The picture has more than %(most)s megapixels. Send a smaller one."),
    _("%(told)s A paper is a JPEG, PNG or HEIC picture or a PDF."),
    _("This is a %(name)s file."),
    _("The picture is also %(what)s. Save it anew and send that."),
    _("An application has at most %(most)s papers."),
    _("An application has at most %(most)s accounts."),
    _("An application has at most %(most)s people."),
    _("A text has at most %(most)s characters."),
    _("An answer has 1 to %(most)s characters."),
    _("Please answer first: %(pieces)s"),
    _("This very file was refused: %(reason)s"),
    _("Please correct the %(title)s."),
    _("%(count)s digits, such as %(example)s."),
    _("%(count)s digits; it is the tax number too."),
    _("%(count)s characters; it is the tax number too."),
    _("%(count)s digits."),
    _("%(count)s characters."),
)

LISTS = frozenset({"lacking", "missing"})


def say(text: str) -> str:
    """A text of the data, of a check or of a refusal, in the language that is active."""
    if not text:
        return ""
    known = gettext(text)
    if known != text:
        return known
    for source, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found:
            parts = found.groupdict().items()
            return gettext(source) % {name: _part(name, part) for name, part in parts}
    title, _colon, problem = text.partition(": ")
    if problem and gettext(title) != title:
        return gettext("%(title)s: %(problem)s") % {"title": say(title), "problem": say(problem)}
    return text


def _part(name: str, text: str) -> str:
    """What stands in for a name; of a list each thing by itself."""
    if name not in LISTS:
        return say(text)
    return pgettext("list", ", ").join(say(one) for one in text.split(", "))


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[str, re.Pattern[str]]]:
    from django.utils.translation import override

    with override(None):
        sources = [str(one) for one in SENTENCES]
    return [(one, _pattern(one)) for one in sources]


def _pattern(source: str) -> re.Pattern[str]:
    escaped = re.escape(source.replace("%%", "%"))
    named = re.sub(r"%\\\((\w+)\\\)s", r"(?P<\1>.+?)", escaped)
    return re.compile(named)
