"""The pages of a case in the admin: one that shows everything, its papers, and its buttons.

Views only: what is shown comes from `casefile`, what is done goes through `review` and `documents`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from acquiring.core import audit, clock
from acquiring.core.errors import Problem
from acquiring.core.money import Money
from merchants.kyc import deciding as kyc
from merchants.kyc import markets
from merchants.models import User
from merchants.onboarding import (
    casefile,
    documents,
    drawing,
    hits,
    queries,
    queue,
    reasons,
    review,
)
from merchants.onboarding.models import Application, Case, Document, Party
from merchants.onboarding.papers import serving
from merchants.services import staff_actor

AMOUNTS = ("per_payment", "daily", "monthly")
NUMBERS = ("reserve_basis_points", "reserve_days", "settlement_days")
FACTS = "facts"  # what stands beside a paper when no other paper does

Served = Callable[..., HttpResponse]


class CasePages:
    """What `CaseAdmin` adds to the admin's own pages."""

    admin_site: Any
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        """Ours first, since the admin takes the rest of an address for an id."""
        view = self.admin_site.admin_view
        return [
            path("<uuid:case_id>/do/<str:verb>/", view(require_POST(self.act)), name="case_do"),
            path("<uuid:case_id>/papers/", view(self.papers), name="case_papers"),
            path("<uuid:case_id>/papers/<str:doc_id>/<str:form>", view(self.paper),
                 name="case_paper"),
            path("<uuid:case_id>/papers/<str:doc_id>/page/<int:number>", view(self.paper),
                 {"form": "page"}, name="case_page"),
            *super().get_urls(),  # type: ignore[misc]
        ]  # fmt: skip

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra: Any = None
    ) -> HttpResponse:
        """The one page with everything."""
        try:
            return self.draw(request, self.case(request, UUID(object_id)))
        except ValueError as error:
            raise Http404 from error

    def act(self, request: HttpRequest, case_id: UUID, verb: str) -> HttpResponse:
        """Do what a button says; what is refused is said on the page, with what was typed."""
        case = self.case(request, case_id)
        deed = DEEDS.get(verb)
        if deed is None:
            raise Http404
        try:
            said = deed(case, person(request), request.POST)
        except Problem as problem:
            where = f" ({problem.param})" if problem.param else ""
            messages.error(request, f"{problem.message}{where}")
            return self.draw(request, self.case(request, case_id), request.POST, verb)
        messages.success(request, said)
        anchor = request.POST.get("anchor", "")
        back = request.POST.get("back") == "papers"
        name = "admin:case_papers" if back else "admin:onboarding_case_change"
        query = f"?{request.POST.get('query', '')}" if back else ""
        address = reverse(name, args=[case_id]) + query
        return HttpResponseRedirect(f"{address}#{anchor}" if anchor.isalpha() else address)

    def draw(
        self, request: HttpRequest, case: Case, typed: Any = None, failed: str = ""
    ) -> HttpResponse:
        """Draw the case."""
        user, row = person(request), case.application
        said = queries.facts(row)
        latest = queries.verdict(row)
        facts, found, alike = casefile.sections(said), hits.of(row), casefile.look_alikes(row)
        context = {
            **self.context(request, case),
            "typed": typed or {},
            "failed": failed,
            "verdict": latest,
            "decided_by": casefile.people({latest.by}).get(latest.by, latest.by) if latest else "",
            "groups": casefile.groups(row, said, alike),
            "hits": found,
            "open_hits": sum(1 for one in found if one.state == "open"),
            "picture": drawing.draw(said, markets.market(row.country).owner_line),
            "facts": [(key, [one for one in facts if one.key == key]) for key in SECTIONS],
            "papers": _papers(row),
            "alike": alike,
            "history": casefile.history(row),
            "notes": casefile.notes(row),
            "tasks": queries.tasks(row),
            "bounds": _bounds(row) if latest else [],
            "askable": review.askable(row),
            "reasons": reasons.table(),
            "colleagues": _colleagues(),
            "may": case.closed_at is None,
            "may_take_up": case.closed_at is not None and row.status in review.DECIDED,
            "own_proposal": case.proposed_by_id == user.pk,
            "proposed": _proposed(case),
        }
        return render(request, "admin/onboarding/case.html", context)

    def papers(self, request: HttpRequest, case_id: UUID) -> HttpResponse:
        """Two papers side by side, or one beside what was said."""
        case = self.case(request, case_id)
        row = case.application
        listed = [one for one in _papers(row) if one.status != Document.Status.DELETED]
        by_id = {one.shown: one for one in listed}
        left = by_id.get(request.GET.get("left", "")) or next(iter(listed), None)
        right = by_id.get(request.GET.get("right", ""))
        for shown in {one.shown for one in (left, right) if one}:
            audit.record(staff_actor(person(request)), "document.seen", shown)
        context = {
            **self.context(request, case),
            "title": "Papers",
            "papers": listed,
            "panes": [pane for pane in (left, right) if pane],
            "left": left,
            "right": right,
            "facts": casefile.sections(queries.facts(row)),
            "reasons": reasons.table(),
            "query": request.GET.urlencode(),
            "may": case.closed_at is None,
        }
        return render(request, "admin/onboarding/papers.html", context)

    def paper(
        self, request: HttpRequest, case_id: UUID, doc_id: str, form: str, number: int = 1
    ) -> HttpResponse:
        """A paper's small picture, one of its pages, or the file to keep (which is audited)."""
        case = self.case(request, case_id)
        try:
            document = documents.find(case.application, doc_id)
            if form == "file":
                audit.record(staff_actor(person(request)), "document.taken_out", document.shown)
                return serving.original(document)
            if form == "page":
                return serving.page(document, number)
            return serving.thumbnail(document)
        except Problem as problem:
            raise Http404(problem.message) from problem

    def case(self, request: HttpRequest, case_id: UUID) -> Case:
        """The case, for who may decide on cases, and not of a business they belong to."""
        if not request.user.has_perm(review.MAY):
            raise PermissionDenied
        rows = Case.objects.select_related("application__business", "assignee", "proposed_by")
        found = rows.filter(pk=case_id).first()
        if found is None:
            raise Http404
        if not review.may_decide(found.application, person(request)):
            raise PermissionDenied
        return found

    def context(self, request: HttpRequest, case: Case) -> dict[str, Any]:
        """What all pages of a case share."""
        latest = queries.verdict(case.application)
        tiers = kyc.book(kyc.text()).tiers
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": str(case.application.business),
            "case": case,
            "row": case.application,
            "entity": case.application.entity.replace("_", " "),
            "tier": tiers[latest.tier].title if latest and latest.tier in tiers else "",
            "clock": queue.clock_of(case.due_at, clock.now()) if not case.closed_at else None,
            "next": _next(case, person(request)),
        }


