"""The queue of cases as the admin lists it: what each row shows, and what it is filtered by."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.admin import ModelAdmin, SimpleListFilter
from django.contrib.admin.views.main import ChangeList
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.http import HttpRequest

from acquiring import catalogue
from merchants.kyc import deciding
from merchants.models import User
from merchants.onboarding.models import Case, Finding, Verdict

MOST_CHOICES = 100
SOON = timedelta(hours=4)
ODD = ("review", "fail", "error", "ask")


class Clock(NamedTuple):
    """How long is left until somebody must have looked: words, and a tone for them."""

    words: str
    tone: str  # late, soon, fine


def clock_of(due_at: datetime, now: datetime) -> Clock:
    """The clock of a case that is due then."""
    left = due_at - now
    if left < timedelta(0):
        return Clock(f"{length(-left)} late", "late")
    return Clock(f"{length(left)} left", "soon" if left < SOON else "fine")


def length(span: timedelta) -> str:
    """A time in its largest unit: `3 days`, `5 h`, `12 min`."""
    minutes = int(span.total_seconds()) // 60
    if minutes >= 48 * 60:
        return f"{minutes // (24 * 60)} days"
    return f"{minutes // 60} h" if minutes >= 60 else f"{minutes} min"


def listed(cases: QuerySet[Case]) -> QuerySet[Case]:
    """With the tier of the latest verdict and the checks of the latest look that were not passed
    (`odd`); open ones first, then by priority and due time.
    """
    latest = Verdict.objects.filter(application=OuterRef("application")).order_by("-id")
    looks = Finding.objects.filter(application=OuterRef("application")).order_by("-id")
    odd = Finding.objects.filter(
        application=OuterRef("application"), run=OuterRef("look"), result__in=ODD
    )
    return (
        cases.annotate(tier=Subquery(latest.values("tier")[:1]))
        .annotate(look=Subquery(looks.values("run")[:1]))
        .annotate(odd=ArraySubquery(odd.order_by().values("check_name").distinct()))
        .order_by(F("closed_at").desc(nulls_first=True), "priority", "due_at")
    )


class Narrowed(SimpleListFilter):
    """A filter over the open cases' own values."""

    def opened(self, model_admin: ModelAdmin) -> QuerySet[Case]:
        """What its choices are taken from."""
        return listed(Case.objects.filter(closed_at=None)).order_by()


class StateFilter(SimpleListFilter):
    """Open cases, unless others are asked for."""

    title = "state"
    parameter_name = "state"
    ALL = (("proposed", "Waiting for a second person"), ("closed", "Closed"), ("all", "All"))

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        return list(self.ALL)

    def choices(self, changelist: ChangeList) -> Iterator[Any]:
        """Without a choice the open ones are shown, and it says so."""
        shown = super().choices(changelist)
        first = next(iter(shown))
        yield {**first, "display": "Open"}
        yield from shown

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        match self.value():
            case "closed":
                return queryset.filter(closed_at__isnull=False)
            case "proposed":
                return queryset.filter(closed_at=None, proposed__isnull=False)
            case "all":
                return queryset
        return queryset.filter(closed_at=None)


class AssigneeFilter(Narrowed):
    """Whose it is: mine, nobody's, or a colleague's."""

    title = "assignee"
    parameter_name = "assignee"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        busy = self.opened(model_admin).exclude(assignee=None).values("assignee")
        others = User.objects.filter(pk__in=busy).exclude(email=request.user.get_username())[
            :MOST_CHOICES
        ]
        named = [(str(one.pk), one.name or one.email) for one in others]
        return [("me", "Mine"), ("nobody", "Nobody's"), *named]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        match self.value():
            case None:
                return queryset
            case "me":
                return queryset.filter(assignee=request.user.pk)
            case "nobody":
                return queryset.filter(assignee=None)
        return queryset.filter(assignee__in=[self.value()])


class ReasonFilter(Narrowed):
    """Why the rules did not decide."""

    title = "reason"
    parameter_name = "reason"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        reasons = self.opened(model_admin).values_list("reason", flat=True).distinct()
        return [(one, one) for one in sorted(reasons[:MOST_CHOICES])]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        return queryset.filter(reason=self.value()) if self.value() else queryset


class CountryFilter(Narrowed):
    """Where the business is."""

    title = "country"
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        codes = self.opened(model_admin).values_list("application__country", flat=True).distinct()
        known = catalogue.countries()
        return sorted(((one, known[one].name) for one in codes), key=lambda row: row[1])

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        return queryset.filter(application__country=self.value()) if self.value() else queryset


class TierFilter(SimpleListFilter):
    """The risk tier of the latest verdict."""

    title = "tier"
    parameter_name = "tier"

    def lookups(self, request: HttpRequest, model_admin: ModelAdmin) -> list[tuple[str, str]]:
        tiers = deciding.book(deciding.text()).tiers
        return [(name, tier.title) for name, tier in tiers.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Case]) -> QuerySet[Case]:
        return queryset.filter(Q(tier=self.value())) if self.value() else queryset
