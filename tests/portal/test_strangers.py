"""Every address of the workspace, asked by the owner of another shop: nothing is found."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import cast
from tests.browser.conftest import provider, things, till  # noqa: F401 (fixtures)
from tests.browser.walk import MODE, address, routes

pytestmark = pytest.mark.django_db

WORKSPACE = [one for one in routes() if one.name.startswith(f"{MODE}:")]
ORGANISATION = [one for one in routes() if one.name.startswith(("organisation", "business_leaves"))]
OBJECTS = [one for one in WORKSPACE if one.needs & {"shown", "token"}]
OBJECTS += [one for one in ORGANISATION if one.needs]


def test_every_address_is_known_to_the_walk(things):  # noqa: F811
    for route in routes():
        if route.name != "docs-page":
            assert address(route, things)


def test_nothing_of_another_merchant_is_found(things, chiaras_shop):  # noqa: F811
    """Neither read nor changed, whatever the address and however it is asked."""
    chiara = cast.at_the_desk(chiaras_shop.owner)
    found = []
    for route in OBJECTS:
        path = address(route, things)
        for ask in (chiara.get, chiara.post):
            status = ask(path).status_code
            if status not in (404, 405):
                found.append((route.name, ask.__name__, status))
    assert found == [], "another merchant's thing was found"


def test_the_workspace_is_closed_to_those_who_are_not_signed_in(things):  # noqa: F811
    stranger = Client()
    for route in (*WORKSPACE, *ORGANISATION):
        answer = stranger.get(address(route, things))
        assert answer.status_code in (302, 405), route.name
        if answer.status_code == 302:
            assert answer.url.startswith("/login/"), route.name
