"""The addresses of this room, under /test/ or / for live."""

from __future__ import annotations

from django.urls import path

from acquiring.portal.developers import (
    api_keys,
    clock,
    deliveries,
    events,
    log,
    versions,
    webhooks,
)

urlpatterns = [
    path("developers/api-keys/", api_keys.show, name="api_keys"),
    path("developers/api-keys/new/", api_keys.create, name="api_key_create"),
    path("developers/api-keys/<shown>/show/", api_keys.show_once, name="api_key_show"),
    path("developers/api-keys/<shown>/rotate/", api_keys.rotate, name="api_key_rotate"),
    path("developers/api-keys/<shown>/revoke/", api_keys.revoke, name="api_key_revoke"),
    path("developers/webhooks/", webhooks.show, name="webhooks"),
    path("developers/webhooks/new/", webhooks.create, name="webhook_create"),
    path("developers/webhooks/<shown>/", webhooks.endpoint, name="webhook"),
    path("developers/webhooks/<shown>/test/", webhooks.test, name="webhook_test"),
    path("developers/webhooks/<shown>/switch/", webhooks.switch, name="webhook_switch"),
    path("developers/webhooks/<shown>/secret/", webhooks.roll, name="webhook_roll"),
    path("developers/webhooks/<shown>/secret/old/", webhooks.end_old_secret, name="webhook_old"),
    path("developers/webhooks/<shown>/remove/", webhooks.remove, name="webhook_remove"),
    path("developers/webhooks/<shown>/replay/", deliveries.replay, name="webhook_replay"),
    path("developers/deliveries/again/", deliveries.again_chosen, name="deliveries_again"),
    path("developers/deliveries/<shown>/", deliveries.delivery, name="delivery"),
    path("developers/deliveries/<shown>/again/", deliveries.again, name="delivery_again"),
    path("developers/events/", events.show, name="events"),
    path("developers/events/<shown>/", events.event, name="event"),
    path("developers/log/", log.show, name="api_log"),
    path("developers/log/<shown>/", log.one, name="api_request"),
    path("developers/versions/", versions.show, name="api_versions"),
    path("developers/clock/", clock.show, name="clock"),
    path("developers/clock/back/", clock.back, name="clock_back"),
]
