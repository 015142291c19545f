"""The portal's addresses. The names of the account pages are the ones allauth asks for."""

from allauth.account import views as account
from django.urls import include, path, re_path

from acquiring.portal import api_keys, views

workspace = (
    [
        path("developers/api-keys/", api_keys.show, name="api_keys"),
        path("developers/api-keys/new/", api_keys.create, name="api_key_create"),
        path("developers/api-keys/<shown>/show/", api_keys.show_once, name="api_key_show"),
        path("developers/api-keys/<shown>/rotate/", api_keys.rotate, name="api_key_rotate"),
        path("developers/api-keys/<shown>/revoke/", api_keys.revoke, name="api_key_revoke"),
    ],
    "portal",
)

people = [
    path("signup/", account.signup, name="account_signup"),
    path("login/", account.login, name="account_login"),
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
    path("start/", views.start, name="start"),
    path("language/", views.choose_language, name="choose_language"),
    path("business/", views.switch_business, name="switch_business"),
    *people,
    path("test/", include(workspace, namespace="test"), {"mode": "test"}),
    path("", include(workspace, namespace="live"), {"mode": "live"}),
]
