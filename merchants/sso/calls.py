"""How a provider is called: through `core.http`, bounded in size and time, never on a redirect.

`Session` is what allauth asks for where it would take one of `requests`.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import orjson
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from django.conf import settings

from acquiring.core import http

CONNECT_SECONDS, READ_SECONDS, TOTAL_SECONDS = 3, 5, 8
LARGEST_BYTES = 262_144


def is_address(url: str) -> bool:
    """Whether a provider may be there: https, without a user; at home http too."""
    parts = urlsplit(url)
    secure = parts.scheme == "https" or (
        settings.ALLOW_PRIVATE_ENDPOINTS and parts.scheme == "http"
    )
    return secure and bool(parts.hostname) and "@" not in parts.netloc and not parts.fragment


def ask(method: str, url: str, headers: Mapping[str, str], body: bytes = b"") -> Reply:
    """One call to a provider; raises OAuth2Error when no whole answer came."""
    if not is_address(url):
        raise OAuth2Error(f"{url[:200]} is no address of a provider")
    try:
        answer = http.send(
            method,
            url,
            {"accept": "application/json", **headers},
            body,
            connect_timeout_seconds=CONNECT_SECONDS,
            read_timeout_seconds=READ_SECONDS,
            total_timeout_seconds=TOTAL_SECONDS,
            guard=not settings.ALLOW_PRIVATE_ENDPOINTS,
            max_response_bytes=LARGEST_BYTES,
        )
    except (http.NotSent, http.NoAnswer) as silence:
        raise OAuth2Error(f"no answer: {silence}") from silence
    return Reply(answer)


class Reply:
    """An answer, as allauth reads one."""

    def __init__(self, answer: http.Response) -> None:
        self.status_code = answer.status
        self.headers = {"content-type": "", **answer.headers}
        self.content = answer.body

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace")

    def json(self) -> dict[str, Any]:
        """The JSON object it carries; raises OAuth2Error."""
        try:
            read = orjson.loads(self.content)
        except ValueError as error:
            raise OAuth2Error("the answer is no JSON") from error
        if not isinstance(read, dict):
            raise OAuth2Error("the answer is no JSON object")
        return read

    def raise_for_status(self) -> None:
        if self.status_code != 200:
            raise OAuth2Error(f"status {self.status_code}")


class Session:
    """What allauth speaks to a provider with."""

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *trouble: object) -> None:
        """Connections are kept by `core.http`."""

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Reply:
        return ask("GET", url, headers or {})

    def request(
        self,
        method: str,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: Any = None,
    ) -> Reply:
        """A form, as the token endpoint reads one."""
        sent = {"content-type": "application/x-www-form-urlencoded", **(headers or {})}
        if auth is not None:
            sent["authorization"] = f"Basic {_basic(auth.username, auth.password)}"
        return ask(method, url, sent, urlencode(data or {}).encode())


def _basic(client_id: str, secret: str) -> str:
    """Both are form-encoded first, so that a colon in the id ends nothing (RFC 6749, 2.3.1)."""
    pair = f"{quote(client_id, safe='')}:{quote(secret, safe='')}"
    return base64.b64encode(pair.encode()).decode()
