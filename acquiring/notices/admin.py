"""Notices and letters in the admin: to look at, and every letter there is with sample facts."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import URLPattern, path
from django.views.decorators.clickjacking import xframe_options_sameorigin
from unfold.decorators import display

from acquiring.core.admin_base import ReadOnly
from acquiring.notices import samples
from acquiring.notices.models import Letter, Notice, Reading

COLOURS = {"pending": "info", "sent": "success", "failed": "danger"}
# What a letter may do in the admin's frame: show itself.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox"


@admin.register(Notice)
class NoticeAdmin(ReadOnly):
    list_display = ("kind", "subject", "merchant_id", "person_id", "read_at", "created_at")
    list_filter = ("kind",)
    search_fields = ("merchant_id", "person_id", "subject")


@admin.register(Letter)
class LetterAdmin(ReadOnly):
    """What a letter says is not on the page: it may open an account, or name a shopper."""

    list_display = (
        *("template", "recipient", "language", "merchant_id"),
        *("state", "tries", "next_at", "error", "created_at"),
    )
    list_filter = ("status", "template", "language")
    search_fields = ("=merchant_id", "=recipient", "once")
    secret_fields = ("facts",)
    change_list_template = "admin/letters.html"

    @display(description="status", ordering="status", label=COLOURS)
    def state(self, one: Letter) -> str:
        return one.status

    def get_urls(self) -> list[URLPattern]:
        """The previews, before the admin takes the rest of the address for an id."""
        view = self.admin_site.admin_view
        return [
            path("preview/", view(self.previews), name="notices_letter_previews"),
            path(
                "preview/<str:name>/<str:language>/<str:form>",
                view(xframe_options_sameorigin(self.preview)),
                name="notices_letter_preview",
            ),
            *super().get_urls(),
        ]

    def previews(self, request: HttpRequest) -> HttpResponse:
        """Every letter in every language, one of them open."""
        chosen = request.GET.get("letter", ""), request.GET.get("language", "en")
        name = chosen[0] if chosen[0] in samples.SAMPLES else next(iter(samples.SAMPLES))
        language = chosen[1] if chosen[1] in samples.LANGUAGES else "en"
        context = {
            **self.admin_site.each_context(request),
            "title": "Every letter",
            "opts": self.opts,
            "names": list(samples.SAMPLES),
            "languages": samples.LANGUAGES,
            "name": name,
            "language": language,
            "drawn": samples.draw(name, language),
        }
        return render(request, "admin/letter_previews.html", context)

    def preview(self, request: HttpRequest, name: str, language: str, form: str) -> HttpResponse:
        """One letter as it is sent: `form` is html or text."""
        if name not in samples.SAMPLES or language not in samples.LANGUAGES:
            return HttpResponse("There is no such letter.", status=404, content_type="text/plain")
        drawn = samples.draw(name, language)
        if form == "text":
            return HttpResponse(drawn.text, content_type="text/plain; charset=utf-8")
        return HttpResponse(drawn.html, headers={"Content-Security-Policy": POLICY})


@admin.register(Reading)
class ReadingAdmin(ReadOnly):
    list_display = ("chain", "merchant_id", "last_sequence")
    list_filter = ("chain",)
    search_fields = ("merchant_id",)
