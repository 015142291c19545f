"""A simulated identity provider: OpenID Connect by real HTTP, and a name server for `.test`.

    GET  /identity/                                    make a client, set a TXT record
    GET  /identity/.well-known/openid-configuration    and jwks, authorize, token, userinfo, logout
    GET  /identity/txt?name=                           the TXT records of a name below .test

Whoever signs in types an address and chooses how the provider behaves (`identity.toml`). It signs
with RSA keys of its own, wants PKCE, a registered redirect URI and the client's secret, and takes a
code once, for a minute. OpenID Connect Core 1.0, Discovery 1.0, RFC 6749, 7636 and 9207.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qsl, unquote, urlencode

import msgspec
import orjson
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from django.conf import settings

from acquiring.sandbox import rsa
from acquiring.sandbox.sql import execute, rows, text
from acquiring.sandbox.wire import Answer, Refuse, Request

CODE_SECONDS, TOKEN_SECONDS = 60, 600
MOST_KEYS, MOST_LISTED = 3, 50
KEPT = ("client_id", "redirect_uri", "state", "nonce", "code_challenge", "prompt", "max_age")


class Behaviour(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row of `identity.toml`."""

    title: str
    meaning: str
    claims: dict[str, Any] = {}
    without: tuple[str, ...] = ()
    seconds: dict[str, int] = {}
    userinfo: dict[str, Any] = {}
    userinfo_without: tuple[str, ...] = ()
    key: Literal["own", "new", "other", "none"] = "own"
    error: str = ""
    answered_by: str = ""


@lru_cache(maxsize=1)
def behaviours() -> dict[str, Behaviour]:
    """How somebody may come back, by name; the first is what a real provider does."""
    path = Path(__file__).parent / "identity.toml"
    return msgspec.toml.decode(path.read_bytes(), type=dict[str, Behaviour])


def issuer() -> str:
    """The provider's own address."""
    return f"{settings.SANDBOX_URL}/identity"


def serve(request: Request) -> Answer | tuple[str, dict[str, Any]]:
    """Answer a call; a page comes as its template and context. Raises Refuse."""
    match [request.method, request.path.strip("/")]:
        case ["GET", ".well-known/openid-configuration"]:
            return Answer(200, _document())
        case ["GET", "jwks"]:
            return Answer(200, {"keys": [_published(kid, pair) for kid, pair in _keys()]})
        case ["GET", "authorize"]:
            return "sandbox/identity_ask.html", _asked(request.query)
        case ["POST", "authorize"]:
            return _see(_chosen(request.form()))
        case ["POST", "token"]:
            return Answer(200, _exchanged(request), {"Cache-Control": "no-store"})
        case ["GET" | "POST", "userinfo"]:
            return Answer(200, _told(request))
        case ["GET", "logout"]:
            return _see(_left(request.query))
        case ["GET", "txt"]:
            return Answer(200, {"records": _records(str(request.query.get("name", "")))})
        case ["GET", ""]:
            return "sandbox/identity.html", _listed()
        case ["POST", "clients"]:
            client = make_client(str(request.form().get("redirect_uri", "")))
            return "sandbox/identity.html", _listed() | {"made": client}
        case ["POST", "txt"]:
            return _named(request.form())
    raise Refuse(Answer(404, {"error": "not_found"}))


def make_client(redirect_uri: str) -> dict[str, str]:
    """Register an application; returns its id and secret."""
    if not redirect_uri.startswith(("http://", "https://")):
        raise _wrong("invalid_redirect_uri", "redirect_uri is an address")
    made = {"client_id": f"client_{secrets.token_hex(8)}", "secret": secrets.token_urlsafe(24)}
    _keep("client", made["client_id"], {**made, "redirect_uri": redirect_uri})
    return made | {"issuer": issuer()}


def _document() -> dict[str, Any]:
    at = issuer()
    return {
        "issuer": at,
        "authorization_endpoint": f"{at}/authorize",
        "token_endpoint": f"{at}/token",
        "userinfo_endpoint": f"{at}/userinfo",
        "jwks_uri": f"{at}/jwks",
        "end_session_endpoint": f"{at}/logout",
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "scopes_supported": ["openid", "email", "profile"],
        "authorization_response_iss_parameter_supported": True,
    }


def _asked(query: Mapping[str, Any]) -> dict[str, Any]:
    """The page on which somebody says who they are."""
    _client_of(query)
    if query.get("response_type") != "code" or "openid" not in str(query.get("scope")).split():
        raise _wrong("invalid_request", "response_type is code, scope has openid")
    if query.get("code_challenge_method") != "S256" or not query.get("code_challenge"):
        raise _wrong("invalid_request", "PKCE with S256 is needed")
    return {
        "kept": {name: str(query[name]) for name in KEPT if query.get(name)},
        "email": str(query.get("login_hint", "")),
        "behaviours": behaviours().items(),
        "again": query.get("prompt") == "login",
    }


