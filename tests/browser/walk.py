"""Every page there is: the addresses of the checkout, the portal and the documentation.

They are read from the URL configuration, so a new page joins by existing. What an address needs
is taken from the shelf by the name of the thing it leads to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

FACES = (
    "acquiring.checkout",
    "acquiring.portal",
    "acquiring.api.pages",
    "allauth.account",
    "allauth.mfa",
)
MODE = "test"


class Route(NamedTuple):
    """An address by its name; `needs` are the parts that it is made of."""

    name: str
    needs: frozenset[str]

    @property
    def about(self) -> str:
        """The name without the mode it lies in."""
        return self.name.rpartition(":")[2]


def routes(of: URLResolver | None = None, space: str = "") -> Iterator[Route]:
    """Every named address of the faces, those of the workspace in test mode."""
    for one in (of or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            inner = f"{space}{one.namespace}:" if one.namespace else space
            if one.namespace in (None, MODE):
                yield from routes(one, inner)
        elif one.name and _is_face(one):
            needs = frozenset(one.pattern.regex.groupindex) - one.default_args.keys()
            yield Route(f"{space}{one.name}", needs)


def address(route: Route, shelf: Mapping[str, Mapping[str, str]]) -> str:
    """Where it lies, about things of the shelf; raises LookupError when the shelf has none."""
    parts: dict[str, Any] = {}
    if route.needs:
        fits = [name for name in shelf if f"{route.about}_".startswith(f"{name}_")]
        known = shelf[max(fits, key=len)] if fits else {}
        if not route.needs <= known.keys():
            raise LookupError(f"{route.name} needs {set(route.needs)}: add it to the shelf")
        parts = {name: known[name] for name in route.needs}
    return reverse(route.name, kwargs=parts)


def is_page(client: Client, path: str) -> bool:
    """Whether a person who goes there is shown something; raises AssertionError when we fail."""
    return bool(page_at(client, path))


def page_at(client: Client, path: str) -> bytes:
    """What a person who goes there is shown, if anything; raises AssertionError when we fail."""
    answer = client.get(path)
    assert answer.status_code < 500, f"{path} answered {answer.status_code}"
    shown = answer.status_code in (200, 403, 404, 409, 410)
    html = answer.headers.get("Content-Type", "").startswith("text/html")
    return answer.content if shown and html else b""


def _is_face(one: URLPattern) -> bool:
    view = one.callback
    return getattr(view, "__module__", "").startswith(FACES)
