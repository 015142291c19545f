"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.notices import inbox

urlpatterns = [
    path("notifications/", inbox.show, name="notices"),
    path("notifications/read/", inbox.mark_read, name="notices_read"),
    path("notifications/<str:shown>/open/", inbox.open_subject, name="notice_open"),
]
