"""An application to take live payments: what was said, handed in, found and decided.

It belongs to a business, as people and invitations do, and has one row for each mode: a platform
rehearses in test mode what it will do with live merchants. Numbers and papers are sealed with the
business's own data key; `facts` holds what is no secret of a person.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from acquiring.core import clock, ids
from merchants.models import Business, Mode


class Application(models.Model):
    """How far a business is. `facts` are `kyc.facts.Facts` without people, accounts and papers,
    which have rows of their own; a number of the law's kind that names a person is sealed there.
    """

    class Status(models.TextChoices):
        DRAFT = "draft"
        CHECKING = "checking"  # sent; the automatic checks run
        ASKED = "needs_information"  # something is asked of the merchant
        REVIEW = "in_review"  # a person decides
        APPROVED = "approved"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    business = models.ForeignKey(Business, models.CASCADE, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    # The merchant whose API key opened it, when a platform onboards; it sees it and hears of it.
    platform_id = models.UUIDField(null=True, editable=False)
    reference = models.CharField(max_length=80, blank=True)  # the platform's own name for it
    status = models.CharField(max_length=20, choices=Status, default=Status.DRAFT)
    country = models.CharField(max_length=2)
    entity = models.CharField(max_length=20, blank=True)
    facts = models.JSONField(default=dict)
    version = models.PositiveIntegerField(default=1)  # of what was said; each change counts up
    created_at = models.DateTimeField(default=clock.now, editable=False)
    changed_at = models.DateTimeField(default=clock.now, editable=False)
    sent_at = models.DateTimeField(null=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    recheck_at = models.DateTimeField(null=True, editable=False)  # the calendar's next look
    # Until then a worker looks at it; a later one is free to, since the worker must have died.
    claimed_until = models.DateTimeField(null=True, editable=False)
    # What a change or a list re-opened since the last verdict: groups of `checks.toml`; [] = all.
    reopened = models.JSONField(default=list, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["business", "mode"], name="onboarding_once_a_mode"),
        ]
        indexes = [
            models.Index(fields=["platform_id", "-id"], name="onboarding_of_platform"),
            models.Index(fields=["status", "sent_at"], name="onboarding_queue"),
            models.Index(fields=["recheck_at"], name="onboarding_calendar"),
        ]

    def __str__(self) -> str:
        return f"application of {self.business}"

    @property
    def shown(self) -> str:
        """The outside form of the id, `app_…`."""
        return ids.show("app", self.id)


class Part(models.Model):
    """What an application's rows have in common. Their keys begin with the business's."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    application = models.ForeignKey(
        Application, models.CASCADE, related_name="%(class)ss", db_index=False
    )
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["application", "id"], name="onboarding_%(class)s_of")]


class Party(Part):
    """A person or a company behind the business: `kyc.facts.Party`. `sealed` holds the whole of
    it; the columns are what lists show and look-alikes are found by.
    """

    kind = models.CharField(max_length=7)
    name = models.CharField(max_length=300)
    roles = models.JSONField(default=list)
    sealed = models.BinaryField()
    changed_at = models.DateTimeField(default=clock.now, editable=False)
    # Who was looked at once is kept for as long as the law wants, though no longer of the business.
    removed_at = models.DateTimeField(null=True, editable=False)

    class Meta(Part.Meta):
        verbose_name_plural = "parties"

    def __str__(self) -> str:
        return self.name

    @property
    def shown(self) -> str:
        """The outside form of the id, `per_…`."""
        return ids.show("per", self.id)


class BankAccount(Part):
    """Where money is paid out to: `kyc.facts.Account`, sealed. Until `usable_at` a changed account
    cools down and nothing is paid to it; `replaced_at` ends one.
    """

    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    holder = models.CharField(max_length=300)
    last4 = models.CharField(max_length=4)
    sealed = models.BinaryField()
    usable_at = models.DateTimeField(null=True, editable=False)
    replaced_at = models.DateTimeField(null=True, editable=False)

    def __str__(self) -> str:
        return f"{self.currency} …{self.last4}"

    @property
    def shown(self) -> str:
        """The outside form of the id, `ban_…`."""
        return ids.show("ban", self.id)


