"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.developers import api_keys

urlpatterns = [
    path("developers/api-keys/", api_keys.show, name="api_keys"),
    path("developers/api-keys/new/", api_keys.create, name="api_key_create"),
    path("developers/api-keys/<shown>/show/", api_keys.show_once, name="api_key_show"),
    path("developers/api-keys/<shown>/rotate/", api_keys.rotate, name="api_key_rotate"),
    path("developers/api-keys/<shown>/revoke/", api_keys.revoke, name="api_key_revoke"),
]
