"""The portal's addresses. The names of the account pages are the ones allauth asks for."""

from allauth.account import views as account
from django.urls import include, path, re_path

from acquiring.portal import invitations, palette, tastes, views
from acquiring.portal.business.urls import hosted
from acquiring.portal.notices import mailbox
from acquiring.portal.organisation.urls import urlpatterns as organisations
from acquiring.portal.settings.logo import logo

# Behind the login, each room with addresses of its own; `frame.place` finds them.
ROOMS = (
    "overview",
    "business",
    "payments",
    "customers",
    "links",
    "methods",
    "accounts",
    "balances",
    "developers",
    "settings",
    "exports",
    "approvals",
    "notices",
)
workspace = (
    [
        path("palette/", palette.show, name="palette"),
        path("lists/<str:room>/", tastes.keep, name="list_keep"),
        *(path("", include(f"acquiring.portal.{room}.urls")) for room in ROOMS),
    ],
    "portal",
)

people = [
    path("signup/", account.signup, name="account_signup"),
    path("logout/", account.logout, name="account_logout"),
    path("login/again/", account.reauthenticate, name="account_reauthenticate"),
    path("login/inactive/", account.account_inactive, name="account_inactive"),
    path("confirm-email/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(
        r"^confirm-email/(?P<key>[-:\w]+)/$", account.confirm_email, name="account_confirm_email"
    ),
    path("password/reset/", account.password_reset, name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "password/reset/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
]

urlpatterns = [
    path("", views.home, name="home"),
    path("", include("acquiring.portal.security.urls")),
    path("", include("acquiring.portal.sso.urls")),
    path("start/", views.start, name="start"),
    path("language/", views.choose_language, name="choose_language"),
    path("business/", views.switch_business, name="switch_business"),
    path("support/leave/", views.leave_support, name="support_leave"),
    path("logo/<merchant>/<digest>", logo, name="logo"),
    *people,
    path("invitation/<token>/", invitations.show, name="invitation"),
    path("invitation/<token>/accept/", invitations.accept, name="invitation_accept"),
    path("invitation/<token>/sign-up/", invitations.SignUp.as_view(), name="invitation_sign_up"),
    *hosted,
    *organisations,
    path("dev/mailbox/", mailbox.index, name="mailbox"),
    path("dev/mailbox/<str:name>/", mailbox.show, name="mailbox_mail"),
    path("dev/mailbox/<str:name>/html", mailbox.body, name="mailbox_body"),
    path("test/", include(workspace, namespace="test"), {"mode": "test"}),
    path("", include(workspace, namespace="live"), {"mode": "live"}),
]