def _chosen(form: Mapping[str, Any]) -> str:
    """Where the browser goes back to, with a code or an error."""
    client = _client_of(form)
    name = str(form.get("behaviour", "signs_in"))
    behaviour = behaviours().get(name)
    if behaviour is None:
        raise _wrong("invalid_request", f"behaviour is one of {', '.join(behaviours())}")
    answer = {"state": str(form.get("state", "")), "iss": behaviour.answered_by or issuer()}
    if behaviour.error:
        return _with(client["redirect_uri"], answer | {"error": behaviour.error})
    code = secrets.token_urlsafe(24)
    kept = {one: str(form[one]) for one in KEPT if form.get(one)}
    person = {
        "email": str(form.get("email", "")).strip(),
        "name": str(form.get("name", "")).strip(),
    }
    _keep("code", code, {**kept, **person, "behaviour": name, "at": time.time()})
    return _with(client["redirect_uri"], answer | {"code": code})


def _exchanged(request: Request) -> dict[str, Any]:
    """Tokens for a code: once, for the client it was made for."""
    form = dict(parse_qsl(request.body.decode("utf-8", "replace")))
    client = _authenticated(request, form)
    given = _taken("code", form.get("code", ""), CODE_SECONDS)
    digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    known = given is not None and given["client_id"] == client["client_id"]
    if given is None or not known or form.get("redirect_uri") != given["redirect_uri"]:
        raise _wrong("invalid_grant", "the code is unknown, used, over or another client's")
    if _base64(digest) != given["code_challenge"]:
        raise _wrong("invalid_grant", "code_verifier does not fit")
    token = secrets.token_urlsafe(24)
    _keep("token", token, given)
    behaviour = behaviours()[given["behaviour"]]
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": TOKEN_SECONDS,
        "id_token": _signed(_claims(given, behaviour), behaviour.key),
    }


def _claims(given: Mapping[str, Any], behaviour: Behaviour) -> dict[str, Any]:
    now = int(time.time())
    claims = {
        "iss": issuer(),
        "aud": given["client_id"],
        "iat": now,
        "exp": now + 300,
        "auth_time": int(given["at"]),
        "nonce": given.get("nonce", ""),
        **_person(given),
        **behaviour.claims,
    }
    moved = {name: claims[name] + by for name, by in behaviour.seconds.items()}
    return {name: one for name, one in (claims | moved).items() if name not in behaviour.without}


def _person(given: Mapping[str, Any]) -> dict[str, Any]:
    email = given["email"].lower()
    subject = hashlib.sha256(email.encode()).hexdigest()[:24]
    return {"sub": subject, "email": email, "email_verified": True, "name": given["name"]}


def _told(request: Request) -> dict[str, Any]:
    """What userinfo says of whom the token is."""
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    given = _found("token", token, TOKEN_SECONDS)
    if given is None:
        raise Refuse(Answer(401, {"error": "invalid_token"}, {"WWW-Authenticate": "Bearer"}))
    behaviour = behaviours()[given["behaviour"]]
    said = _person(given) | behaviour.userinfo
    return {name: one for name, one in said.items() if name not in behaviour.userinfo_without}


def _left(query: Mapping[str, Any]) -> str:
    """Where somebody goes who signed out; only where a client of ours is at home."""
    client = _found("client", str(query.get("client_id", "")))
    to = str(query.get("post_logout_redirect_uri", ""))
    if client is None or to.split("/")[:3] != client["redirect_uri"].split("/")[:3]:
        raise _wrong("invalid_request", "post_logout_redirect_uri is not the client's")
    return to


def _client_of(given: Mapping[str, Any]) -> dict[str, Any]:
    client = _found("client", str(given.get("client_id", "")))
    if client is None:
        raise _wrong("invalid_client", "client_id is unknown")
    if given.get("redirect_uri") != client["redirect_uri"]:
        raise _wrong("invalid_request", "redirect_uri is not the registered one")
    return client


def _authenticated(request: Request, form: Mapping[str, str]) -> dict[str, Any]:
    """The client, by Basic or by the form; raises Refuse."""
    name, secret = form.get("client_id", ""), form.get("client_secret", "")
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        pair = base64.b64decode(given.encode()).decode("utf-8", "replace").partition(":")
        name, secret = unquote(pair[0]), unquote(pair[2])
    client = _found("client", name)
    if client is None or not hmac.compare_digest(client["secret"].encode(), secret.encode()):
        raise Refuse(Answer(401, {"error": "invalid_client"}, {"WWW-Authenticate": "Basic"}))
    return client


