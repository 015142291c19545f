"""Keys with which a platform takes payments for a business it onboarded."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, once, operation, with_secret
from acquiring.api.v1.answers import platform as answers
from acquiring.api.v1.answers.shared import Deleted
from acquiring.api.v1.api_keys import shown
from acquiring.api.v1.bodies import Body
from acquiring.api.v1.fields import Word
from acquiring.api.v1.onboarding import READ, WRITE, found
from merchants.onboarding import platform_keys


class Making(Body):
    """A key to be. Without `scopes` a restricted one takes payments and reads what came of them."""

    kind: Literal["restricted", "publishable"] = "restricted"
    name: Annotated[str, Meta(max_length=100)] = ""
    scopes: Annotated[list[Word], Meta(max_length=50)] = []


class Keys(Endpoint):
    """`/v1/onboarding/applications/{application}/api_keys`"""

    tag = "Onboarding"

    @operation(
        "Create a key of a business",
        WRITE,
        answers.ApiKeyMade,
        status=201,
        body=Making,
        problems=("invalid_state", "invalid_field", "merchant_not_approved"),
        example={"name": "Checkout of shop-17"},
    )
    def post(self, asked: Asked[Making, Nothing], application: str) -> Any:
        """The whole key is shown this once. It is of the application's mode: a test key opens the
        business's sandbox at once, a live one is made once it is approved."""
        secrets: list[str] = []

        def deed() -> tuple[int, Any]:
            body, row = asked.body, found(asked, application)
            made = platform_keys.issue(row, asked.caller.actor, body.kind, body.name, body.scopes)
            secrets.append(made.secret)
            return 201, {**shown(made.key), "key": None}

        return with_secret(once(asked, deed), "key", secrets)

    @operation("List the keys of a business", READ, answers.ApiKeyList, query=lists.Page)
    def get(self, asked: Asked[None, lists.Page], application: str) -> Any:
        """Those the platform made that still open something, the newest first."""
        rows = platform_keys.listed(found(asked, application))
        return lists.listed(rows, asked.query, "key", shown)


class Key(Endpoint):
    """`/v1/onboarding/applications/{application}/api_keys/{key}`"""

    tag = "Onboarding"

    @operation("Revoke a key of a business", WRITE, Deleted, problems=("invalid_state",))
    def delete(self, asked: Asked[None, Nothing], application: str, key: str) -> Any:
        """Within 30 seconds it opens nothing any more."""
        platform_keys.revoke(found(asked, application), asked.caller.actor, key)
        return {"id": key, "object": "api_key", "deleted": True}
