"""What each kind of notice says, in the reader's language, and where it leads.

The kinds themselves, who gets them and by which way are rows of `merchants/data/notices.toml`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, get_timezone, get_timezone_name
from babel.numbers import format_currency, format_decimal
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

from acquiring.core.money import Money, exponent
from merchants import roles
from merchants.onboarding import saying

MINUS = "\u2212"


class Words(NamedTuple):
    """A kind's sentences, with `%(name)s` where a fact goes, and the page it opens.

    `page` is a name of the portal's addresses and takes the subject unless `alone`.
    """

    title: str | Promise
    text: str | Promise
    action: str | Promise
    icon: str
    tone: str
    page: str
    alone: bool = False


WORDS: dict[str, Words] = {
    "payment.stuck": Words(
        _("We do not know yet whether %(amount)s was charged"),
        _("%(provider)s has not answered for an hour. Do not charge again: we keep asking."),
        _("Open the payment"), "help", "unsure", "payment",
    ),
    "payment.attention": Words(
        _("A payment of %(amount)s needs a person"),
        _("%(reason)s"),
        _("Open the payment"), "alert-triangle", "bad", "payment",
    ),
    "payment.uncaptured": Words(
        _("Capture %(amount)s by %(until)s"),
        _("The shopper's bank holds the money until then. Afterwards it cannot be taken."),
        _("Capture the payment"), "hourglass", "wait", "payment",
    ),
    "payment.returned": Words(
        _("%(amount)s came too late and went back"),
        _("By then the order was paid another way or given up. We sent the money back by "
          "ourselves; you need not do anything."),
        _("Open the payment"), "arrow-back-up", "calm", "payment",
    ),
    "refund.failed": Words(
        _("A refund of %(amount)s did not reach the shopper"),
        _("The money is with you. Try again, or send it back another way. Reason: %(reason)s"),
        _("Open the refund"), "arrow-back-up", "bad", "refund",
    ),
    "webhook_endpoint.failing": Words(
        _("%(host)s has taken no webhook for an hour"),
        _("We keep trying for three days, then we stop. Nothing is lost."),
        _("See what it answers"), "plug-connected-x", "wait", "webhook",
    ),
    "webhook_endpoint.disabled": Words(
        _("We stopped sending webhooks to %(host)s"),
        _("%(reason)s Nothing is lost: once it works again, enable it and replay what it missed."),
        _("Open the endpoint"), "plug-connected-x", "bad", "webhook",
    ),
    "api_key.created": Words(
        _("%(who)s created an API key: %(name)s"),
        _("If nobody of you did this, revoke the key now."),
        _("See your keys"), "key", "info", "api_keys", alone=True,
    ),
    "api_key.rotated": Words(
        _("%(who)s replaced an API key: %(name)s"),
        _("The old key works until %(until)s. If nobody of you did this, revoke both keys now."),
        _("See your keys"), "refresh", "info", "api_keys", alone=True,
    ),
    "api_key.revoked": Words(
        _("%(who)s revoked an API key: %(name)s"),
        _("What used it is refused from now on."),
        _("See your keys"), "ban", "calm", "api_keys", alone=True,
    ),
    "balance.negative": Words(
        _("Your balance in %(currency)s is below zero: %(amount)s"),
        _("More went back to shoppers than was available. Coming payments fill it up first."),
        _("See your balances"), "wallet", "bad", "balances", alone=True,
    ),
    "member.added": Words(
        _("%(who)s joined as %(role)s"),
        _("If nobody of you invited them, remove them now."),
        _("See the team"), "user-plus", "info", "settings_team", alone=True,
    ),
    "proposal.waiting": Words(
        _("%(who)s proposes: %(deed)s"),
        _("Nothing happens before a second person agrees. It waits until %(until)s."),
        _("See and decide"), "user-shield", "wait", "approval",
    ),
    "proposal.decided": Words(
        _("%(who)s decided on your proposal: %(deed)s"),
        _("%(outcome)s"),
        _("See the proposal"), "user-shield", "info", "approval",
    ),
    "export.ready": Words(
        _("Your export is ready: %(rows)s rows"),
        _("You can download it until %(until)s."),
        _("Open the export"), "download", "ok", "export",
    ),
    "export.failed": Words(
        _("Your export could not be made"),
        _("Nothing was changed. Ask for it once more, perhaps for a shorter time."),
        _("Open the export"), "alert-circle", "bad", "export",
    ),
    "onboarding.left": Words(
        _("Your application for live payments waits for you"),
        _("Everything you said about %(business)s is saved. A few minutes are left, and a clear "
          "case is approved at once."),
        _("Go on"), "pencil", "info", "business", alone=True,
    ),
    "onboarding.sent": Words(
        _("We have your application for %(business)s"),
        _("The checks run by themselves and mostly take a minute. You hear from us either way."),
        _("See how it stands"), "send", "info", "business", alone=True,
    ),
    "onboarding.asked": Words(
        _("Something is missing in your application"),
        _("%(told)s Everything else is kept as it is. Mend it and send the application again."),
        _("See what we ask"), "help", "wait", "business", alone=True,
    ),
    "onboarding.document_refused": Words(
        _("We could not take a document: %(file)s"),
        _("%(told)s Send it again, or another one."),
        _("Send a document"), "file-text", "wait", "business", alone=True,
    ),
    "onboarding.in_review": Words(
        _("One of our people looks at your application"),
        _("You hear from us within one working day. You need not do anything; the sandbox stays "
          "open meanwhile."),
        _("See how it stands"), "eye", "info", "business", alone=True,
    ),
    "onboarding.approved": Words(
        _("%(business)s may take live payments"),
        _("Next: connect a provider account, then make your live keys. Your limits and when we "
          "look again stand beside the verdict."),
        _("See the verdict"), "circle-check", "ok", "business", alone=True,
    ),
    "onboarding.refused": Words(
        _("We cannot take %(business)s"),
        _("%(told)s The sandbox stays open. If something is wrong or has changed, write to us: a "
          "person reads it."),
        _("See the reason"), "ban", "bad", "business", alone=True,
    ),
    "onboarding.bank_account": Words(
        _("The bank account for your payouts in %(currency)s was changed"),
        _("Nothing is paid to %(account)s before %(until)s. If nobody of you did this, change it "
          "back now and write to us."),
        _("See the account"), "building-bank", "bad", "business", alone=True,
    ),
    "onboarding.recheck": Words(
        _("We look at your business details again"),
        _("%(told)s Payments go on meanwhile."),
        _("See what we ask"), "refresh", "wait", "business", alone=True,
    ),
    "onboarding.document_expiring": Words(
        _("A document of your business ends soon"),
        _("%(told)s Payments go on meanwhile."),
        _("Send a new one"), "calendar-due", "wait", "business", alone=True,
    ),
}  # fmt: skip

REASONS = {
    "gone": _("It answered 410 Gone, which asks us to stop."),
    "failing": _("For three days it answered nothing we could count as success."),
    "unknown_outcome": _("Its outcome is still unknown after 72 hours of asking the provider."),
    "surplus_stuck": _("Money that was taken twice could not be given back."),
    "unsaid": _("The provider gave none."),
    "system": _("The system"),
    "key": _("An API key"),
    "unfit": _("It does not fit what we and the card schemes may take."),
}
DEEDS = {
    "payment.refund": _("Refund"),
    "api_key.create": _("New live API key"),
    "member.role": _("Change of a role"),
    "second_person.change": _("What needs a second person"),
}
OUTCOMES = {
    "done": _("It was approved and is done."),
    "approved": _("It was approved and is being done."),
    "failed": _("It was approved, but could not be done. Open it to see why."),
    "declined": _("It was declined. Nothing has happened."),
}

# The facts of a letter's table, in their order.
ROWS = (
    ("amount", _("Amount")),
    ("reason", _("Reason")),
    ("url", _("Endpoint")),
    ("name", _("Key")),
    ("who", _("Who")),
    ("role", _("Role")),
    ("until", _("Until")),
    ("business", _("Business")),
    ("account", _("Account")),
    ("file", _("File")),
    ("provider", _("Provider")),
)


class Said(NamedTuple):
    """A notice in the reader's words."""

    title: str
    text: str
    action: str
    icon: str
    tone: str