class PaperSeen(NamedTuple):
    """What a page says of a paper: title, whose, remarks, its pages, where the same file lies."""

    title: str
    owner: str
    remarks: list[str]
    pages: range
    here: int  # how often the very same file lies in this application besides
    elsewhere: list[str]  # names of other businesses that handed it in


SECTIONS = ("company", "activity", "accounts", "people")


def _take(case: Case, user: User, form: Any) -> str:
    review.take_case(case, user)
    return "The case is yours."


def _assign(case: Case, user: User, form: Any) -> str:
    chosen = form.get("assignee", "")
    to = next((one for one in _colleagues() if str(one.pk) == chosen), None)
    review.assign(case, user, to)
    return f"Handed to {to.name or to.email}." if to else "Back in the queue."


def _take_up(case: Case, user: User, form: Any) -> str:
    review.take_up(case.application, user)
    return "It is in the queue again, as another case of yours."


def _note(case: Case, user: User, form: Any) -> str:
    review.note(case.application, user, form.get("words", ""))
    return "Noted."


def _approve(case: Case, user: User, form: Any) -> str:
    terms = _terms(case.application, form)
    done = review.approve(
        case, user, form.get("reason", ""), form.get("words", ""), terms, form.get("tier", "")
    )
    return _said(done, "Approved")


def _refuse(case: Case, user: User, form: Any) -> str:
    return _said(
        review.refuse(case, user, form.get("reason", ""), form.get("words", "")), "Refused"
    )


def _ask(case: Case, user: User, form: Any) -> str:
    pieces = dict.fromkeys(form.getlist("piece"), form.get("told", ""))
    review.ask(case, user, form.get("reason", ""), pieces or {review.GENERAL: form.get("told", "")},
               form.get("words", ""))  # fmt: skip
    return "Sent back with questions."


def _agree(case: Case, user: User, form: Any) -> str:
    review.second(case, user, True)
    return "Agreed, and done."


def _disagree(case: Case, user: User, form: Any) -> str:
    review.second(case, user, False, form.get("words", ""))
    return "Sent back to who proposed it."


def _accept_paper(case: Case, user: User, form: Any) -> str:
    document = documents.find(case.application, form.get("document", ""))
    review.judge(case, user, document, None)
    return f"{documents.title(document)}: accepted."


def _refuse_paper(case: Case, user: User, form: Any) -> str:
    document = documents.find(case.application, form.get("document", ""))
    review.judge(case, user, document, form.get("reason", ""))
    return f"{documents.title(document)}: refused."


