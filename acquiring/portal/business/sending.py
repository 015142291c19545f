"""Handing it in, taking it back, and answering what was asked since."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from acquiring.core.errors import Problem
from acquiring.portal.business import drawing
from acquiring.portal.business.visits import Visit
from acquiring.portal.business.words import refused
from merchants.onboarding import applying, asks


def send(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Hand it in. What is open is said, and nothing is sent."""
    open_ones = [one for one in visit.asking.asked.values() if one.status != "given"]
    if open_ones:
        return drawing.draw(request, visit, "send", checked=True, all_steps=True, status=422)
    try:
        applying.send(visit.application, visit.actor)
    except Problem as problem:
        faults = {"tasks": refused(problem)}
        return drawing.draw(request, visit, "send", checked=True, faults=faults, status=422)
    return redirect(visit.at())


@require_POST
def withdraw(request: HttpRequest, visit: Visit) -> HttpResponse:
    """Take it back to change something."""
    if visit.allowed:
        try:
            applying.withdraw(visit.application, visit.actor)
        except Problem as problem:
            messages.error(request, refused(problem))
    return redirect(visit.at())


@require_POST
def answer(request: HttpRequest, visit: Visit, shown: str) -> HttpResponse:
    """Answer a task in words."""
    if visit.allowed:
        try:
            asks.answer(visit.application, visit.actor, shown, request.POST.get("answer", ""))
            messages.success(request, gettext("Answered"))
        except Problem as problem:
            if problem.status == 404:
                raise
            messages.error(request, refused(problem))
    return redirect(visit.at())
