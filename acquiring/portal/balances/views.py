"""What the merchant has in each currency, now or at any moment, and every entry behind it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from acquiring import catalogue
from acquiring.core import ids
from acquiring.ledger import queries
from acquiring.ledger.models import Transfer
from acquiring.payments.releases import Release, releases
from acquiring.portal.balances import words
from acquiring.portal.frame import draw, page
from acquiring.portal.listing import Filter, Listing
from merchants.models import Merchant, ProviderAccount
from merchants.queries import Desk
from merchants.services import now_for

LATEST = 10
DAYS_SHOWN = 5


class Purse(NamedTuple):
    """One currency: what there is, and when what is pending comes."""

    currency: str
    available: int
    pending: int
    reserve: int
    coming: list[Release]
    later: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.available + self.pending + self.reserve


class Entry(NamedTuple):
    """A transfer as a line: `effect` on the account that is looked at, or on the merchant's own
    money; `after` is that account's balance then. Minor units.
    """

    transfer: Transfer
    what: str
    source: str
    target: str
    effect: int | None
    after: int | None

    @property
    def payment(self) -> str:
        """The payment it is about, "" when it is about something else."""
        subject = self.transfer.subject
        return subject if subject.startswith("pay_") else ""

    @property
    def seal(self) -> str:
        """The beginning of its hash, "" before it is sealed."""
        return bytes(self.transfer.hash or b"").hex()[:8]


@page("balances.view")
def show(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every currency, the proof of the ledger, and the latest entries."""
    merchant = desk.tenant
    now = now_for(merchant.id)
    zone = ZoneInfo(desk.user.time_zone)
    moment, wrong = _moment(request.GET.get("at", ""), zone)
    latest = queries.transfers(merchant.id)[:LATEST]
    context = {
        "purses": _purses(merchant, queries.merchant_balances(merchant.id)),
        "moment": moment,
        "wrong": wrong,
        "typed": request.GET.get("at", ""),
        "latest_moment": now.astimezone(zone).strftime("%Y-%m-%dT%H:%M"),
        "then": _then(merchant.id, moment) if moment else {},
        "proof": queries.proof(merchant.id),
        "entries": _entries(merchant.id, latest, _providers(merchant.id)),
        "zone": desk.user.time_zone,
    }
    return draw(request, desk, "portal/balances.html", context)


@page("balances.view")
def ledger(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Every entry, by account, kind, days and payment."""
    merchant = desk.tenant
    titles = _providers(merchant.id)
    accounts = _accounts(merchant.id, titles)
    listing = Listing(
        request,
        desk,
        lambda given, zone: queries.listed(merchant.id, given, zone),
        "trf",
        filters=[
            Filter("account", _("Account"), choices=tuple(accounts.items())),
            Filter("reason", _("Kind"), choices=tuple(words.REASONS.items())),
            Filter("when", _("Dates"), "dates"),
            Filter("payment", _("Payment"), "text"),
        ],
    )
    chosen = request.GET.get("account", "")
    account = chosen if chosen in accounts else ""
    context = {
        "listing": listing,
        "entries": _entries(merchant.id, listing.rows, titles, account),
        "account": accounts.get(account, ""),
        "proof": queries.proof(merchant.id),
    }
    return draw(request, desk, "portal/ledger.html", context)


def _purses(merchant: Merchant, balances: dict[str, dict[str, int]]) -> list[Purse]:
    coming = releases(merchant.id, merchant.time_zone)
    found = []
    for currency, sums in balances.items():
        days = [one for one in coming if one.currency == currency]
        later = sum(one.amount for one in days[DAYS_SHOWN:])
        kinds = (sums["available"], sums["pending"], sums["reserve"])
        found.append(Purse(currency, *kinds, days[:DAYS_SHOWN], later))
    return found


def _moment(typed: str, zone: ZoneInfo) -> tuple[datetime | None, bool]:
    """The moment a form sent, in the reader's zone; and whether it could not be read."""
    if not typed:
        return None, False
    try:
        found = datetime.fromisoformat(typed)
    except ValueError:
        return None, True
    found = found if found.tzinfo else found.replace(tzinfo=zone)
    return (None, True) if not 1971 <= found.year <= 9000 else (found.astimezone(UTC), False)


def _then(merchant_id: UUID, moment: datetime) -> dict[str, dict[str, int]]:
    return queries.by_kind(merchant_id, queries.balances_as_of(merchant_id, moment))


def _accounts(merchant_id: UUID, titles: dict[str, str]) -> dict[str, str]:
    """Every account that has entries, in words, the merchant's own first."""
    paths = [path for path, _currency in queries.balances(merchant_id)]
    ranked = sorted(paths, key=lambda path: (not words.is_own(merchant_id, path), path))
    return {path: f"{words.account(path, titles)}, {path.rpartition(':')[2]}" for path in ranked}


def _providers(merchant_id: UUID) -> dict[str, str]:
    """What each provider account is called, by its outside id."""
    rows = ProviderAccount.objects.filter(merchant_id=merchant_id).values_list("id", "provider")
    known = catalogue.providers()
    return {ids.show("acc", row): known[name].title for row, name in rows if name in known}


def _entries(
    merchant_id: UUID, rows: Iterable[Transfer], titles: dict[str, str], account: str = ""
) -> list[Entry]:
    rows = list(rows)
    after = queries.running(merchant_id, account, rows) if account else {}
    return [
        Entry(
            row,
            words.reason(row.reason),
            words.account(row.source, titles),
            words.account(row.target, titles),
            _effect(merchant_id, row, account),
            after.get(row.id),
        )
        for row in rows
    ]


def _effect(merchant_id: UUID, row: Transfer, account: str) -> int | None:
    """What it does to the account, or to the merchant's own money; None when it only moves it."""

    def inside(path: str) -> bool:
        return path == account if account else words.is_own(merchant_id, path)

    into, out_of = inside(row.target), inside(row.source)
    if into == out_of:
        return None
    return row.amount if into else -row.amount
