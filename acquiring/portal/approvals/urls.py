"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.approvals import views

urlpatterns = [
    path("approvals/", views.show, name="approvals"),
    path("approvals/<shown>/", views.one, name="approval"),
    path("approvals/<shown>/approve/", views.approve, name="approval_approve"),
    path("approvals/<shown>/decline/", views.decline, name="approval_decline"),
    path("approvals/<shown>/resume/", views.resume, name="approval_resume"),
]