class Trait(models.Model):
    """A fingerprint of what only one business should have: by it look-alikes are found.

    `kind` is identifier, bank_account, person, website or phone; `digest` a keyed fingerprint made
    with the platform's own key, so that the table tells nothing to who steals it.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    application = models.ForeignKey(
        Application, models.CASCADE, related_name="traits", db_index=False
    )
    kind = models.CharField(max_length=20)
    digest = models.CharField(max_length=64)
    subject = models.CharField(max_length=80)  # the path in the facts

    class Meta:
        indexes = [models.Index(fields=["kind", "digest"], name="onboarding_trait_alike")]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "kind", "digest"], name="onboarding_trait_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.subject}"


class Document(Part):
    """A paper that was handed in. Its bytes lie in `DocumentPiece`s, so that no list drags them."""

    class Status(models.TextChoices):
        RECEIVED = "received"
        ACCEPTED = "accepted"
        REFUSED = "refused"
        DELETED = "deleted"  # the bytes are gone, the row says when and why

    party = models.ForeignKey(Party, models.CASCADE, null=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=60)  # a key of the market's documents
    side = models.PositiveSmallIntegerField(default=1)
    status = models.CharField(max_length=10, choices=Status, default=Status.RECEIVED)
    reason = models.CharField(max_length=300, blank=True)  # of a refusal, in words for the merchant
    name = models.CharField(max_length=200)  # the file's own
    type = models.CharField(max_length=40)  # sniffed: one of `documents.ACCEPTED_TYPES`
    size = models.PositiveIntegerField()  # bytes
    pages = models.PositiveSmallIntegerField(default=1)
    digest = models.CharField(max_length=64)  # SHA-256 of the bytes, hex
    scan = models.CharField(max_length=20, default="not_scanned")  # clean, not_scanned
    remarks = models.JSONField(default=list, blank=True)  # keys of `papers.rules.REMARKS`
    issued_on = models.DateField(null=True)
    expires_on = models.DateField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0, editable=False)  # of its end
    # Once the business has left: when its years are over. See `papers.retention`.
    delete_after = models.DateTimeField(null=True, editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(Part.Meta):
        indexes = [
            *Part.Meta.indexes,
            models.Index(fields=["digest"], name="onboarding_paper_twin"),
            models.Index(fields=["party"], name="onboarding_paper_of_party"),
            models.Index(
                fields=["expires_on"],
                condition=models.Q(reminders__lt=2, expires_on__isnull=False),
                name="onboarding_paper_ends",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def shown(self) -> str:
        """The outside form of the id, `doc_…`."""
        return ids.show("doc", self.id)


class DocumentPiece(models.Model):
    """A part of a paper's bytes, or of its small picture: sealed one by one, in order."""

    class Of(models.TextChoices):
        CONTENT = "content"
        THUMBNAIL = "thumbnail"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    document = models.ForeignKey(Document, models.CASCADE, related_name="pieces", db_index=False)
    of = models.CharField(max_length=9, choices=Of)
    number = models.PositiveSmallIntegerField()
    sealed = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document", "of", "number"], name="onboarding_piece_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.of} {self.number} of {self.document_id}"


class Finding(Part):
    """What one automatic check saw: the trace. `run` groups those of one look."""

    class Result(models.TextChoices):
        PASS = "pass"  # noqa: S105 (the name of a result)
        ASK = "ask"
        REVIEW = "review"
        FAIL = "fail"
        ERROR = "error"  # the check itself could not be made: it is made again

    run = models.UUIDField()
    check_name = models.CharField(max_length=60)  # a key of `kyc/data/checks.toml`
    subject = models.CharField(max_length=120)  # the path in the facts
    result = models.CharField(max_length=8, choices=Result)
    words = models.CharField(max_length=500)  # what was seen, for the reviewer
    told = models.CharField(max_length=500, blank=True)  # what the merchant may read
    evidence = models.JSONField(default=dict)  # what was compared, without secrets
    source = models.CharField(max_length=300, blank=True)
    expires_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.check_name}: {self.result}"


