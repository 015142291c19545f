"""Answers about the applications of a platform's merchants."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from acquiring.api.v1.answers.shared import Minor, Moment, Shown, Words, list_of

Status = Literal["draft", "checking", "needs_information", "in_review", "approved", "refused"]


class OnboardingRequirement(Shown):
    """One piece that is asked: `path` says where it is told, `problem` what is wrong with it."""

    path: str
    step: Literal["company", "activity", "accounts", "people", "documents", "send"]
    kind: Literal[
        "text", "date", "country", "choice", "money", "number", "person", "paper", "consent"
    ]
    title: str
    status: Literal["given", "due", "wrong"]
    problem: str
    why: str
    source: str


class OnboardingPerson(Shown):
    """A person or company behind a business. `given` names what is known and not shown."""

    id: str
    object: Literal["onboarding_person"]
    kind: Literal["person", "company"]
    name: str | None
    native_name: str | None
    roles: list[str]
    share: int | None
    through: str | None
    title: str | None
    nationality: str | None
    registration_country: str | None
    politically_exposed: bool | None
    given: list[str]


class OnboardingBankAccount(Shown):
    """Where money is paid out to. Nothing is before `usable_at`."""

    id: str
    object: Literal["onboarding_bank_account"]
    currency: str
    country: str
    holder: str
    last4: str
    usable_at: Moment | None


class OnboardingDocument(Shown):
    """A paper that was handed in."""

    id: str
    object: Literal["onboarding_document"]
    kind: str
    person: str | None
    side: int
    status: Literal["received", "accepted", "refused", "deleted"]
    reason: str
    name: str
    type: str
    size: int
    pages: int
    sha256: str
    issued_on: date | None
    expires_on: date | None
    created_at: Moment


class OnboardingTask(Shown):
    """Something asked of the merchant; `path` is the piece it is about."""

    id: str
    object: Literal["onboarding_task"]
    path: str
    words: str
    why: str
    status: Literal["open", "answered", "closed"]
    answer: str
    due_at: Moment | None
    created_at: Moment


class OnboardingTerms(Shown):
    """What a business may do. `kinds` are kinds of payment methods; [] = all."""

    tier: str
    currency: str
    per_payment: Minor | None
    daily: Minor | None
    monthly: Minor | None
    reserve_basis_points: int
    reserve_days: int
    settlement_days: int
    kinds: list[str]


class OnboardingProgress(Shown):
    """How far an application is."""

    percent: int
    minutes_left: int


class OnboardingBrief(Shown):
    """An application without what was said in it."""

    id: str
    object: Literal["onboarding_application"]
    business: str
    mode: Literal["test", "live"]
    status: Status
    country: str
    entity: str | None
    reference: str
    version: int
    created_at: Moment
    changed_at: Moment
    sent_at: Moment | None
    decided_at: Moment | None
    recheck_at: Moment | None


class OnboardingApplication(OnboardingBrief):
    """A whole application. Numbers show their last four characters."""

    company: dict[str, Any]
    identifiers: Words
    activity: dict[str, Any]
    declarations: Words
    people: list[OnboardingPerson]
    bank_accounts: list[OnboardingBankAccount]
    documents: list[OnboardingDocument]
    requirements: list[OnboardingRequirement]
    progress: OnboardingProgress
    tasks: list[OnboardingTask]
    terms: OnboardingTerms | None


class OnboardingRule(Shown):
    """A rule that fired."""

    name: str
    words: str
    source: str
    outcome: Literal["approve", "ask", "review", "refuse"] | None
    tier: str


class OnboardingCheck(Shown):
    """What one automatic check found."""

    check: str
    title: str
    path: str
    result: Literal["pass", "ask", "review", "fail", "error"]
    words: str
    source: str
    expires_at: Moment | None


class OnboardingGranted(Shown):
    """The terms of a verdict."""

    currency: str
    per_payment: Minor
    daily: Minor
    monthly: Minor
    reserve_basis_points: int
    reserve_days: int
    settlement_days: int
    kinds: list[str]


class OnboardingVerdict(Shown):
    """What was decided, by which rules, on which checks, and until when."""

    id: str
    object: Literal["onboarding_verdict"]
    outcome: Literal["approve", "ask", "review", "refuse"]
    tier: str | None
    reason: str
    rules: list[OnboardingRule]
    rules_digest: str
    checks: list[OnboardingCheck]
    terms: OnboardingGranted | None
    decided_by: Literal["rules", "person"]
    expires_at: Moment | None
    created_at: Moment


class OnboardingLink(Shown):
    """An address where the merchant fills in its application; shown this once, null after."""

    object: Literal["onboarding_link"]
    application: str
    url: str | None
    expires_at: Moment


class OnboardingRevoked(Shown):
    """How many links were ended."""

    object: Literal["onboarding_link"]
    application: str
    revoked: int


class OnboardingEntity(Shown):
    """A kind of legal entity of a country, as it is called there."""

    entity: str
    title: str


class OnboardingRequirements(Shown):
    """What a country asks; with `entity`, of one kind of legal entity."""

    object: Literal["onboarding_requirements"]
    country: str
    currency: str
    regulator: str
    laws: list[str]
    basis: Literal["documented", "general", "mixed"]
    owner_line_basis_points: int
    modules: list[str]
    entities: list[OnboardingEntity]
    entity: str | None
    requirements: list[OnboardingRequirement]


OnboardingApplicationList = list_of(OnboardingBrief)
OnboardingPersonList = list_of(OnboardingPerson)
OnboardingBankAccountList = list_of(OnboardingBankAccount)
OnboardingDocumentList = list_of(OnboardingDocument)
OnboardingTaskList = list_of(OnboardingTask)
