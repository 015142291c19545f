"""What screening remembers: the lists in versions, who is screened, what was found and decided.

None of it is a tenant's: the platform screens, and what it finds is never shown to a merchant,
since telling them would be tipping off. Scores are stored per mille.
"""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now

from acquiring.core import ids

SOURCES = {
    "un": "UN Security Council",
    "ofac_sdn": "OFAC SDN",
    "ofac_consolidated": "OFAC consolidated (non-SDN)",
    "uk": "UK sanctions list",
    "eu": "EU financial sanctions",
    "test": "Test list (fictitious)",
}


class ListVersion(models.Model):
    """One publication of one list as it was loaded; it never changes, but may be seen again."""

    class State(models.TextChoices):
        ACTIVE = "active"
        SUPERSEDED = "superseded"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    source = models.CharField("list", max_length=20, choices=list(SOURCES.items()))
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.ACTIVE)
    published_on = models.DateField()
    digest = models.CharField("SHA-256", max_length=64)
    files = models.JSONField(default=list)  # [{"name", "bytes", "sha256"}]
    loaded_by = models.CharField(max_length=80)
    loaded_at = models.DateTimeField(db_default=Now())
    seen_at = models.DateTimeField(null=True)  # when a download last brought the same files
    entries = models.PositiveIntegerField()
    added = models.PositiveIntegerField()
    changed = models.PositiveIntegerField()
    removed = models.PositiveIntegerField()

    class Meta:
        verbose_name = "list version"
        constraints = [
            models.UniqueConstraint(fields=["source", "number"], name="screening_version_number"),
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state="active"),
                name="screening_version_active",
            ),
        ]

    def __str__(self) -> str:
        return f"{SOURCES.get(self.source, self.source)} {self.published_on} (no. {self.number})"


class ListedEntry(models.Model):
    """One state of one entry: in force from the version `added_in` until the one `removed_in`.

    An entry that changes is closed and opened anew by the same version, so that every version of a
    list can be read back and compared with another, and nothing is stored twice.
    """

    id = models.BigAutoField(primary_key=True)
    source = models.CharField("list", max_length=20, choices=list(SOURCES.items()))
    entry_id = models.CharField("id on the list", max_length=64)
    kind = models.CharField(max_length=10)
    name = models.TextField()
    fingerprint = models.CharField(max_length=64)
    body = models.JSONField()
    added_in = models.PositiveIntegerField()
    removed_in = models.PositiveIntegerField(null=True)

    class Meta:
        verbose_name = "listed entry"
        verbose_name_plural = "listed entries"
        constraints = [
            models.UniqueConstraint(
                fields=["source", "entry_id"],
                condition=models.Q(removed_in__isnull=True),
                name="screening_entry_in_force",
            ),
        ]
        indexes = [
            models.Index(fields=["source", "added_in"], name="screening_entry_added"),
            models.Index(fields=["source", "removed_in"], name="screening_entry_removed"),
        ]

    def __str__(self) -> str:
        return self.name


class Subject(models.Model):
    """Who is screened again whenever a list or the calendar says so.

    `sealed` is what is known of them (a `party.Party`) and `digest` its fingerprint: a cleared hit
    stays cleared as long as it does not change.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    ref = models.CharField(max_length=120, unique=True)
    business_id = models.UUIDField(null=True)
    mode = models.CharField(max_length=4)
    role = models.CharField(max_length=20)
    kind = models.CharField(max_length=10)
    name = models.TextField()
    sealed = models.BinaryField()
    digest = models.CharField(max_length=64)
    decision = models.CharField(max_length=8, default="stale")
    screened_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)  # no longer anybody's owner, director, payee
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        indexes = [
            models.Index(
                fields=["due_at"],
                condition=models.Q(ended_at__isnull=True),
                name="screening_subject_due",
            ),
            models.Index(fields=["business_id", "id"], name="screening_subject_business"),
        ]

    def __str__(self) -> str:
        return self.name


class Screening(models.Model):
    """One look into the lists: what was asked, which versions answered, and what was decided."""

    class Decision(models.TextChoices):
        CLEAR = "clear"
        HIT = "hit"
        STALE = "stale"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    subject = models.ForeignKey(Subject, models.PROTECT, null=True, related_name="screenings")
    name = models.TextField()
    sealed = models.BinaryField()  # the party as it was asked about
    lists = models.JSONField()  # {source: version number}
    stale = models.JSONField(default=list)  # sources that the rules ask for and that are too old
    decision = models.CharField(max_length=8, choices=Decision)
    score = models.PositiveSmallIntegerField()
    why = models.CharField(max_length=20)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["subject", "-at"], name="screening_screening_subject")]

    def __str__(self) -> str:
        return f"{self.name}: {self.decision}"


class Hit(models.Model):
    """A case: this subject may be that entry. A person clears or confirms it, with a reason.

    A hit that is neither told nor cleared waits for whoever asks `queries.fresh_hits`.
    """

    class State(models.TextChoices):
        OPEN = "open"
        CLEARED = "cleared"
        CONFIRMED = "confirmed"
        GONE = "gone"  # the entry left its list, or no longer resembles the subject

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    subject = models.ForeignKey(Subject, models.PROTECT, related_name="hits")
    source = models.CharField("list", max_length=20, choices=list(SOURCES.items()))
    entry_id = models.CharField("id on the list", max_length=64)
    entry = models.JSONField()
    entry_name = models.TextField()
    entry_digest = models.CharField(max_length=64)
    subject_digest = models.CharField(max_length=64)
    score = models.PositiveSmallIntegerField()
    explanation = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    reason = models.TextField(blank=True)
    evidence = models.TextField(blank=True)
    decided_by = models.CharField(max_length=80, blank=True)
    decided_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)  # taken by who asked for fresh hits
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "source", "entry_id", "subject_digest", "entry_digest"],
                name="screening_hit_pair",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "gone"]) | ~models.Q(reason=""),
                name="screening_hit_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-score", "id"], name="screening_hit_queue"),
            models.Index(
                fields=["id"],
                condition=models.Q(told_at__isnull=True),
                name="screening_hit_fresh",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.entry_name}"


class Sweep(models.Model):
    """Everybody compared with what one version of a list brought: the evidence that it was done."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    version = models.OneToOneField(ListVersion, models.PROTECT, related_name="sweep")
    entries = models.PositiveIntegerField()  # new or changed ones, that everybody was compared with
    subjects = models.PositiveIntegerField(default=0)
    hits = models.PositiveIntegerField(default=0)
    after_id = models.UUIDField(null=True)  # the last subject that was looked at
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True)
                | models.Q(ended_at__gte=models.F("began_at")),
                name="screening_sweep_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version}: {self.subjects} looked at"
