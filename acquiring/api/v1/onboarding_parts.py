"""The parts of an application: people, bank accounts, documents and tasks."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from msgspec import Meta

from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, once, operation
from acquiring.api.v1.answers import onboarding as answers
from acquiring.api.v1.answers.shared import Deleted
from acquiring.api.v1.bodies import Body
from acquiring.api.v1.fields import Id
from acquiring.api.v1.onboarding import READ, WRITE, Path, found
from merchants.onboarding import accounts, asks, documents, parties, queries, sealed, showing

CHANGING = ("invalid_state", "invalid_field", "unknown_field")
GUARDED = (*CHANGING, "forbidden", "reauthentication_required")  # where the money goes
Members = Annotated[
    dict[Path, Any],
    Meta(
        max_length=60,
        description="Members by name, those of an object with a dot; null takes one back.",
    ),
]


class Change(Body):
    """What is told. A bank account's members are currency, country, holder and fields; a person's
    kind, roles, name, native_name, birth_date, nationality, address, identifiers,
    registration_country, share (basis points), through, title, email, phone, politically_exposed.
    """

    changes: Members


class Answering(Body):
    """The merchant's words."""

    answer: Annotated[str, Meta(min_length=1, max_length=4000)]


class Paper(Body):
    """What the file is. Dates are written 2026-11-22."""

    kind: Annotated[str, Meta(min_length=1, max_length=60, examples=["register_extract"])]
    person: Annotated[str, Meta(max_length=64, description="per_…, of a person's paper.")] = ""
    side: Annotated[int, Meta(ge=1, le=2)] = 1
    issued_on: datetime.date | None = None
    expires_on: datetime.date | None = None


class People(Endpoint):
    """`/v1/onboarding/applications/{application}/people`"""

    tag = "Onboarding"

    @operation(
        "Add a person", WRITE, answers.OnboardingPerson, status=201, body=Change,
        problems=CHANGING,
        example={"changes": {"name": "Nora Nordlicht", "roles": ["owner"], "share": 10_000}},
    )  # fmt: skip
    def post(self, asked: Asked[Change, Nothing], application: str) -> Any:
        """A person or a company behind the business."""

        def deed() -> tuple[int, Any]:
            row = found(asked, application)
            party = parties.add(row, asked.caller.actor, asked.body.changes)
            return 201, _person(row, party)

        return once(asked, deed)

    @operation("List people", READ, answers.OnboardingPersonList)
    def get(self, asked: Asked[None, Nothing], application: str) -> Any:
        """Who stands behind the business, the first one first."""
        row = found(asked, application)
        known = sealed.parties(row, queries.party_rows(row))
        return lists.shown([showing.person(one) for one in known])


class Person(Endpoint):
    """`/v1/onboarding/applications/{application}/people/{person}`"""

    tag = "Onboarding"

    @operation("Retrieve a person", READ, answers.OnboardingPerson)
    def get(self, asked: Asked[None, Nothing], application: str, person: str) -> Any:
        """One of them."""
        row = found(asked, application)
        return _person(row, parties.find(row, person))

    @operation("Change a person", WRITE, answers.OnboardingPerson, body=Change, problems=CHANGING)
    def patch(self, asked: Asked[Change, Nothing], application: str, person: str) -> Any:
        """Only what is named is changed."""
        row = found(asked, application)
        party = parties.change(row, asked.caller.actor, person, asked.body.changes)
        return _person(row, party)

    @operation("Remove a person", WRITE, Deleted, problems=CHANGING)
    def delete(self, asked: Asked[None, Nothing], application: str, person: str) -> Any:
        """Whoever was looked at once stays on record with us."""
        parties.remove(found(asked, application), asked.caller.actor, person)
        return {"id": person, "object": "onboarding_person", "deleted": True}


class BankAccounts(Endpoint):
    """`/v1/onboarding/applications/{application}/bank_accounts`"""

    tag = "Onboarding"

    @operation(
        "Add a bank account", WRITE, answers.OnboardingBankAccount, status=201, body=Change,
        problems=GUARDED,
        example={"changes": {"currency": "EUR", "country": "DE", "holder": "Testco Lamps",
                             "fields.iban": "DE89370400440532013000"}},
    )  # fmt: skip
    def post(self, asked: Asked[Change, Nothing], application: str) -> Any:
        """One for each currency. Of an approved business it is used after a cooling period, and
        all owners are told."""

        def deed() -> tuple[int, Any]:
            row = found(asked, application)
            made = accounts.add(row, asked.caller.actor, asked.body.changes, fresh=True)
            return 201, showing.bank_account(made)

        return once(asked, deed)

    @operation("List bank accounts", READ, answers.OnboardingBankAccountList)
    def get(self, asked: Asked[None, Nothing], application: str) -> Any:
        """Those in use, the first one first."""
        rows = queries.account_rows(found(asked, application))
        return lists.shown([showing.bank_account(one) for one in rows])


