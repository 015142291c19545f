"""The shopper's next step, in the shapes the API shows as `next_action`.

Drivers build these, the hosted checkout draws them; nobody else needs to know a provider's own
form of them. Times are RFC 3339 UTC strings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def redirect(url: str, method: str = "GET", fields: Mapping[str, str] | None = None) -> dict:
    """Send the shopper's browser to `url`; a POST carries `fields` as a form."""
    return {"type": "redirect", "url": url, "method": method, "fields": dict(fields or {})}


def three_ds(url: str, method: str = "GET", fields: Mapping[str, str] | None = None) -> dict:
    """Send the shopper's browser to the issuer's challenge and back."""
    return {**redirect(url, method, fields), "type": "three_ds"}


def app(url: str, fallback_url: str = "") -> dict:
    """Open an app by link; `fallback_url` serves a device without it."""
    return {"type": "app", "url": url, "fallback_url": fallback_url}


def qr(data: str, expires_at: str = "", image_url: str = "", app_url: str = "") -> dict:
    """Show `data` as a QR code (the text it encodes); on a phone offer `app_url` first."""
    return _kept("qr", data=data, expires_at=expires_at, image_url=image_url, app_url=app_url)


def voucher(
    reference: str,
    expires_at: str = "",
    barcode: str = "",
    url: str = "",
    entity: str = "",
    stores: Sequence[Mapping[str, str]] = (),
) -> dict:
    """A code the shopper pays at a counter or a machine.

    `barcode` is the text under the bars, `url` the provider's printable slip, `entity` the number
    that is typed before the reference. Where every chain has its own numbers they are in `stores`:
    `{"store", "code", "confirmation"}`.
    """
    return _kept(
        "voucher",
        reference=reference,
        expires_at=expires_at,
        barcode=barcode,
        url=url,
        entity=entity,
        stores=[dict(one) for one in stores],
    )


def bank_details(fields: Mapping[str, str], reference: str, expires_at: str = "") -> dict:
    """An account to transfer to, with the reference that must be quoted."""
    shown = {"type": "bank_details", "fields": dict(fields), "reference": reference}
    return {**shown, "expires_at": expires_at} if expires_at else shown


def wait(channel: str, hint: str = "", expires_at: str = "") -> dict:
    """The shopper confirms elsewhere (`channel`: app, phone, bank); the payment is polled."""
    return _kept("wait", channel=channel, hint=hint, expires_at=expires_at)


def _kept(kind: str, **members: Any) -> dict:
    """Members with an empty value say nothing and are left out."""
    return {"type": kind} | {name: value for name, value in members.items() if value}
