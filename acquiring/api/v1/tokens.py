"""Tokens: cards that only the vault can read."""

from __future__ import annotations

from typing import Any

from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, once, operation, with_secret
from acquiring.api.v1.answers import checkout as answers
from acquiring.api.v1.answers.shared import Deleted
from acquiring.api.v1.bodies import EXAMPLE_CARD, TokenCreation
from acquiring.api.v1.fields import Word
from acquiring.core import ids
from acquiring.core.clock import rfc3339
from acquiring.core.errors import Problem
from acquiring.payments import queries
from acquiring.vault import services as vault
from acquiring.vault.models import Token as Row
from merchants.services import now_for


class TokenPage(lists.Page, kw_only=True):
    """Which saved cards."""

    customer: Word = ""


class Tokens(Endpoint):
    """`/v1/tokens`"""

    tag = "Tokens"

    @operation(
        "Create a token",
        "tokens:write",
        answers.TokenMade,
        status=201,
        body=TokenCreation,
        publishable=True,
        serving=True,
        example={"card": EXAMPLE_CARD},
    )
    def post(self, asked: Asked[TokenCreation, Nothing]) -> Any:
        """A browser may do this with a publishable key. `token` is what a payment takes; when a
        security code was typed it carries it, sealed, for 15 minutes. It is shown this once."""
        body, secrets = asked.body, []
        if asked.caller.kind == "publishable" and (body.reusable or body.customer):
            raise Problem("insufficient_scope", "Saving a card for later needs a secret key.")
        customer_id = None
        if body.customer:
            customer_id = queries.customer(asked.merchant_id, body.customer, "customer").id

        def deed() -> tuple[int, Any]:
            card = body.card
            made = vault.tokenize(
                asked.merchant_id,
                card.number,
                card.exp_month,
                card.exp_year,
                card.cvc,
                card.holder,
                customer_id,
                body.reusable,
                now=now_for(asked.merchant_id),
            )
            secrets.append(made.handle)
            return 201, {**shown(made.token), "token": None}

        return with_secret(once(asked, deed), "token", secrets)

    @operation("List saved cards", "tokens:read", answers.TokenList, query=TokenPage)
    def get(self, asked: Asked[None, TokenPage]) -> Any:
        """Reusable ones that can still be used, the newest first."""
        customer_id = None
        if asked.query.customer:
            customer_id = ids.read("cus", asked.query.customer, "customer")
        rows = vault.kept(asked.merchant_id, customer_id)
        return lists.listed(rows, asked.query, "tok", shown)


class Token(Endpoint):
    """`/v1/tokens/{token}`"""

    tag = "Tokens"

    @operation("Retrieve a token", "tokens:read", answers.Token)
    def get(self, asked: Asked[None, Nothing], token: str) -> Any:
        """What anyone may see of the card."""
        return shown(vault.find(asked.merchant_id, token))

    @operation("Erase a token", "tokens:write", Deleted)
    def delete(self, asked: Asked[None, Nothing], token: str) -> Any:
        """The card's number is gone for good."""
        vault.erase(asked.merchant_id, vault.find(asked.merchant_id, token).id)
        return {"id": token, "object": "token", "deleted": True}


def shown(row: Row) -> dict[str, Any]:
    """A token as the API shows it."""
    return {
        "id": ids.show("tok", row.id),
        "object": "token",
        "type": "card",
        "status": row.status,
        "card": vault.describe(row),
        "customer": ids.show("cus", row.customer_id) if row.customer_id else None,
        "reusable": row.reusable,
        "used": row.used_at is not None,
        "expires_at": rfc3339(row.expires_at) if row.expires_at else None,
        "created_at": rfc3339(row.created_at),
    }
