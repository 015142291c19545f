"""The addresses of organisations; `shown` is the organisation's, `org_…`."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.organisation import joining, people, stewards, views

urlpatterns = [
    path("organisation/", views.first, name="organisations"),
    path("organisation/<shown>/", views.show, name="organisation"),
    path("organisation/<shown>/name/", views.rename, name="organisation_name"),
    path("organisation/<shown>/open/", views.open_another, name="organisation_open"),
    path("organisation/<shown>/log/", views.log, name="organisation_log"),
    path("organisation/<shown>/people/", people.show, name="organisation_people"),
    path("organisation/<shown>/people/new/", people.invite, name="organisation_invite"),
    path("organisation/<shown>/people/<person>/", people.change, name="organisation_person"),
    path("organisation/<shown>/stewards/", stewards.show, name="organisation_stewards"),
    path("organisation/<shown>/stewards/ask/", stewards.ask, name="organisation_ask"),
    path(
        "organisation/<shown>/stewards/<steward>/role/",
        stewards.change,
        name="organisation_steward_role",
    ),
    path(
        "organisation/<shown>/stewards/<steward>/remove/",
        stewards.remove,
        name="organisation_steward_remove",
    ),
    path("organisation/<shown>/asked/<asked>/revoke/", stewards.revoke, name="organisation_revoke"),
    path("organisation/<shown>/join/", joining.ask, name="organisation_join"),
    path("organisation/<shown>/join/own/", joining.bring, name="organisation_bring"),
    path("parting/<business>/", joining.leave, name="business_leaves"),
    path("joining/<token>/", joining.asked, name="joining"),
    path("joining/<token>/sign-up/", joining.SignUp.as_view(), name="joining_sign_up"),
    path("joining/<token>/accept/", joining.accept, name="joining_accept"),
]
