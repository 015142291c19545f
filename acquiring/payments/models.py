"""The tables of the payments room.

Rows are written by `store.write` alone (one SQL function per commit); these models serve the
migrations, the admin and lists. Columns are the fields of `records.py`, to the letter.
"""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from acquiring.core import ids


class Tenant(models.Model):
    """A row of a merchant. The database's key is (merchant_id, id); Django sees `id`."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant_id = models.UUIDField(editable=False)

    class Meta:
        abstract = True


class Customer(Tenant):
    """A shopper the merchant wants to recognise."""

    reference = models.CharField(max_length=255, blank=True)
    name = models.CharField(max_length=255, blank=True)
    email = models.EmailField(blank=True)
    phone = models.CharField(max_length=32, blank=True)
    metadata = models.JSONField(default=dict, blank=True)
    erased_at = models.DateTimeField(null=True)  # then everything personal above is empty
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["merchant_id", "email"], name="customer_email")]

    def __str__(self) -> str:
        return ids.show("cus", self.id)


class Payment(Tenant):
    """One wish for money; where it stands is `status`, how much is in the sums."""

    version = models.IntegerField(default=0)
    status = models.CharField(max_length=16)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    amount_authorized = models.BigIntegerField(default=0)
    amount_captured = models.BigIntegerField(default=0)
    amount_refunded = models.BigIntegerField(default=0)
    amount_disputed = models.BigIntegerField(default=0)
    capture_method = models.CharField(max_length=9)
    method = models.CharField(max_length=64, blank=True)
    method_details = models.JSONField(default=dict)
    token_id = models.UUIDField(null=True)
    customer_id = models.UUIDField(null=True)
    store_id = models.UUIDField(null=True)
    session_id = models.UUIDField(null=True)
    initiator = models.CharField(max_length=8)
    reference = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    descriptor = models.CharField(max_length=22, blank=True)
    return_url = models.TextField(blank=True)
    country = models.CharField(max_length=2, blank=True)
    locale = models.CharField(max_length=16, blank=True)
    shopper = models.JSONField(default=dict)
    metadata = models.JSONField(default=dict)
    next_action = models.JSONField(null=True)
    decline_code = models.CharField(max_length=64, blank=True)
    decision = models.JSONField(default=dict)
    attention = models.CharField(max_length=255, blank=True)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["merchant_id", "reference"], name="payment_reference"),
            models.Index(fields=["merchant_id", "status", "-id"], name="payment_status"),
            models.Index(fields=["merchant_id", "customer_id", "-id"], name="payment_customer"),
            models.Index(
                fields=["merchant_id", "session_id", "-id"],
                condition=Q(session_id__isnull=False),
                name="payment_session",
            ),
            models.Index(
                fields=["expires_at"],
                condition=Q(status__in=["created", "requires_action", "pending", "authorized"]),
                name="payment_due",
            ),
            models.Index(
                fields=["merchant_id", "-id"],
                condition=~Q(attention=""),
                name="payment_attention",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive"),
            models.CheckConstraint(
                condition=Q(amount_authorized__gte=0, amount_authorized__lte=F("amount")),
                name="payment_authorized_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(amount_captured__gte=0, amount_captured__lte=F("amount_authorized")),
                name="payment_captured_within_authorized",
            ),
            models.CheckConstraint(
                condition=Q(amount_refunded__gte=0, amount_refunded__lte=F("amount_captured")),
                name="payment_refunded_within_captured",
            ),
            models.CheckConstraint(
                condition=Q(amount_disputed__gte=0, amount_disputed__lte=F("amount_captured")),
                name="payment_disputed_within_captured",
            ),
        ]

    def __str__(self) -> str:
        return ids.show("pay", self.id)


class Handle(Tenant):
    """What a payment is found by besides its reference; the id is the payment's.

    A row of its own, so that its indexes are written once and not with each step of the payment. A
    trigger keeps it (`sql/handle.sql`), and empties it with the shopper who asks to be forgotten.
    """

    tail = models.CharField(max_length=6)  # the last six of the id
    amount = models.BigIntegerField()
    email = models.CharField(max_length=254, null=True)  # the shopper's, lower case
    last4 = models.CharField(max_length=4, null=True)  # of the card

    class Meta:
        indexes = [
            models.Index(fields=["merchant_id", "tail"], name="handle_tail"),
            models.Index(fields=["merchant_id", "amount", "-id"], name="handle_amount"),
            models.Index(
                fields=["merchant_id", "email", "-id"],
                condition=Q(email__isnull=False),
                name="handle_email",
            ),
            models.Index(
                fields=["merchant_id", "last4", "-id"],
                condition=Q(last4__isnull=False),
                name="handle_last4",
            ),
        ]

    def __str__(self) -> str:
        return ids.show("pay", self.id)


class Attempt(Tenant):
    """One try on one route. At most one per payment is open."""

    payment_id = models.UUIDField()
    ordinal = models.SmallIntegerField()
    account_id = models.UUIDField()
    provider = models.CharField(max_length=32)
    status = models.CharField(max_length=16)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    amount_authorized = models.BigIntegerField(default=0)
    provider_ref = models.CharField(max_length=255, blank=True)
    decline_code = models.CharField(max_length=64, blank=True)
    raw_code = models.CharField(max_length=255, blank=True)
    raw_message = models.TextField(blank=True)
    facts = models.JSONField(default=dict)
    kept = models.JSONField(default=dict)
    surplus = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    milliseconds = models.IntegerField(default=0)
    inquiries = models.SmallIntegerField(default=0)
    next_inquiry_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["merchant_id", "payment_id"], name="attempt_payment"),
            models.Index(
                fields=["merchant_id", "account_id", "provider_ref"], name="attempt_provider_ref"
            ),
            models.Index(
                fields=["next_inquiry_at"],
                condition=Q(next_inquiry_at__isnull=False),
                name="attempt_inquiry",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "payment_id"],
                condition=Q(status__in=["new", "sent", "action", "pending", "unknown"]),
                name="attempt_one_open",
            ),
            models.CheckConstraint(condition=Q(amount__gt=0), name="attempt_amount_positive"),
        ]

    def __str__(self) -> str:
        return ids.show("att", self.id)


class Operation(Tenant):
    """What captures, voids and refunds have in common."""

    payment_id = models.UUIDField()
    attempt_id = models.UUIDField()
    status = models.CharField(max_length=16)
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    origin = models.CharField(max_length=16)
    reference = models.CharField(max_length=255, blank=True)
    operation_ref = models.CharField(max_length=255, blank=True)
    decline_code = models.CharField(max_length=64, blank=True)
    raw_code = models.CharField(max_length=255, blank=True)
    raw_message = models.TextField(blank=True)
    unknown = models.BooleanField(default=False)
    sent_at = models.DateTimeField(null=True)
    inquiries = models.SmallIntegerField(default=0)
    next_inquiry_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        abstract = True
        indexes = [
            models.Index(fields=["merchant_id", "payment_id"], name="%(class)s_payment"),
            models.Index(fields=["merchant_id", "operation_ref"], name="%(class)s_ref"),
            models.Index(
                fields=["next_inquiry_at"],
                condition=Q(next_inquiry_at__isnull=False),
                name="%(class)s_inquiry",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="%(class)s_amount_positive"),
        ]


class Capture(Operation):
    """Taking (part of) an authorized sum."""

    final = models.BooleanField(default=True)
    fee = models.BigIntegerField(default=0)
    available_at = models.DateTimeField(null=True)
    released_at = models.DateTimeField(null=True)

    class Meta(Operation.Meta):
        indexes = [
            *Operation.Meta.indexes,
            models.Index(
                fields=["available_at"],
                condition=Q(released_at__isnull=True, status="succeeded"),
                name="capture_release",
            ),
            models.Index(
                fields=["merchant_id", "available_at"],
                condition=Q(released_at__isnull=True, status="succeeded"),
                name="capture_waiting",
            ),
        ]

    def __str__(self) -> str:
        return ids.show("cap", self.id)


class Void(Operation):
    """Giving an authorization back."""

    class Meta(Operation.Meta):
        pass

    def __str__(self) -> str:
        return ids.show("voi", self.id)


class Refund(Operation):
    """Giving captured money back."""

    reason = models.CharField(max_length=255, blank=True)
    returned = models.BooleanField(default=False)
    metadata = models.JSONField(default=dict)

    class Meta(Operation.Meta):
        pass

    def __str__(self) -> str:
        return ids.show("ref", self.id)


class WireLog(Tenant):
    """One exchange with a provider, scrubbed; partitioned by month."""

    payment_id = models.UUIDField()
    attempt_id = models.UUIDField()
    verb = models.CharField(max_length=16)
    direction = models.CharField(max_length=8)  # sent, or heard (a webhook)
    request = models.JSONField(default=dict)
    response = models.JSONField(default=dict)
    milliseconds = models.IntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["merchant_id", "payment_id"], name="wirelog_payment")]

    def __str__(self) -> str:
        return f"{self.verb} at {self.created_at:%Y-%m-%d %H:%M:%S}"


class CheckoutSession(Tenant):
    """A wish for money that a shopper fulfils on the hosted page; its payments are its tries."""

    status = models.CharField(max_length=9, default="open")  # open, complete, expired
    amount = models.BigIntegerField()
    currency = models.CharField(max_length=3)
    capture_method = models.CharField(max_length=9, default="automatic")
    country = models.CharField(max_length=2, blank=True)
    locale = models.CharField(max_length=16, blank=True)
    methods = models.JSONField(default=list)
    customer_id = models.UUIDField(null=True)
    store_id = models.UUIDField(null=True)
    link_id = models.UUIDField(null=True)
    reference = models.CharField(max_length=255, blank=True)
    description = models.TextField(blank=True)
    return_url = models.TextField(blank=True)
    cancel_url = models.TextField(blank=True)
    items = models.JSONField(default=list)  # what is bought: name, detail, quantity, amount
    allowed_origins = models.JSONField(default=list)  # sites that may frame the page
    metadata = models.JSONField(default=dict)
    payment_id = models.UUIDField(null=True)
    expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["merchant_id", "status", "-id"], name="session_status"),
            models.Index(
                fields=["merchant_id", "link_id", "-id"],
                condition=Q(link_id__isnull=False),
                name="session_link",
            ),
            models.Index(fields=["expires_at"], condition=Q(status="open"), name="session_due"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="session_amount_positive")
        ]

    def __str__(self) -> str:
        return ids.show("cs", self.id)


class PaymentLink(Tenant):
    """An address that opens a fresh checkout session each time it is visited."""

    active = models.BooleanField(default=True)
    reusable = models.BooleanField(default=True)
    amount = models.BigIntegerField(null=True)  # NULL: the shopper names it, between these two
    amount_min = models.BigIntegerField(null=True)
    amount_max = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    title = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    methods = models.JSONField(default=list)  # [] = all on offer
    store_id = models.UUIDField(null=True)
    reference = models.CharField(max_length=255, blank=True)
    return_url = models.TextField(blank=True)
    metadata = models.JSONField(default=dict)
    expires_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["merchant_id", "active", "-id"], name="link_active")]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount__isnull=True) | Q(amount__gt=0), name="link_amount_positive"
            ),
            models.CheckConstraint(
                condition=Q(amount__isnull=True)
                | Q(amount_min__isnull=True, amount_max__isnull=True),
                name="link_amount_fixed_or_open",
            ),
            models.CheckConstraint(
                condition=Q(amount_min__isnull=True, amount_max__isnull=True)
                | Q(amount_min__gt=0, amount_max__isnull=True)
                | Q(amount_max__gt=0, amount_min__isnull=True)
                | Q(amount_min__gt=0, amount_min__lte=F("amount_max")),
                name="link_amount_bounds",
            ),
        ]

    def __str__(self) -> str:
        return ids.show("pl", self.id)


class Counted(Tenant):
    """A payment as the statistics have counted it; the id is the payment's.

    What it counts for now, less this, is what a change adds to the statistics.
    """

    day = models.DateField()  # of its creation, in the merchant's zone, and so the hour
    hour = models.SmallIntegerField()
    currency = models.CharField(max_length=3)
    store_id = models.UUIDField()  # the nil UUID: of no store
    method = models.CharField(max_length=64)
    country = models.CharField(max_length=2)
    reason = models.CharField(max_length=64)  # why it was not paid, "" while it may be
    tried = models.SmallIntegerField()  # 1: a shopper tried to pay and it came to an end
    paid = models.SmallIntegerField()  # 1: and the sum was authorized
    captured = models.BigIntegerField()
    refunded = models.BigIntegerField()

    def __str__(self) -> str:
        return ids.show("pay", self.id)


class Statistic(Tenant):
    """How many payments of a slice of a day, and how much.

    `facet` says what the slices are made by: day (one slice), hour, method, country or reason.
    """

    day = models.DateField()
    currency = models.CharField(max_length=3)
    store_id = models.UUIDField()
    facet = models.CharField(max_length=7)
    value = models.CharField(max_length=64)
    payments = models.BigIntegerField()
    tried = models.BigIntegerField()
    paid = models.BigIntegerField()
    captured = models.BigIntegerField()
    refunded = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant_id", "currency", "day", "facet", "value", "store_id"],
                name="statistic_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.facet} {self.value} on {self.day}"


class Tally(Tenant):
    """How far a merchant's payments are counted: up to which sealed event, by which zone's days.

    `built` is the last payment of the first count; NULL once that is done.
    """

    sequence = models.BigIntegerField()
    zone = models.CharField(max_length=64)
    built = models.UUIDField(null=True)

    class Meta:
        verbose_name_plural = "tallies"
        constraints = [models.UniqueConstraint(fields=["merchant_id"], name="tally_once")]

    def __str__(self) -> str:
        return f"up to event {self.sequence}"
