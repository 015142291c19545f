"""Customers: shoppers a merchant wants to recognise."""

from __future__ import annotations

from typing import Any

from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, once, operation
from acquiring.api.v1.answers import payments as answers
from acquiring.api.v1.answers.shared import Deleted
from acquiring.api.v1.bodies import CustomerChange
from acquiring.api.v1.fields import Line, given
from acquiring.payments import checkout, queries, render


class CustomerPage(lists.DatedPage, kw_only=True):
    """Which customers."""

    email: Line = ""
    reference: Line = ""


class Customers(Endpoint):
    """`/v1/customers`"""

    tag = "Customers"

    @operation(
        "Create a customer",
        "customers:write",
        answers.Customer,
        status=201,
        body=CustomerChange,
        example={"name": "Dora Demir", "email": "dora@example.com"},
    )
    def post(self, asked: Asked[CustomerChange, Nothing]) -> Any:
        """Every member may be left out."""

        def deed() -> tuple[int, Any]:
            row = checkout.create_customer(asked.merchant_id, **given(asked.body))
            return 201, render.customer(row)

        return once(asked, deed)

    @operation("List customers", "customers:read", answers.CustomerList, query=CustomerPage)
    def get(self, asked: Asked[None, CustomerPage]) -> Any:
        """The newest first."""
        page = asked.query
        rows = queries.customers(asked.merchant_id, email=page.email, reference=page.reference)
        return lists.listed(rows, page, "cus", render.customer, asked.caller.mode)


class Customer(Endpoint):
    """`/v1/customers/{customer}`"""

    tag = "Customers"

    @operation("Retrieve a customer", "customers:read", answers.Customer)
    def get(self, asked: Asked[None, Nothing], customer: str) -> Any:
        """One customer."""
        return render.customer(queries.customer(asked.merchant_id, customer))

    @operation("Update a customer", "customers:write", answers.Customer, body=CustomerChange)
    def post(self, asked: Asked[CustomerChange, Nothing], customer: str) -> Any:
        """Only what is sent is changed."""

        def deed() -> tuple[int, Any]:
            row = checkout.change_customer(asked.merchant_id, customer, **given(asked.body))
            return 200, render.customer(row)

        return once(asked, deed)

    @operation("Erase a customer", "customers:write", Deleted)
    def delete(self, asked: Asked[None, Nothing], customer: str) -> Any:
        """Their personal data, here and in their decided payments, and their saved cards. What was
        paid stays on record."""
        checkout.erase_customer(asked.merchant_id, customer)
        return {"id": customer, "object": "customer", "deleted": True}
