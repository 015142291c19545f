"""Who is calling: the API key of the request, and whether it opens what is asked for."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from acquiring.core.errors import Problem
from merchants import keys
from merchants.keys import KeyFacts

VERSION = str(settings.SPECTACULAR_SETTINGS["VERSION"])
VERSIONS = frozenset({VERSION})


def caller_of(request: HttpRequest) -> KeyFacts:
    """The key's facts; raises Problem `unauthenticated` or `unknown_key`."""
    scheme, _, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if scheme.lower() != "bearer" or not secret:
        raise Problem("unauthenticated")
    facts = keys.authenticate(secret.strip())
    if facts is None:
        raise Problem("unknown_key")
    return facts


def check_scope(caller: KeyFacts, scope: str, publishable: bool) -> None:
    """Raise Problem `insufficient_scope` unless the key may do this.

    A publishable key lives in browsers, so it opens nothing but what is marked for it.
    """
    if not caller.allows(scope):
        raise Problem("insufficient_scope", f"This API key does not have the scope {scope}.")
    if caller.kind == "publishable" and not publishable:
        raise Problem("insufficient_scope", "A publishable key may not do that.")


def check_served(caller: KeyFacts) -> None:
    """Raise Problem `merchant_not_approved` for a merchant that may not take anything on now."""
    if not caller.active:
        raise Problem("merchant_not_approved")


def version_of(request: HttpRequest) -> str:
    """The API version the request asks for; raises Problem `unknown_version`."""
    version = request.META.get("HTTP_CARAVEL_VERSION", VERSION)
    if version not in VERSIONS:
        known = ", ".join(sorted(VERSIONS))
        raise Problem("unknown_version", f"The versions are: {known}.", "Caravel-Version")
    return version
