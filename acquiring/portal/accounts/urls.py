"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.accounts import changing, connecting, device_wallets, views

urlpatterns = [
    path("accounts/", views.show, name="accounts"),
    path("accounts/new/", connecting.choose, name="account_create"),
    path("accounts/new/<slug:provider>/", connecting.connect, name="account_connect"),
    path("accounts/new/<slug:provider>/sandbox/", connecting.sandbox, name="account_connect_test"),
    path("accounts/<shown>/", views.account, name="account"),
    path("accounts/<shown>/switch/", changing.switch, name="account_switch"),
    path("accounts/<shown>/move/", changing.move, name="account_move"),
    path("accounts/<shown>/credentials/", connecting.replace, name="account_credentials"),
    path("accounts/<shown>/check/", connecting.check, name="account_check"),
    path("accounts/<shown>/wallets/<slug:wallet>/", device_wallets.show, name="account_wallet"),
    path(
        "accounts/<shown>/wallets/<slug:wallet>/drop/",
        device_wallets.drop,
        name="account_wallet_drop",
    ),
    path("accounts/<shown>/webhook/", connecting.webhook, name="account_webhook"),
]
