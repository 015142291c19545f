"""What is believed of a provider: its discovery document, its keys, and the tokens it signs.

OpenID Connect Core 1.0 (3.1.3.7), Discovery 1.0 (4.3) and RFC 9207. allauth takes a token that came
over TLS unread, and knows no nonce: here every token's signature, issuer, audience, authorized
party, times and nonce are verified, whichever way it came.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

import jwt
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.core.exceptions import PermissionDenied

from acquiring.core import clock
from acquiring.core.errors import Problem
from acquiring.core.memory import Memory
from merchants.sso import calls

ALGORITHMS = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
LEEWAY_SECONDS = 60
WELL_KNOWN = "/.well-known/openid-configuration"
LONGEST_SUB = 191
# Words that say more than a password was asked (RFC 8176; Microsoft, Okta and REFEDS).
SECOND_STEPS = frozenset({"mfa", "phr", "phrh", "https://refeds.org/profile/mfa"})
_NEEDED = ("authorization_endpoint", "token_endpoint", "jwks_uri")
Claims = dict[str, Any]

_documents: Memory[str, dict[str, Any]] = Memory(seconds=600, limit=500)
_keys: Memory[str, list[dict[str, Any]]] = Memory(seconds=3600, limit=500)
_asked: Memory[str, bool] = Memory(seconds=10, limit=500)  # an unknown key asks once in a while


class Refused(PermissionDenied):
    """Somebody is not let in; `code` is of `acquiring.portal.sso.words`."""

    def __init__(self, code: str, **facts: str) -> None:
        self.code = code
        self.facts = facts
        super().__init__(code)


def check(issuer: str) -> dict[str, Any]:
    """The discovery document of an issuer, asked now. Raises Problem with what is wrong with it."""
    if not calls.is_address(issuer) or "?" in issuer:
        raise _wrong("An issuer is an address that begins with https://.")
    try:
        reply = calls.ask("GET", issuer.rstrip("/") + WELL_KNOWN, {})
        reply.raise_for_status()
        document = reply.json()
    except OAuth2Error as error:
        raise _wrong(
            "There is no OpenID Connect provider at this address: its document"
            " /.well-known/openid-configuration cannot be read."
        ) from error
    if document.get("issuer") != issuer:
        said = str(document.get("issuer", ""))[:200]
        raise _wrong(f"The provider calls itself {said!r}. Write exactly that.")
    _check_members(document)
    _documents.put(issuer, document)
    return document


def document(issuer: str) -> dict[str, Any]:
    """The discovery document, at most ten minutes old; raises Refused."""
    known = _documents.get(issuer)
    if known is not None:
        return known
    try:
        return check(issuer)
    except Problem as problem:
        raise Refused("provider_away") from problem


def read(token: str, issuer: str, client_id: str) -> Claims:
    """What an ID token says, all but its nonce being verified; raises Refused."""
    try:
        head = jwt.get_unverified_header(token)
        if head.get("alg") not in ALGORITHMS:
            raise Refused("token_algorithm")
        claims = _decoded(token, _key(document(issuer)["jwks_uri"], head), issuer, client_id)
    except jwt.InvalidIssuerError as error:
        raise Refused("token_issuer") from error
    except jwt.InvalidAudienceError as error:
        raise Refused("token_audience") from error
    except jwt.PyJWTError as error:
        raise Refused("token_signature") from error
    _check_times(claims)
    _check_party(claims, client_id)
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUB:
        raise Refused("token_subject")
    return claims


def check_nonce(claims: Mapping[str, Any], nonce: str) -> None:
    """Refuse a token that was made for another login than the one this browser began."""
    given = claims.get("nonce")
    if not nonce or not isinstance(given, str) or not hmac.compare_digest(given, nonce):
        raise Refused("token_nonce")


def check_answer(query: Mapping[str, str], issuer: str) -> None:
    """Refuse an answer that another provider gave (RFC 9207)."""
    says = document(issuer).get("authorization_response_iss_parameter_supported") is True
    if query.get("iss", "" if says else issuer) != issuer:
        raise Refused("token_issuer")


def check_fresh(claims: Mapping[str, Any], begun_at: float) -> None:
    """Refuse a person whom the provider did not ask again since then, in seconds."""
    at = claims.get("auth_time")
    if not isinstance(at, int | float) or isinstance(at, bool):
        raise Refused("no_auth_time")
    if at < begun_at - LEEWAY_SECONDS or at > clock.now().timestamp() + LEEWAY_SECONDS:
        raise Refused("not_asked_again")


def has_second_step(claims: Mapping[str, Any]) -> bool:
    """Whether the provider says that it asked more than a password."""
    ways = _words(claims.get("amr")) | _words([claims.get("acr")])
    return bool(ways & SECOND_STEPS)


def _words(value: Any) -> set[str]:
    return {one for one in value if isinstance(one, str)} if isinstance(value, list) else set()


def _check_members(document: Mapping[str, Any]) -> None:
    for name in _NEEDED:
        if not calls.is_address(str(document.get(name, ""))):
            raise _wrong(f"The provider's document names no {name} that can be called.")
    if "code" not in _words(document.get("response_types_supported", ["code"])):
        raise _wrong("The provider does not know the authorization code flow.")
    signs = _words(document.get("id_token_signing_alg_values_supported", ["RS256"]))
    if not signs & set(ALGORITHMS):
        raise _wrong(f"The provider signs with none of {', '.join(ALGORITHMS)}.")


def _decoded(token: str, key: jwt.PyJWK, issuer: str, client_id: str) -> Claims:
    needed = ["iss", "sub", "aud", "exp", "iat"]
    by_our_clock = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    claims: Claims = jwt.decode(
        token,
        key=key,
        algorithms=[key.algorithm_name],
        issuer=issuer,
        audience=client_id,
        options={"require": needed, **by_our_clock},  # type: ignore[arg-type]
    )
    return claims


def _check_times(claims: Mapping[str, Any]) -> None:
    now = clock.now().timestamp()
    try:
        until, since = float(claims["exp"]), float(claims.get("nbf", claims["iat"]))
    except (TypeError, ValueError) as error:
        raise Refused("token_expired") from error
    if now > until + LEEWAY_SECONDS or now < since - LEEWAY_SECONDS:
        raise Refused("token_expired")


def _check_party(claims: Mapping[str, Any], client_id: str) -> None:
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", None if several else client_id) != client_id:
        raise Refused("token_audience")


def _key(address: str, head: Mapping[str, Any]) -> jwt.PyJWK:
    """The key that a token names, asked anew when it is not among the known ones."""
    for fresh in (False, True):
        for one in _published(address, fresh):
            if _is_meant(one, head):
                return jwt.PyJWK(one, algorithm=head["alg"])
    raise Refused("token_signature")


def _is_meant(key: Mapping[str, Any], head: Mapping[str, Any]) -> bool:
    kinds = {"R": "RSA", "P": "RSA", "E": "OKP" if head["alg"] == "EdDSA" else "EC"}
    named = "kid" not in head or key.get("kid") == head["kid"]
    signs = key.get("use", "sig") == "sig" and key.get("alg", head["alg"]) == head["alg"]
    return named and signs and key.get("kty") == kinds[head["alg"][0]]


def _published(address: str, fresh: bool) -> list[dict[str, Any]]:
    known = _keys.get(address)
    if known is not None and (not fresh or _asked.get(address)):
        return known
    try:
        reply = calls.ask("GET", address, {})
        reply.raise_for_status()
        given = reply.json().get("keys")
    except OAuth2Error as error:
        raise Refused("provider_away") from error
    rows = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    _keys.put(address, rows[:50])
    if fresh:
        _asked.put(address, True)
    return rows[:50]


def _wrong(words: str) -> Problem:
    return Problem("invalid_field", words, "issuer")