def _signed(claims: Mapping[str, Any], key: str) -> str:
    """A JWT (RFC 7515), signed as the behaviour says."""
    if key == "new" or not _keys():
        _keep("key", secrets.token_hex(6), rsa.new_pair()._asdict())
    kid, pair = _keys()[0]
    pair = rsa.new_pair() if key == "other" else pair
    head = {"alg": "none"} if key == "none" else {"alg": "RS256", "kid": kid, "typ": "JWT"}
    content = f"{_base64(orjson.dumps(head))}.{_base64(orjson.dumps(dict(claims)))}"
    if key == "none":
        return f"{content}."
    return f"{content}.{_base64(base64.b64decode(rsa.sign(pair.private, content.encode())))}"


def _keys() -> list[tuple[str, rsa.Pair]]:
    """The published keys, the newest first: it is the one that signs."""
    found = rows(
        "SELECT id, data FROM sandbox_thing WHERE provider = 'identity' AND kind = 'key'"
        " ORDER BY row DESC LIMIT %s",
        [MOST_KEYS],
    )
    return [(kid, rsa.Pair(**_read(data))) for kid, data in found]


def _published(kid: str, pair: rsa.Pair) -> dict[str, str]:
    key = serialization.load_der_public_key(base64.b64decode(pair.public))
    assert isinstance(key, RSAPublicKey), "made by rsa.new_pair"
    numbers = key.public_numbers()
    n = numbers.n.to_bytes((numbers.n.bit_length() + 7) // 8, "big")
    e = numbers.e.to_bytes(3, "big")
    return {
        "kty": "RSA",
        "use": "sig",
        "alg": "RS256",
        "kid": kid,
        "n": _base64(n),
        "e": _base64(e),
    }


def _listed() -> dict[str, Any]:
    found = rows(
        "SELECT id, data FROM sandbox_thing WHERE provider = 'identity' AND kind = 'txt'"
        " ORDER BY row DESC LIMIT %s",
        [MOST_LISTED],
    )
    records = [(name, _read(data)["value"]) for name, data in found]
    return {"issuer": issuer(), "records": records, "behaviours": behaviours().items()}


def _named(form: Mapping[str, Any]) -> Answer:
    """Set the TXT record of a name below .test; an empty value takes it away."""
    name, value = str(form.get("name", "")).strip().lower(), str(form.get("value", "")).strip()
    if not name.endswith(".test") or len(name) > 120 or len(value) > 255:
        raise _wrong("invalid_request", "a name below .test, a value of at most 255 characters")
    _drop("txt", name)
    if value:
        _keep("txt", name, {"value": value})
    return _see("/identity/")


def _records(name: str) -> list[str]:
    found = _found("txt", name.lower())
    return [found["value"]] if found else []


def _keep(kind: str, name: str, data: Mapping[str, Any]) -> None:
    execute(
        "INSERT INTO sandbox_thing (provider, account, kind, id, charge, data, created_at)"
        " VALUES ('identity', '', %s, %s, '', %s, now())",
        [kind, name, text(dict(data))],
    )


def _found(kind: str, name: str, seconds: int = 0) -> dict[str, Any] | None:
    found = rows(
        "SELECT data, created_at FROM sandbox_thing"
        " WHERE provider = 'identity' AND account = '' AND kind = %s AND id = %s",
        [kind, name],
    )
    if not found or (seconds and _is_older(found[0][1], seconds)):
        return None
    return _read(found[0][0])


def _taken(kind: str, name: str, seconds: int) -> dict[str, Any] | None:
    found = _found(kind, name, seconds)
    return found if _drop(kind, name) else None


def _drop(kind: str, name: str) -> int:
    return execute(
        "DELETE FROM sandbox_thing"
        " WHERE provider = 'identity' AND account = '' AND kind = %s AND id = %s",
        [kind, name],
    )


def _is_older(moment: datetime, seconds: int) -> bool:
    return datetime.now(UTC) - moment > timedelta(seconds=seconds)


def _read(data: Any) -> dict[str, Any]:
    return orjson.loads(data) if isinstance(data, str | bytes) else data


def _with(address: str, query: Mapping[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"


def _see(address: str) -> Answer:
    return Answer(303, b"", {"Location": address, "Cache-Control": "no-store"})


def _base64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def _wrong(error: str, words: str) -> Refuse:
    return Refuse(Answer(400, {"error": error, "error_description": words}))
