"""Every letter there is, with facts of the demo shop: for previews, and for tests of the words.

Nothing here is read from the database, so a preview shows no person's data.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import translation

from acquiring.notices import drawing, organisations, safety, words
from acquiring.notices.drawing import Drawn
from merchants.branding import Look
from merchants.models import Asked, Business, Invitation, Merchant, Mode, Organisation, User

LANGUAGES = dict(settings.LANGUAGES)
SHOP = "Caravel Demo Store"
SUBJECT = "00000000000000000000000000000000"
UNTIL = "2026-11-23T10:00:00.000Z"
LOOK = Look(
    name=SHOP,
    legal_name=SHOP,
    country="NL",
    colour="#0b6785",
    support_email="help@example.com",
    receipt_footer="Returns are free within 30 days.",
)
MONEY = {"amount": 38900, "currency": "EUR"}
ENDPOINT = {"host": "shop.example", "url": "https://shop.example/hooks"}
KEY = {"who": "Demo developer", "name": "Till 2 (sk_live_…82b6)", "until": UNTIL}
ASKED = "Please send a statement or a letter of the bank that names the holder of this account."
UNREADABLE = "It cannot be read. Please send a sharper picture of the whole page, in good light."
ENDING = "The Identity card or passport ends on 2026-11-30. Please send a new one."
ACCOUNT = {"currency": "EUR", "account": "EUR \u00b7\u00b7\u00b7\u00b7 4300"}
NOTICES: dict[str, dict[str, Any]] = {
    "payment.stuck": {**MONEY, "provider": "Stripe"},
    "payment.attention": {**MONEY, "reason": "unknown_outcome"},
    "payment.uncaptured": {**MONEY, "until": UNTIL},
    "payment.returned": MONEY,
    "refund.failed": {**MONEY, "reason": "unsaid"},
    "balance.negative": {"amount": -1250, "currency": "EUR"},
    "webhook_endpoint.failing": ENDPOINT,
    "webhook_endpoint.disabled": {**ENDPOINT, "reason": "failing"},
    "api_key.created": KEY,
    "api_key.rotated": KEY,
    "api_key.revoked": KEY,
    "member.added": {"who": "Demo developer", "role": "developer"},
    "proposal.waiting": {"who": "Demo developer", "deed": "payment.refund", "until": UNTIL},
    "proposal.decided": {"who": "Demo Owner", "deed": "api_key.create", "outcome": "done"},
    "export.ready": {"rows": 4821, "until": UNTIL},
    "export.failed": {},
    "onboarding.left": {"mode": "live", "business": SHOP},
    "onboarding.sent": {"mode": "live", "business": SHOP},
    "onboarding.asked": {"mode": "live", "count": 1, "told": ASKED},
    "onboarding.document_refused": {"mode": "live", "file": "passport.jpg", "told": UNREADABLE},
    "onboarding.in_review": {"mode": "live", "business": SHOP},
    "onboarding.approved": {"mode": "live", "business": SHOP},
    "onboarding.refused": {"mode": "live", "business": SHOP, "told": "unfit"},
    "onboarding.bank_account": {**ACCOUNT, "mode": "live", "until": UNTIL},
    "onboarding.recheck": {"mode": "live", "told": ASKED, "until": UNTIL},
    "onboarding.document_expiring": {"mode": "live", "told": ENDING, "until": UNTIL},
}
SAFETY = {
    "organisation": "Caravel Demo Group",
    "business": SHOP,
    "role": "developer",
    "who": "Demo Owner",
    "device": "Firefox · Linux",
    "address": "192.0.2.7",
    "domain": "demo.example",
    "provider": "login.demo.example",
    "deed": "Set up the provider",
}
ORDER = {
    **MONEY,
    "at": "2026-11-21T01:13:00.000Z",
    "paid_with": "Visa ·· 4242",
    "reference": "LM-19288",
    "description": "2 desk lamps",
}


def _account(template: str, **facts: str) -> Callable[[], Drawn]:
    def drawn() -> Drawn:
        return drawing.fill(template, {"sender": drawing.ours(), **facts})

    return drawn


def _invited() -> Drawn:
    invitation = Invitation(
        business=Business(trading_name=SHOP),
        email="developer@example.com",
        role="developer",
        invited_by=User(name="Demo Owner", email="owner@example.com"),
        expires_at=datetime.fromisoformat(UNTIL),
    )
    return drawing.fill("emails/invite", drawing.to_the_invited(invitation))


def _asked(kind: str) -> Callable[[], Drawn]:
    def drawn() -> Drawn:
        row = Asked(
            organisation=Organisation(name=SAFETY["organisation"]),
            email="partner@example.com",
            kind=kind,
            asked_by=User(name="Demo Owner", email="owner@example.com"),
            expires_at=datetime.fromisoformat(UNTIL),
        )
        context = drawing.to_the_asked(organisations.filled(row))
        return drawing.fill(organisations.TEMPLATE, context)

    return drawn


def _shopper(template: str, number: str) -> Callable[[], Drawn]:
    def drawn() -> Drawn:
        facts = {**ORDER, "number": number}
        return drawing.fill(template, drawing.to_a_shopper(facts, LOOK, is_test=False))

    return drawn


def _notice(kind: str) -> Callable[[], Drawn]:
    def drawn() -> Drawn:
        prefix = {
            "payment": "pay",
            "refund": "ref",
            "webhook": "we",
            "export": "exp",
            "approval": "prp",
        }
        about = {
            "kind": kind,
            "subject": f"{prefix.get(words.WORDS[kind].page, 'key')}_{SUBJECT}",
            "facts": NOTICES[kind],
        }
        merchant = Merchant(name=SHOP, mode=Mode.LIVE)
        person = User(name="Demo Owner", time_zone="Europe/Amsterdam")
        return drawing.fill("emails/notice", drawing.about_a_notice(about, merchant, person))

    return drawn


def _safe(kind: str) -> Callable[[], Drawn]:
    def drawn() -> Drawn:
        facts = {"kind": kind, "at": UNTIL, **SAFETY}
        person = User(name="Demo Owner", time_zone="Europe/Amsterdam")
        context = {"sender": drawing.ours(), **safety.filled(facts, person)}
        return drawing.fill(safety.TEMPLATE, context)

    return drawn


SAMPLES: dict[str, Callable[[], Drawn]] = {
    "confirm": _account(
        "account/email/email_confirmation",
        activate_url=f"{settings.BASE_URL}/confirm-email/SAMPLE/",
    ),
    "reset": _account(
        "account/email/password_reset_key",
        password_reset_url=f"{settings.BASE_URL}/password/reset/key/SAMPLE/",
    ),
    "account exists": _account(
        "account/email/account_already_exists",
        password_reset_url=f"{settings.BASE_URL}/password/reset/",
    ),
    "no account": _account(
        "account/email/unknown_account", signup_url=f"{settings.BASE_URL}/signup/"
    ),
    "invite": _invited,
    "receipt": _shopper("emails/receipt", f"pay_{SUBJECT}"),
    "refund": _shopper("emails/refund", f"ref_{SUBJECT}"),
    **{kind: _notice(kind) for kind in NOTICES},
    **{kind: _safe(kind) for kind in safety.KINDS},
    **{f"asked_{kind}": _asked(kind) for kind in Asked.Kind.values},
}


def draw(name: str, language: str) -> Drawn:
    """A sample letter in one of LANGUAGES."""
    with translation.override(language):
        return SAMPLES[name]()
