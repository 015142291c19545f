"""Apple Pay's merchant validation: our server shows Apple the merchant's certificate for one sheet.

Sources: developer.apple.com/documentation/applepayontheweb, "Requesting an Apple Pay payment
session" and "Setting up your server".
"""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST

from acquiring.checkout import pages, policy, sheets, visits
from acquiring.checkout.visits import Visit
from acquiring.core import http
from acquiring.core.certificates import Certificate
from acquiring.core.errors import Problem
from merchants import wallets
from merchants.accounts import AccountFacts

# Where Apple answers, in China and elsewhere: apple-pay-gateway.apple.com, …-nc-pod1.apple.com, …
APPLE_HOST = re.compile(r"(cn-)?apple-pay-gateway(-[a-z0-9]{1,12}){0,3}\.apple\.com")
SESSION = "/paymentservices/paymentSession"

log = structlog.get_logger(__name__)


@require_POST
@pages.shopper_page
def session(request: HttpRequest, token: str) -> HttpResponse:
    """A session of Apple's for one sheet, asked for with the merchant's certificate.

    The form names the `provider` and the `url` that Apple's browser was told; only Apple's own
    hosts are ever asked.
    """
    visit = visits.of_session(token, request)
    host = urlsplit(request.POST.get("url", "")).hostname or ""
    if not APPLE_HOST.fullmatch(host):
        raise Problem("invalid_field", "This is no address of Apple's.", "url")
    account = sheets.account_of(visit, wallets.APPLE, request.POST.get("provider", "")[:40])
    answer = _ask(f"https://{host}{SESSION}", visit, account)
    return policy.guard(HttpResponse(answer, "application/json"))


def _ask(url: str, visit: Visit, account: AccountFacts) -> bytes:
    known = account.wallets[wallets.APPLE]
    body = {
        "merchantIdentifier": known[wallets.APPLE_ID],
        "displayName": visit.look.name[:64],
        "initiative": "web",
        "initiativeContext": urlsplit(settings.BASE_URL).hostname,
    }
    try:
        reply = http.send(
            "POST",
            url,
            {"content-type": "application/json"},
            json.dumps(body).encode(),
            connect_timeout_seconds=5,
            read_timeout_seconds=10,
            certificate=Certificate(known[wallets.CERTIFICATE], known[wallets.KEY]),
        )
    except (http.NotSent, http.NoAnswer) as silence:
        log.warning("apple_is_silent", reason=str(silence)[:200])
        raise Problem("unavailable", "Apple Pay does not answer right now.") from silence
    if reply.status != 200:
        log.warning("apple_refused", status=reply.status, body=reply.body[:200].decode("latin-1"))
        raise Problem("unavailable", "Apple Pay does not know this shop's certificate.")
    return reply.body