class BankAccount(Endpoint):
    """`/v1/onboarding/applications/{application}/bank_accounts/{account}`"""

    tag = "Onboarding"

    @operation("Retrieve a bank account", READ, answers.OnboardingBankAccount)
    def get(self, asked: Asked[None, Nothing], application: str, account: str) -> Any:
        """By its last four."""
        return showing.bank_account(accounts.find(found(asked, application), account))

    @operation(
        "Change a bank account", WRITE, answers.OnboardingBankAccount, body=Change,
        problems=GUARDED,
    )  # fmt: skip
    def patch(self, asked: Asked[Change, Nothing], application: str, account: str) -> Any:
        """Of an approved business the answer is a new account, with an id of its own."""
        row, actor = found(asked, application), asked.caller.actor
        return showing.bank_account(
            accounts.change(row, actor, account, asked.body.changes, fresh=True)
        )

    @operation("Remove a bank account", WRITE, Deleted, problems=GUARDED)
    def delete(self, asked: Asked[None, Nothing], application: str, account: str) -> Any:
        """Nothing is paid to it any more."""
        accounts.remove(found(asked, application), asked.caller.actor, account, fresh=True)
        return {"id": account, "object": "onboarding_bank_account", "deleted": True}


class Documents(Endpoint):
    """`/v1/onboarding/applications/{application}/documents`"""

    tag = "Onboarding"

    @operation(
        "Hand in a document", WRITE, answers.OnboardingDocument, status=201, body=Paper,
        problems=CHANGING, upload=True,
    )  # fmt: skip
    def post(self, asked: Asked[Paper, Nothing], application: str) -> Any:
        """A form with one `file`: JPEG, PNG, HEIC or PDF. It is opened and looked at; what is not
        what it claims to be is refused."""

        body, file, actor = asked.body, asked.upload, asked.caller.actor
        assert file is not None, "a form without a file is refused before"
        # Before the transaction: a scanner takes its time, and what it finds stays in the log.
        examined = documents.examine(found(asked, application), actor, file.content)

        def deed() -> tuple[int, Any]:
            row = found(asked, application)
            party = parties.find(row, body.person) if body.person else None
            taken = documents.take(
                row, actor, body.kind, file.name, file.content, party=party, side=body.side,
                issued_on=body.issued_on, expires_on=body.expires_on, examined=examined,
            )  # fmt: skip
            return 201, showing.document(taken)

        return once(asked, deed)

    @operation("List documents", READ, answers.OnboardingDocumentList)
    def get(self, asked: Asked[None, Nothing], application: str) -> Any:
        """What was handed in, the first one first; the files themselves stay with us."""
        rows = showing.documents(found(asked, application))
        return lists.shown([showing.document(one) for one in rows])


class Tasks(Endpoint):
    """`/v1/onboarding/applications/{application}/tasks`"""

    tag = "Onboarding"

    @operation("List tasks", READ, answers.OnboardingTaskList)
    def get(self, asked: Asked[None, Nothing], application: str) -> Any:
        """What is asked of the merchant and not settled."""
        rows = queries.tasks(found(asked, application))
        return lists.shown([showing.task(one) for one in rows])


class TaskAnswer(Endpoint):
    """`/v1/onboarding/applications/{application}/tasks/{task}/answer`"""

    tag = "Onboarding"

    @operation(
        "Answer a task", WRITE, answers.OnboardingTask, body=Answering, problems=CHANGING,
        example={"answer": "The website goes online tomorrow."},
    )  # fmt: skip
    def post(self, asked: Asked[Answering, Nothing], application: str, task: Id) -> Any:
        """In words. Changing the piece it is about, or handing in its paper, answers it too."""

        def deed() -> tuple[int, Any]:
            row = found(asked, application)
            return 200, showing.task(asks.answer(row, asked.caller.actor, task, asked.body.answer))

        return once(asked, deed)


def _person(row: Any, party: Any) -> dict[str, Any]:
    return showing.person(sealed.parties(row, [party])[0])
