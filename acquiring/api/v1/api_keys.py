"""API keys, for management keys only."""

from __future__ import annotations

from typing import Any

from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, once, operation, with_secret
from acquiring.api.v1.answers import platform as answers
from acquiring.api.v1.answers.shared import Deleted
from acquiring.api.v1.bodies import ApiKeyCreation, SecretRotation
from acquiring.core import ids
from acquiring.core.clock import rfc3339
from merchants import keys, queries
from merchants.models import ApiKey as Row
from merchants.models import Merchant


class ApiKeys(Endpoint):
    """`/v1/api_keys`"""

    tag = "API keys"

    @operation(
        "Create an API key",
        "api_keys:write",
        answers.ApiKeyMade,
        status=201,
        body=ApiKeyCreation,
        problems=("invalid_state",),
    )
    def post(self, asked: Asked[ApiKeyCreation, Nothing]) -> Any:
        """The whole key is shown this once. Management keys are made in the portal only."""
        secrets: list[str] = []

        def deed() -> tuple[int, Any]:
            body = asked.body
            merchant = Merchant.objects.get(pk=asked.merchant_id)
            actor, scopes = asked.caller.actor, body.scopes or None
            made = keys.issue(merchant, body.kind, actor, name=body.name, scopes=scopes)
            secrets.append(made.secret)
            return 201, {**shown(made.key), "key": None}

        return with_secret(once(asked, deed), "key", secrets)

    @operation("List API keys", "api_keys:read", answers.ApiKeyList, query=lists.Page)
    def get(self, asked: Asked[None, lists.Page]) -> Any:
        """Those that still open something, the newest first."""
        return lists.listed(queries.api_keys(asked.merchant_id), asked.query, "key", shown)


class ApiKey(Endpoint):
    """`/v1/api_keys/{key}`"""

    tag = "API keys"

    @operation("Retrieve an API key", "api_keys:read", answers.ApiKey)
    def get(self, asked: Asked[None, Nothing], key: str) -> Any:
        """Without its secret."""
        return shown(queries.api_key(asked.merchant_id, key))

    @operation("Revoke an API key", "api_keys:write", Deleted, problems=("invalid_state",))
    def delete(self, asked: Asked[None, Nothing], key: str) -> Any:
        """Within 30 seconds it opens nothing any more."""
        keys.revoke(queries.api_key(asked.merchant_id, key), asked.caller.actor)
        return {"id": key, "object": "api_key", "deleted": True}


class RotateKey(Endpoint):
    """`/v1/api_keys/{key}/rotate`"""

    tag = "API keys"

    @operation(
        "Rotate an API key",
        "api_keys:write",
        answers.ApiKeyMade,
        status=201,
        body=SecretRotation,
        problems=("invalid_state",),
    )
    def post(self, asked: Asked[SecretRotation, Nothing], key: str) -> Any:
        """Makes its successor, shown this once; the old key works on for the overlap."""
        secrets: list[str] = []

        def deed() -> tuple[int, Any]:
            row = queries.api_key(asked.merchant_id, key)
            made = keys.rotate(row, asked.caller.actor, asked.body.overlap_seconds)
            secrets.append(made.secret)
            return 201, {**shown(made.key), "key": None}

        return with_secret(once(asked, deed), "key", secrets)


def shown(row: Row) -> dict[str, Any]:
    """A key as the API shows it, without its secret."""
    return {
        "id": ids.show("key", row.id),
        "object": "api_key",
        "kind": row.kind,
        "name": row.name,
        "prefix": row.prefix,
        "last4": row.last4,
        "scopes": row.scopes,
        "created_at": rfc3339(row.created_at),
        "expires_at": rfc3339(row.expires_at) if row.expires_at else None,
        "revoked_at": rfc3339(row.revoked_at) if row.revoked_at else None,
        "last_used_at": rfc3339(row.last_used_at) if row.last_used_at else None,
    }
