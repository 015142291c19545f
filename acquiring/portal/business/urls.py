"""The addresses of this room: behind the login under /test/ or / for live, and by a link."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.business import accounts, papers, people, sending, views
from acquiring.portal.business.visits import View, at_the_desk, by_link

PAGES: tuple[tuple[str, View, str], ...] = (
    ("", views.entry, ""),
    ("begin/", views.begin, "begin"),
    ("industries/", views.industry, "industries"),
    ("people/new/", people.add, "person_new"),
    ("people/<str:shown>/", people.show, "person"),
    ("people/<str:shown>/remove/", people.remove, "person_remove"),
    ("accounts/new/", accounts.add, "account_new"),
    ("accounts/<str:shown>/", accounts.show, "account"),
    ("accounts/<str:shown>/remove/", accounts.remove, "account_remove"),
    ("documents/new/", papers.take, "document_new"),
    ("documents/<str:shown>/", papers.show, "document"),
    ("documents/<str:shown>/picture/", papers.picture, "document_picture"),
    ("documents/<str:shown>/remove/", papers.remove, "document_remove"),
    ("tasks/<str:shown>/answer/", sending.answer, "task_answer"),
    ("withdraw/", sending.withdraw, "withdraw"),
    ("steps/<str:step>/", views.step, "step"),
)

urlpatterns = [
    path(f"business-details/{at}", at_the_desk(view), name=f"business_{name}".rstrip("_"))
    for at, view, name in PAGES
]
hosted = [
    path("onboard/<str:secret>", by_link(views.entry), name="onboard"),
    *(
        path(f"onboard/<str:secret>/{at}", by_link(view), name=f"onboard_{name}")
        for at, view, name in PAGES[1:]
    ),
]