class Verdict(Part):
    """A decision. It can be made again from `facts`, `findings` and the rules' `rules_digest`."""

    class Outcome(models.TextChoices):
        APPROVE = "approve"
        ASK = "ask"
        REVIEW = "review"
        REFUSE = "refuse"

    outcome = models.CharField(max_length=8, choices=Outcome)
    tier = models.CharField(max_length=12)  # low, standard, elevated, high
    rules = models.JSONField(default=list)  # those that fired: name, words, source, outcome
    rules_digest = models.CharField(max_length=64)
    inputs = models.JSONField(default=dict)  # what the rules read
    terms = models.JSONField(default=dict)  # reserve, limits, settlement delay, method kinds
    by = models.CharField(max_length=80)  # "rules", or the actor of a person's decision
    second = models.CharField(max_length=80, blank=True)  # the other pair of eyes
    reason = models.TextField(blank=True)
    told = models.TextField(blank=True)  # what the merchant may read
    expires_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.outcome


class RuleBook(models.Model):
    """A version of the rules that some verdict was made by, as it was written then."""

    digest = models.CharField(primary_key=True, max_length=64)  # SHA-256 of the text, hex
    text = models.TextField()
    first_used_at = models.DateTimeField(default=clock.now, editable=False)

    def __str__(self) -> str:
        return self.digest[:12]


class Task(Part):
    """Something asked of the merchant. `path` names the piece of the application it is about."""

    path = models.CharField(max_length=120)
    words = models.CharField(max_length=500)
    why = models.CharField(max_length=500, blank=True)
    asked_by = models.CharField(max_length=80)  # "rules", "calendar" or an actor
    due_at = models.DateTimeField(null=True)
    answer = models.TextField(blank=True)
    answered_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.words

    @property
    def shown(self) -> str:
        """The outside form of the id, `tsk_…`."""
        return ids.show("tsk", self.id)


class Case(Part):
    """A person's work on an application: the queue of the admin.

    High tiers need four eyes: `proposed` holds what the first person would do until another one
    agrees.
    """

    reason = models.CharField(max_length=300)  # why the rules did not decide
    priority = models.PositiveSmallIntegerField(default=50)  # the lowest first
    due_at = models.DateTimeField()
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    four_eyes = models.BooleanField(default=False)
    proposed = models.JSONField(null=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+"
    )
    closed_at = models.DateTimeField(null=True)

    class Meta(Part.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=models.Q(closed_at=None),
                name="onboarding_one_open_case",
            ),
        ]

    def __str__(self) -> str:
        return self.reason


class Note(Part):
    """What somebody of the platform wrote down. The merchant never reads it."""

    by = models.CharField(max_length=80)
    words = models.TextField()

    def __str__(self) -> str:
        return self.words[:60]


class Link(Part):
    """A page where a sub-merchant fills in its application without an account of ours.

    The secret of the address is nowhere, its SHA-256 here.
    """

    digest = models.CharField(max_length=64, unique=True)
    return_url = models.CharField(max_length=300, blank=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return "onboarding link"


class Terms(models.Model):
    """What a business may do since its verdict, per mode: read on the payment path, kept small.

    Amounts are minor units of `currency`; None is no limit. `kinds` are method kinds; [] = all.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    business = models.ForeignKey(Business, models.CASCADE, related_name="+", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    verdict_id = models.UUIDField()
    tier = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)
    per_payment = models.BigIntegerField(null=True)
    daily = models.BigIntegerField(null=True)
    monthly = models.BigIntegerField(null=True)
    reserve_basis_points = models.PositiveIntegerField(default=0)
    reserve_days = models.PositiveSmallIntegerField(default=0)
    settlement_days = models.PositiveSmallIntegerField(default=2)
    kinds = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=clock.now, editable=False)

    class Meta:
        verbose_name_plural = "terms"
        constraints = [
            models.UniqueConstraint(fields=["business", "mode"], name="onboarding_terms_once"),
        ]

    def __str__(self) -> str:
        return f"{self.tier} terms of {self.business_id}"