def _decide_hit(case: Case, user: User, form: Any) -> str:
    state = form.get("state", "")
    review.decide_hit(
        case, user, form.get("hit", ""), state, form.get("words", ""), form.get("evidence", "")
    )
    return f"The hit is {state}."


DEEDS: dict[str, Callable[[Case, User, Any], str]] = {
    "take": _take, "take-up": _take_up, "assign": _assign, "note": _note, "approve": _approve,
    "refuse": _refuse, "ask": _ask, "agree": _agree, "disagree": _disagree,
    "accept-paper": _accept_paper, "refuse-paper": _refuse_paper, "hit": _decide_hit,
}  # fmt: skip


def _said(case: Case, done: str) -> str:
    return f"{done}." if case.closed_at else "Proposed: another person has to agree."


def _terms(row: Application, form: Any) -> dict[str, Any]:
    """What was typed of the terms: amounts in major units; what is empty stays the tier's."""
    currency = review.bounds(row)[0].begun.currency
    terms: dict[str, Any] = {}
    for name in AMOUNTS:
        if text := form.get(name, "").strip().replace(",", ""):
            try:
                terms[name] = Money.from_major(text, currency).amount
            except ValueError as error:
                raise Problem("invalid_field", f"{error}.", name) from error
    for name in NUMBERS:
        if text := form.get(name, "").strip():
            if not text.isdigit():
                raise Problem("invalid_field", "This is a whole number.", name)
            terms[name] = int(text)
    if kinds := form.getlist("kinds"):
        terms["kinds"] = kinds
    return terms


def _bounds(row: Application) -> list[dict[str, Any]]:
    """The tiers of the form, amounts in major units."""

    def major(terms: kyc.Terms) -> dict[str, Any]:
        shown = {name: casefile.amount(getattr(terms, name), terms.currency) for name in AMOUNTS}
        return {**{name: getattr(terms, name) for name in NUMBERS}, **shown}

    return [
        {"tier": one.tier, "title": one.title, "currency": one.begun.currency, "four_eyes":
         one.four_eyes, "begun": major(one.begun), "most": major(one.most),
         "kinds": one.most.kinds}
        for one in review.bounds(row)
    ]  # fmt: skip


def _papers(row: Application) -> list[Document]:
    """The papers with what the page says of them."""
    listed = list(row.documents.order_by("kind", "party", "side", "-id")[:200])
    parties = dict(Party.objects.filter(application=row).values_list("id", "name"))
    twins = documents.twins(listed)
    for document in listed:
        document.application = row
        document.seen = PaperSeen(  # type: ignore[attr-defined]
            documents.title(document),
            parties.get(document.party_id, ""),  # type: ignore[arg-type]
            [documents.remark(key) for key in document.remarks],
            range(1, document.pages + 1),
            sum(1 for one in twins.get(document.digest, []) if one.application_id == row.pk) - 1,
            _others(twins.get(document.digest, []), row),
        )
    return listed


def _others(twins: list[Document], row: Application) -> list[str]:
    """The other businesses among the owners of the same file, by name."""
    own = row.business_id
    found = {one.application.business for one in twins if one.application.business_id != own}
    return sorted(map(str, found))


def _proposed(case: Case) -> dict[str, Any] | None:
    """A proposal in words."""
    if case.proposed is None:
        return None
    table, deed = reasons.table(), case.proposed
    known = table.approve if deed["deed"] == "approve" else table.refuse
    terms = deed.get("terms") or {}
    currency = review.bounds(case.application)[0].begun.currency if terms else ""
    lines = [
        f"{name.replace('_', ' ')} {casefile.amount(value, currency) if name in AMOUNTS else value}"
        for name, value in terms.items()
    ]
    return {**deed, "reason": known[deed["reason"]].words, "lines": lines}


def _colleagues() -> list[User]:
    """Those who may decide, by name."""
    entitled = ModelBackend().with_perm(review.MAY).filter(is_staff=True)
    return list(entitled.order_by("name", "email")[:200])


def _next(case: Case, user: User) -> Case | None:
    """The case to go on with: the most urgent open one that is nobody's or one's own."""
    others = review.not_own(Case.objects.filter(closed_at=None).exclude(pk=case.pk), user)
    waiting = queue.listed(others)
    return waiting.filter(assignee__in=[user.pk]).first() or waiting.filter(assignee=None).first()


def person(request: HttpRequest) -> User:
    """Who asks; the admin lets nobody in unnamed."""
    assert isinstance(request.user, User), "the admin is behind the login"
    return request.user
