"""The kinds of payment methods: the neutral icon that stands for one where a brand has no picture.

Icons go by their name at Tabler (MIT); both sprites, the checkout's and the portal's, hold them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

ICONS: Mapping[str, str] = MappingProxyType(
    {
        "bank_redirect": "building-bank",
        "bank_transfer": "transfer",
        "card": "credit-card",
        "carrier_billing": "antenna-bars-5",
        "crypto": "currency-bitcoin",
        "direct_debit": "repeat",
        "gift_card": "gift",
        "installment": "chart-pie-2",
        "mobile_money": "device-mobile",
        "open_banking": "plug-connected",
        "pay_later": "calendar-due",
        "qr": "qrcode",
        "real_time": "bolt",
        "virtual_account": "hash",
        "voucher": "building-store",
        "wallet": "wallet",
    }
)
