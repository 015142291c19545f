"""Onboarding for platforms: applications of their merchants, from the first word to the verdict."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from acquiring import catalogue
from acquiring.api import lists
from acquiring.api.endpoint import Asked, Endpoint, Nothing, once, operation, with_secret
from acquiring.api.v1.answers import onboarding as answers
from acquiring.api.v1.bodies import Body
from acquiring.api.v1.fields import Country, Word
from acquiring.core import clock
from acquiring.core.clock import rfc3339
from acquiring.core.errors import Problem
from merchants.kyc import markets
from merchants.onboarding import applying, events, links, platforms, queries, showing
from merchants.onboarding.models import Application as Row

READ, WRITE = "onboarding:read", "onboarding:write"
Path = Annotated[str, Meta(min_length=1, max_length=200)]
Changes = Annotated[
    dict[Path, Any],
    Meta(
        max_length=200,
        description="Path to value, such as `company.legal_name`; null takes a word back.",
        examples=[{"entity": "company", "company.legal_name": "Testco Lamps"}],
    ),
]
Version = Annotated[
    int | None,
    Meta(description="Refuse the change when the application is at another version by now."),
]


class ApplicationCreation(Body):
    """A business of the platform's, and what is known of it already."""

    business_name: Annotated[str, Meta(min_length=2, max_length=200)]
    country: Country
    reference: Annotated[str, Meta(max_length=80, description="The platform's own name.")] = ""
    changes: Changes = {}


class ApplicationChange(Body):
    """What is told."""

    changes: Changes
    version: Version = None


class Sending(Body):
    """Which version is handed in; any when left out."""

    version: Version = None


class LinkMaking(Body):
    """Where the last page leads back to."""

    return_url: Annotated[str, Meta(max_length=300)] = ""


class ApplicationPage(lists.Page, kw_only=True):
    """Which applications."""

    status: (
        Literal["draft", "checking", "needs_information", "in_review", "approved", "refused"] | None
    ) = None
    reference: Annotated[str, Meta(max_length=80)] = ""


class RequirementsQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Of which country and kind of legal entity."""

    country: Country = ""
    entity: Word = ""


class Applications(Endpoint):
    """`/v1/onboarding/applications`"""

    tag = "Onboarding"

    @operation(
        "Open an application",
        WRITE,
        answers.OnboardingApplication,
        status=201,
        body=ApplicationCreation,
        problems=("invalid_state", "conflict"),
        example={"business_name": "Testco Lamps", "country": "SG", "reference": "shop-17"},
    )
    def post(self, asked: Asked[ApplicationCreation, Nothing]) -> Any:
        """It opens a business of its own, in the mode of the key. A test key rehearses: its
        applications are decided like live ones, and approve no live payments."""

        def deed() -> tuple[int, Any]:
            body, caller = asked.body, asked.caller
            row = platforms.open_business(
                caller.merchant_id, caller.mode, caller.actor, body.business_name, body.country,
                body.reference,
            )  # fmt: skip
            if body.changes:
                applying.tell(row, caller.actor, body.changes)
            return 201, showing.whole(found(asked, row.shown))

        return once(asked, deed)

    @operation("List applications", READ, answers.OnboardingApplicationList, query=ApplicationPage)
    def get(self, asked: Asked[None, ApplicationPage]) -> Any:
        """The newest first, without what was said in them."""
        rows = queries.applications(asked.merchant_id)
        if asked.query.status:
            rows = rows.filter(status=asked.query.status)
        if asked.query.reference:
            rows = rows.filter(reference=asked.query.reference)
        return lists.listed(rows, asked.query, "app", events.brief)


class Application(Endpoint):
    """`/v1/onboarding/applications/{application}`"""

    tag = "Onboarding"

    @operation("Retrieve an application", READ, answers.OnboardingApplication)
    def get(self, asked: Asked[None, Nothing], application: str) -> Any:
        """With everything asked, given, missing and wrong."""
        return showing.whole(found(asked, application))

    @operation(
        "Tell an application",
        WRITE,
        answers.OnboardingApplication,
        body=ApplicationChange,
        problems=("invalid_state", "conflict", "reauthentication_required"),
        example={"changes": {"entity": "company", "company.legal_name": "Testco Lamps"}},
    )
    def patch(self, asked: Asked[ApplicationChange, Nothing], application: str) -> Any:
        """A value of the wrong shape is refused by its path, and nothing is kept. A wrong value is
        kept, and stands among `requirements` with what is wrong."""
        row, body = found(asked, application), asked.body
        applying.tell(row, asked.caller.actor, body.changes, body.version)
        return showing.whole(found(asked, application))


class Send(Endpoint):
    """`/v1/onboarding/applications/{application}/send`"""

    tag = "Onboarding"

    @operation(
        "Send an application",
        WRITE,
        answers.OnboardingApplication,
        body=Sending,
        problems=("requirements_open", "invalid_state", "conflict"),
    )
    def post(self, asked: Asked[Sending, Nothing], application: str) -> Any:
        """Hands it in. The checks take seconds; events say what comes of them."""

        def deed() -> tuple[int, Any]:
            row = found(asked, application)
            applying.send(row, asked.caller.actor, asked.body.version)
            return 200, showing.whole(found(asked, application))

        return once(asked, deed)


class Withdraw(Endpoint):
    """`/v1/onboarding/applications/{application}/withdraw`"""

    tag = "Onboarding"

    @operation(
        "Withdraw an application",
        WRITE,
        answers.OnboardingApplication,
        problems=("invalid_state",),
    )
    def post(self, asked: Asked[Nothing, Nothing], application: str) -> Any:
        """What was sent and not decided is a draft again."""

        def deed() -> tuple[int, Any]:
            applying.withdraw(found(asked, application), asked.caller.actor)
            return 200, showing.whole(found(asked, application))

        return once(asked, deed)


class Verdict(Endpoint):
    """`/v1/onboarding/applications/{application}/verdict`"""

    tag = "Onboarding"

    @operation("Retrieve the verdict", READ, answers.OnboardingVerdict)
    def get(self, asked: Asked[None, Nothing], application: str) -> Any:
        """The latest decision with its rules, their sources and how long it holds."""
        shown = showing.verdict(found(asked, application))
        if shown is None:
            raise Problem("not_found", "Nothing was decided yet.")
        return shown


class Links(Endpoint):
    """`/v1/onboarding/applications/{application}/links`"""

    tag = "Onboarding"

    @operation(
        "Make an onboarding link",
        WRITE,
        answers.OnboardingLink,
        status=201,
        body=LinkMaking,
        problems=("invalid_state",),
        example={"return_url": "https://platform.example/done"},
    )
    def post(self, asked: Asked[LinkMaking, Nothing], application: str) -> Any:
        """A page where the merchant fills in its application without an account. It is a secret:
        who has it can read and change the application, for a week."""
        secrets: list[str] = []

        def deed() -> tuple[int, Any]:
            row = found(asked, application)
            secrets.append(links.make(row, asked.caller.actor, asked.body.return_url))
            return 201, {
                "object": "onboarding_link",
                "application": application,
                "url": None,
                "expires_at": rfc3339(clock.now() + links.LASTS),
            }

        return with_secret(once(asked, deed), "url", secrets)

    @operation("Revoke the onboarding links", WRITE, answers.OnboardingRevoked)
    def delete(self, asked: Asked[None, Nothing], application: str) -> Any:
        """None of them opens anything any more."""
        ended = links.revoke(found(asked, application), asked.caller.actor)
        return {"object": "onboarding_link", "application": application, "revoked": ended}


class Requirements(Endpoint):
    """`/v1/onboarding/requirements`"""

    tag = "Onboarding"

    @operation(
        "Retrieve what a country asks", READ, answers.OnboardingRequirements,
        query=RequirementsQuery,
    )  # fmt: skip
    def get(self, asked: Asked[None, RequirementsQuery]) -> Any:
        """The matrix as data: without `entity`, the kinds of legal entity there are. `*` in a path
        stands for the id of a person or a bank account."""
        country, entity = asked.query.country, asked.query.entity
        if country not in catalogue.countries():
            raise Problem("invalid_field", f"There is no country {country[:10]!r}.", "country")
        market = markets.market(country)
        if entity and entity not in market.entities:
            known = ", ".join(market.entities)
            raise Problem("invalid_field", f"{country} has {known}.", "entity")
        return {
            "object": "onboarding_requirements",
            "country": country,
            "currency": market.currency,
            "regulator": market.regulator,
            "laws": list(market.laws),
            "basis": market.basis,
            "owner_line_basis_points": market.owner_line.basis_points,
            "modules": list(market.modules),
            "entities": [
                {"entity": key, "title": one.title} for key, one in market.entities.items()
            ],
            "entity": entity or None,
            "requirements": showing.needed(country, entity) if entity else [],
        }


def found(asked: Asked[Any, Any], application: str) -> Row:
    """The caller's application. Raises Problem `not_found`."""
    return queries.of_platform(asked.merchant_id, application)
