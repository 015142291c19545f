"""Who works on an application, from where: somebody of the business at their desk, or the holder of
a platform's link. Every page of the room gets a visit and does not care which it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache

from acquiring.core.errors import Problem
from acquiring.portal import frame, tables
from acquiring.portal.business.questions import Asking
from acquiring.portal.settings.editing import refuse
from merchants.models import Business, Merchant, Mode
from merchants.onboarding import applying, links, queries
from merchants.onboarding.models import Application
from merchants.queries import Desk
from merchants.services import user_actor

CHANGE = "business.change"
MONEY = "payouts.change"
EDITABLE = {Application.Status.DRAFT, Application.Status.ASKED, Application.Status.APPROVED}
View = Callable[..., HttpResponse]


@dataclass
class Visit:
    """One request's work on one application."""

    business: Business
    application: Application
    actor: str
    allowed: bool  # by the person's role
    desk: Desk | None = None
    secret: str = ""
    platform: str = ""
    back: str = ""

    @property
    def editable(self) -> bool:
        """Whether answers may be changed now."""
        return self.allowed and self.application.status in EDITABLE

    @property
    def zone(self) -> str:
        """The reader's time zone."""
        return self.desk.user.time_zone if self.desk else "UTC"

    @property
    def decided(self) -> bool:
        """Whether it was approved or refused once: then changes count more."""
        return self.application.decided_at is not None

    @property
    def fixed(self) -> bool:
        """Whether bank accounts stay as they are for who is here: who has a link only proves
        nothing, and not every role may say where an approved business's money goes.
        """
        return self.decided and not (self.desk and self.desk.may(MONEY))

    @cached_property
    def asking(self) -> Asking:
        """The questions, from one look at what was said so far."""
        return Asking(queries.facts(self.application))

    def tell(self, changes: dict[str, Any]) -> None:
        """Write down what was said. Raises Problem."""
        if changes:
            self.application = applying.tell(self.application, self.actor, changes)
            self.forget()

    def forget(self) -> None:
        """Look again at what was said."""
        self.__dict__.pop("asking", None)

    def at(self, page: str = "", *parts: Any) -> str:
        """The address of a page of this room."""
        if self.desk is not None:
            return frame.place(self.desk, f"business_{page}" if page else "business", *parts)
        return reverse(f"onboard_{page}" if page else "onboard", args=(self.secret, *parts))

    def refuse(self, request: HttpRequest) -> HttpResponse:
        """The answer to who may look at the business, and wants to see a person's own numbers and
        papers, or an account's: they are for those who may change them.
        """
        assert self.desk is not None, "the holder of a link may"
        return refuse(request, self.desk)

    def draw(
        self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200
    ) -> HttpResponse:
        """A page of this room in its frame."""
        around = {"visit": self, "application": self.application, **context}
        template = f"portal/business/{template}.html"
        if self.desk is not None:
            around |= {"base": "portal/frame.html", "able": frame.who_may(CHANGE)}
            return frame.draw(request, self.desk, template, around, status)
        around |= {"base": "portal/business/hosted.html", "business": self.business}
        return render(request, template, around, status=status)


def at_the_desk(view: View) -> View:
    """A page of the room behind the login. It needs no live merchant: it is the way to one."""

    @frame.page("business.view", anywhere=True)
    @wraps(view)
    def shown(request: HttpRequest, desk: Desk, **names: Any) -> HttpResponse:
        may = desk.may(CHANGE)
        if request.method == "POST" and not may:
            return refuse(request, desk)
        application = _own(desk, request.method == "POST" and not names)
        if application is None:
            if "shown" in names:
                raise Http404("There is no application here.")
            return frame.draw(request, desk, "portal/business/rehearse.html", {"may_change": may})
        visit = Visit(desk.business, application, user_actor(desk.user), may, desk)
        return _meet(view, request, visit, names)

    return shown


def by_link(view: View) -> View:
    """A page of the room for the holder of a platform's link, who has no account of ours."""

    @never_cache
    @wraps(view)
    def shown(request: HttpRequest, secret: str, **names: Any) -> HttpResponse:
        try:
            link = links.at(secret)
        except Problem:
            return _closed(render(request, "portal/business/over.html", status=410))
        application = link.application
        visit = Visit(
            application.business,
            application,
            f"link:{application.shown}",
            allowed=True,
            secret=secret,
            platform=_platform(application),
            back=link.return_url,
        )
        try:
            return _closed(_meet(view, request, visit, names))
        except Problem as problem:
            if problem.status == 404:
                raise Http404(problem.message) from problem
            raise

    return shown


def _meet(view: View, request: HttpRequest, visit: Visit, names: dict[str, Any]) -> HttpResponse:
    """The page; what is no longer possible, since another tab was faster, leads to where the
    application stands by now and says why.
    """
    try:
        return view(request, visit, **names)
    except Problem as problem:
        if request.method != "POST" or problem.status == 404:
            raise
        messages.error(request, tables.refusal(problem))
    if "HX-Request" in request.headers:
        return HttpResponse(headers={"HX-Redirect": visit.at()})
    return redirect(visit.at())


def _own(desk: Desk, begins: bool) -> Application | None:
    """The business's application. The one for live payments exists as soon as somebody looks."""
    if desk.mode == Mode.LIVE or begins:
        return applying.open_for(desk.business, desk.mode, user_actor(desk.user))
    return queries.application(desk.business.pk, desk.mode)


def _platform(application: Application) -> str:
    """The name of who sent the link."""
    if application.platform_id is None:
        return ""
    found = Merchant.objects.filter(pk=application.platform_id).values_list("name", flat=True)
    return found.first() or ""


def _closed(response: HttpResponse) -> HttpResponse:
    """The address opens the application, so it is told to no other site. It is told to our own:
    under `no-referrer` a browser sends its forms with `Origin: null`, which is no origin of ours.
    """
    response["Referrer-Policy"] = "same-origin"
    response["X-Robots-Tag"] = "noindex"
    return response