def say(kind: str, facts: Mapping[str, Any], zone: str = "UTC") -> Said:
    """A notice in the language that is active now; times are told in `zone`."""
    words = WORDS[kind]
    shown = readable(facts, zone)
    return Said(
        str(words.title) % shown, str(words.text) % shown, str(words.action), words.icon, words.tone
    )


def readable(facts: Mapping[str, Any], zone: str = "UTC") -> dict[str, str]:
    """Facts as texts: amounts with their currency, moments in `zone`, known words translated."""
    shown: dict[str, str] = {}
    for name, value in facts.items():
        if name == "amount":
            shown[name] = money(value, facts["currency"])
        elif name == "until":
            shown[name] = moment(datetime.fromisoformat(value), zone)
        elif name == "role":
            shown[name] = gettext(roles.titles().get(value, value)) if value else ""
        elif name == "deed":
            shown[name] = str(DEEDS.get(value, value))
        elif name == "outcome":
            shown[name] = str(OUTCOMES.get(value, value))
        elif name in {"reason", "who", "told"}:
            shown[name] = saying.say(str(REASONS.get(value, value)))
        elif isinstance(value, int):
            shown[name] = format_decimal(value, locale=locale())
        else:
            shown[name] = str(value)
    return shown


def money(amount: int, currency: str) -> str:
    """`1,249.00 EUR`, as the portal writes it: the code says which dollar it is."""
    places = exponent(currency)
    pattern = "#,##0." + "0" * places if places else "#,##0"
    text = format_decimal(Money(amount, currency).major(), pattern, locale=locale())
    return f"{text.replace('-', MINUS)} {currency}"


def shoppers_money(amount: int, currency: str) -> str:
    """`€1,249.00`, as the reader's country writes it."""
    return format_currency(Money(amount, currency).major(), currency, locale=locale())


def moment(at: datetime, zone: str) -> str:
    """A moment with its zone, which a deadline always names."""
    local, here = at.astimezone(get_timezone(zone)), locale()
    if here.language == "zh":
        text = format_datetime(local, "y年M月d日 HH:mm", locale=here)
    else:
        text = format_datetime(local, "d MMM y, HH:mm", locale=here)
    return f"{text} ({get_timezone_name(local, 'short', locale=here)})"


def day(at: datetime, zone: str) -> str:
    """A date as the reader's language writes it, the month in letters."""
    pattern = "d MMMM y" if locale().language == "en" else "long"
    return format_date(at.astimezone(get_timezone(zone)).date(), pattern, locale=locale())


def locale() -> Locale:
    """The active language as Babel knows it, English where it knows none."""
    try:
        return Locale.parse((get_language() or "en").replace("-", "_"), sep="_")
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en")
