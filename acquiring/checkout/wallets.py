"""Apple Pay and Google Pay: the buttons above the list, and what comes back from the sheet.

In test mode a button leads to the sandbox's own sheet, which needs no script of Apple or Google and
gives back payloads of the same shape; in live mode it opens the wallet's own (see `sheets`). A
payload is made for one provider; the payment goes there and nowhere else. It is sealed in the vault
before anything is done with it.

Shapes: developers.google.com/pay/api/web/reference/response-objects (PaymentData) and
developer.apple.com documentation/ApplePayOnTheWeb/ApplePayPaymentToken.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from acquiring.catalogue import Connector, Method
from acquiring.checkout import sheets
from acquiring.checkout.visits import Visit
from acquiring.payments.wishes import Instrument
from acquiring.vault import wallets as vault

APPLE, GOOGLE = "apple_pay", "google_pay"
WALLETS = (APPLE, GOOGLE)  # as they stand on the page
PAYLOAD, PROVIDER = "wallet", "provider"
LONGEST = 20_000
NETWORK = re.compile(r"[A-Za-z ]{2,20}")


class Express(NamedTuple):
    """A button above the list: `sheet` is where it leads, or `facts` what its script opens."""

    code: str
    name: str
    sheet: str
    facts: dict[str, Any] | None = None


class Paid(NamedTuple):
    """What a sheet gave: the provider's part, and what may be seen of the card behind it."""

    token: str
    network: str
    last4: str


def buttons(
    visit: Visit, usable: Mapping[str, tuple[Method, Connector]], once: str
) -> list[Express]:
    """The wallets that can carry this payment."""
    found = []
    for code in WALLETS:
        if code in usable:
            method, connector = usable[code]
            if visit.is_test:
                sheet = _sheet(visit, code, connector.provider, once)
                found.append(Express(code, method.name, sheet))
            else:
                facts = sheets.facts(visit, code, connector) | {"once": once}
                found.append(Express(code, method.name, "", facts))
    return found


def drawn(method: str, flow: str) -> bool:
    """Whether the page can offer a method of this flow: of the device wallets it knows two."""
    return flow != "wallet_token" or method in WALLETS


def typed(visit: Visit, method: str, posted: Mapping[str, str]) -> Instrument | None:
    """What the sheet gave, out of the vault again; None for what no wallet gives."""
    try:
        paid = read(method, posted.get(PAYLOAD, ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    token_id = vault.keep(visit.merchant_id, paid.token, paid.network, paid.last4)
    token = vault.opened(visit.merchant_id, token_id, used_for=str(visit.session))
    return Instrument(
        method,
        details={"token": token},
        provider=posted.get(PROVIDER, "")[:40],
        seen={"network": paid.network, "last4": paid.last4},
    )


def read(method: str, text: str) -> Paid:
    """A payload as its wallet made it. Raises ValueError, KeyError or TypeError for any other."""
    if len(text) > LONGEST:
        raise ValueError("too long")
    payload = json.loads(text)
    return _google(payload) if method == GOOGLE else _apple(payload)


@require_GET
def domain(request: HttpRequest) -> HttpResponse:
    """The file by which Apple sees that this domain may show its button; 404 where none is set."""
    if not settings.APPLE_PAY_DOMAIN_FILE:
        raise Http404("No Apple Pay domain association is configured.")
    return HttpResponse(settings.APPLE_PAY_DOMAIN_FILE, "text/plain")


def refused() -> str:
    """What a shopper is told whose wallet gave nothing that can be used."""
    return _("The wallet gave no payment. Try once more, or choose another way to pay.")


def _google(payload: Mapping[str, Any]) -> Paid:
    data = payload["paymentMethodData"]
    token, info = data["tokenizationData"]["token"], data.get("info", {})
    if not isinstance(token, str) or not token:
        raise ValueError("token")
    return Paid(token, _network(info.get("cardNetwork")), _last4(info.get("cardDetails")))


def _apple(payload: Mapping[str, Any]) -> Paid:
    data, method = payload["paymentData"], payload.get("paymentMethod", {})
    if not (data["data"] and data["signature"] and data["header"] and data["version"]):
        raise ValueError("paymentData")
    token = json.dumps(data, separators=(",", ":"))
    return Paid(token, _network(method.get("network")), _last4(method.get("displayName")))


def _network(name: object) -> str:
    """The card's network in our words, "" where the wallet names none."""
    plain = str(name or "")
    return plain.lower().replace(" ", "") if NETWORK.fullmatch(plain) else ""


def _last4(text: object) -> str:
    """The four digits a wallet shows, alone ("4242") or behind the network ("Visa 4242")."""
    found = re.search(r"(?:^|\s)(\d{4})$", str(text or ""))
    return found[1] if found else ""


def _sheet(visit: Visit, code: str, provider: str, once: str) -> str:
    """The sandbox's sheet for this order; it brings the shopper back by a form to the try."""
    if not visit.real:
        return visit.address
    asked = {
        "gateway": provider,
        "amount": visit.money.major(),
        "currency": visit.money.currency,
        "shop": visit.look.name,
        "once": once,
        "back": f"{settings.BASE_URL}{visit.place('checkout_pay')}",
        "leave": f"{settings.BASE_URL}{visit.address}",
    }
    return f"{settings.SANDBOX_URL}/_wallet/{code}?{urlencode(asked)}"
