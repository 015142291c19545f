"""Who pays in through us: people, businesses, merchants, and the keys and accounts they hold.

A `Business` is the legal entity. A `Merchant` is one business in one mode, test or live: it is the
tenant, so that test and live data can never meet. Stores, API keys and provider accounts belong to
a merchant and are keyed by it.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.translation import gettext_lazy as _

from acquiring import catalogue
from acquiring.core import clock, ids
from acquiring.core.money import is_currency
from merchants import roles

COLOUR = "#0b6785"  # the house's own, until the merchant has one
RADIUS = 8


def known_country(code: str) -> None:
    """Refuse what is no ISO 3166-1 alpha-2 code; raises ValidationError."""
    if code not in catalogue.countries():
        raise ValidationError(f"{code!r} is no country code, such as SG.")


def known_currency(code: str) -> None:
    """Refuse what is no ISO 4217 code; raises ValidationError."""
    if not is_currency(code):
        raise ValidationError(f"{code!r} is no currency code, such as EUR.")


class Mode(models.TextChoices):
    TEST = "test"
    LIVE = "live"


class People(BaseUserManager["User"]):
    """Finds and makes users; the e-mail address is the login, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)

    def create_user(self, email: str, password: str | None = None, **facts: object) -> User:
        """A new person; raises IntegrityError when the address is taken."""
        user = self.model(email=email.strip().lower(), **facts)
        user.set_password(password)
        user.save(force_insert=True)
        return user

    def create_superuser(self, email: str, password: str | None = None, **facts: object) -> User:
        """A person who may do everything in the admin, whose address is taken as confirmed."""
        from allauth.account.models import EmailAddress  # its forms need our models first

        user = self.create_user(email, password, is_staff=True, is_superuser=True, **facts)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
        return user


class User(AbstractBaseUser, PermissionsMixin):
    """A person who logs in."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    email = models.EmailField("e-mail", max_length=254, unique=True)
    name = models.CharField(max_length=120, blank=True)
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField("may enter the admin", default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects: ClassVar[People] = People()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="merchants_user_email")]

    def __str__(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email


class Business(models.Model):
    """A legal entity, of one organisation. Its status says how far it is to live payments."""

    class Status(models.TextChoices):
        SANDBOX = "sandbox"
        APPLIED = "applied"
        APPROVED = "approved"
        SUSPENDED = "suspended"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    organisation = models.ForeignKey(
        "merchants.Organisation", models.PROTECT, related_name="businesses"
    )
    legal_name = models.CharField(max_length=200)
    trading_name = models.CharField(max_length=200, blank=True)
    country = models.CharField(max_length=2, validators=[known_country])
    website = models.CharField(max_length=300, blank=True, validators=[URLValidator()])
    status = models.CharField(max_length=12, choices=Status, default=Status.SANDBOX)
    two_steps_from = models.DateTimeField(null=True, editable=False)  # see twosteps.py
    second_person = models.JSONField(default=dict, editable=False)  # see proposals.py
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    people = models.ManyToManyField(User, through="Membership", related_name="businesses")

    class Meta:
        verbose_name_plural = "businesses"
        indexes = [models.Index(fields=["status", "id"], name="merchants_business_status")]

    def __str__(self) -> str:
        return self.trading_name or self.legal_name


class Merchant(models.Model):
    """One business in one mode: the tenant. A test merchant's clock may be moved forward."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        SUSPENDED = "suspended"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    business = models.ForeignKey(Business, models.PROTECT, related_name="merchants", db_index=False)
    mode = models.CharField(max_length=4, choices=Mode)
    name = models.CharField(max_length=200)
    default_currency = models.CharField(max_length=3, validators=[known_currency])
    currencies = models.JSONField(default=list, blank=True)  # it takes payments in; [] = every one
    statement_descriptor = models.CharField(max_length=22, blank=True)  # "" = the trading name
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=10, default="en")  # of who joins, until they choose
    checkout_origins = models.JSONField(default=list, blank=True)  # see sites.py
    clock_ahead_seconds = models.BigIntegerField(default=0)
    status = models.CharField(max_length=12, choices=Status, default=Status.ACTIVE)
    offering_id = models.UUIDField(null=True, editable=False)  # the snapshot in force, see offering
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["business", "mode"], name="merchants_merchant_mode"),
            models.CheckConstraint(
                condition=models.Q(clock_ahead_seconds=0)
                | models.Q(mode=Mode.TEST, clock_ahead_seconds__gt=0),
                name="merchants_merchant_clock",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.mode})"


class Membership(models.Model):
    """What a person may do for a business: a role of `data/roles.toml`, or one of the business."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    business = models.ForeignKey(Business, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", db_index=False)
    role = models.CharField(max_length=40)  # its name, or `rol_…` of the business's own one
    custom = models.ForeignKey(
        "merchants.CustomRole", models.PROTECT, null=True, related_name="+", editable=False
    )
    habits = models.JSONField(default=dict, editable=False)  # see habits.py
    last_seen_at = models.DateTimeField(null=True, editable=False)  # to within minutes
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "business"], name="merchants_membership_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} is {self.role} of {self.business}"

    @property
    def shown(self) -> str:
        """The outside form of the id, `mem_…`."""
        return ids.show("mem", self.id)

    @property
    def own_role(self) -> CustomRole | None:
        """The role of the business's own making, where it is one."""
        custom = self.custom
        return custom if custom is not None and custom.shown == self.role else None

    @property
    def held(self) -> frozenset[str]:
        """The permissions of the role; none for a role that is gone."""
        own = self.own_role
        return frozenset(own.permissions) if own else roles.roles().get(self.role, frozenset())

    @property
    def role_name(self) -> str:
        """The role as the log calls it: a built-in one by its name, another by its title."""
        return self.own_role.title if self.own_role else self.role

    @property
    def role_title(self) -> str:
        """The role's name in words; a built-in one's in English."""
        own = self.own_role
        return own.title if own else roles.titles().get(self.role, self.role)


class Invitation(models.Model):
    """Somebody was asked to work for a business. The link's secret is nowhere, its SHA-256 here."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    business = models.ForeignKey(
        Business, models.CASCADE, related_name="invitations", db_index=False
    )
    email = models.EmailField("e-mail", max_length=254)  # in lower case
    role = models.CharField(max_length=40)
    custom = models.ForeignKey("merchants.CustomRole", models.SET_NULL, null=True, related_name="+")
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    digest = models.CharField(max_length=64, unique=True)  # SHA-256 of the link's secret, hex
    created_at = models.DateTimeField(default=clock.now, editable=False)
    sent_at = models.DateTimeField(default=clock.now, editable=False)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["business", "email"],
                condition=models.Q(accepted_at=None, revoked_at=None),
                name="merchants_invitation_once",
            ),
        ]
        indexes = [models.Index(fields=["business", "-id"], name="merchants_invitation_newest")]

    def __str__(self) -> str:
        return f"{self.email} is asked to be {self.role} of {self.business}"

    @property
    def shown(self) -> str:
        """The outside form of the id, `inv_…`."""
        return ids.show("inv", self.id)

    @property
    def role_name(self) -> str:
        """The role as the log calls it: a built-in one by its name, another by its title."""
        return self.custom.title if self.custom else self.role

    @property
    def role_title(self) -> str:
        """The role's name in words; a built-in one's in English."""
        return self.custom.title if self.custom else roles.titles().get(self.role, self.role)

    @property
    def expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at <= clock.now()


class Store(models.Model):
    """A shop of a merchant: what the shopper sees."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="stores", db_index=False)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, validators=[known_country])
    currency = models.CharField(max_length=3, validators=[known_currency])
    website = models.CharField(max_length=300, blank=True, validators=[URLValidator()])
    closed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    def __str__(self) -> str:
        return self.name


class Branding(models.Model):
    """How a merchant looks to shoppers: in the checkout, on payment links and in their e-mails.

    One row for all stores, and one for each store that looks different: there `own` names what is
    the store's own, and everything else is as for all stores.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+", db_index=False)
    store = models.ForeignKey(
        Store, models.CASCADE, null=True, related_name="+", db_index=False, db_constraint=False
    )
    own = models.JSONField(default=list, blank=True)  # of `branding.OWN`; [] for all stores
    display_name = models.CharField(max_length=80, blank=True)  # "" = the merchant's name
    logo = models.BinaryField(null=True)
    logo_type = models.CharField(max_length=20, blank=True)  # image/png, image/jpeg, image/svg+xml
    logo_digest = models.CharField(max_length=32, blank=True)  # names this very picture
    colour = models.CharField(
        max_length=7, default=COLOUR, validators=[RegexValidator(r"^#[0-9a-f]{6}$")]
    )
    radius = models.PositiveSmallIntegerField(default=RADIUS)  # of corners, pixels
    support_email = models.EmailField(max_length=254, blank=True)
    support_phone = models.CharField(max_length=20, blank=True)  # E.164
    terms_url = models.CharField(max_length=300, blank=True, validators=[URLValidator()])
    privacy_url = models.CharField(max_length=300, blank=True, validators=[URLValidator()])
    receipts = models.BooleanField(default=False)  # e-mail one to the shopper for each payment
    receipt_footer = models.CharField(max_length=500, blank=True)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "store"], name="merchants_branding_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or "branding"


class NoticePreference(models.Model):
    """What a person wants to be told about a merchant, where it is not the default.

    `choices` holds, by the notice's kind, the ways it comes: `{"export.ready": ["portal"]}`.
    """

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="+", db_index=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+", db_index=False)
    choices = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["merchant", "user"], name="merchants_notices_once"),
        ]

    def __str__(self) -> str:
        return f"notices of {self.user}"


KIND_TITLES = {
    "secret": _("Secret key"),
    "publishable": _("Publishable key"),
    "restricted": _("Restricted key"),
    "management": _("Management key"),
}


class ApiKey(models.Model):
    """A key of a merchant. Only its SHA-256 is kept, unless it is publishable and so no secret."""

    class Kind(models.TextChoices):
        SECRET = "secret"  # noqa: S105 (the name of a kind)
        PUBLISHABLE = "publishable"
        RESTRICTED = "restricted"
        MANAGEMENT = "management"

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="keys", db_index=False)
    kind = models.CharField(max_length=12, choices=Kind)
    name = models.CharField(max_length=100, blank=True)
    prefix = models.CharField(max_length=8)
    last4 = models.CharField(max_length=4)
    digest = models.CharField(max_length=64)  # SHA-256 of the whole key, hex
    plain = models.CharField(max_length=80, blank=True)  # publishable keys only
    unshown = models.BinaryField(null=True)  # a test key made at sign-up, sealed until it is seen
    scopes = models.JSONField(default=list)  # restricted keys only; other kinds have their own
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, related_name="+", db_index=False
    )
    # The merchant of the platform that made it for a business it onboarded.
    platform_id = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = "API key"
        constraints = [
            models.UniqueConstraint(fields=["merchant", "digest"], name="merchants_apikey_digest"),
            models.CheckConstraint(
                condition=models.Q(kind="publishable") | models.Q(plain=""),
                name="merchants_apikey_secret_is_hashed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…{self.last4}"

    @property
    def shown(self) -> str:
        """The outside form of the id, `key_…`."""
        return ids.show("key", self.id)

    @property
    def kind_title(self) -> str:
        """What kind of key it is, in the reader's words."""
        return str(KIND_TITLES[self.kind])


class ProviderAccount(models.Model):
    """A merchant's account at a payment provider: the ground on which routes are built."""

    id = models.UUIDField(primary_key=True, default=ids.new, editable=False)
    merchant = models.ForeignKey(Merchant, models.CASCADE, related_name="accounts", db_index=False)
    provider = models.CharField(max_length=40)
    title = models.CharField(max_length=100)
    priority = models.PositiveSmallIntegerField(default=100)  # the lowest is asked first
    enabled = models.BooleanField(default=True)
    base_url = models.CharField(max_length=300, blank=True)  # "" = the provider's live service
    credentials = models.BinaryField(null=True)  # sealed by the vault; NULL until connected
    wallets = models.BinaryField(null=True)  # sealed too: what live wallet buttons need, wallets.py
    hook_token = models.CharField(max_length=64)  # names this account in the webhook URL
    methods = models.JSONField(default=list, blank=True)  # [] = all the provider carries
    # "" = the payment's own
    settle_currency = models.CharField(max_length=3, blank=True, validators=[known_currency])
    connected_at = models.DateTimeField(null=True)
    subscribed_at = models.DateTimeField(null=True, editable=False)  # it knows our webhook address
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["merchant", "hook_token"], name="merchants_account_hook"
            ),
        ]
        indexes = [
            models.Index(fields=["merchant", "priority", "id"], name="merchants_account_order"),
            models.Index(
                fields=["merchant", "id"],
                condition=models.Q(connected_at=None),
                name="merchants_account_unconnected",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Doorplate(models.Model):
    """Whose is this? What a stranger shows at a door, and the merchant and row it belongs to.

    The one table that is asked before the merchant is known: digests of API keys, the tokens in
    webhook URLs, and later the public names of checkouts. It makes them unique on the whole
    platform, which a table keyed by merchant cannot.
    """

    class Kind(models.TextChoices):
        API_KEY = "key"
        HOOK = "hook"

    digest = models.CharField(primary_key=True, max_length=64)  # SHA-256 of what is shown, hex
    kind = models.CharField(max_length=8, choices=Kind)
    owner = models.ForeignKey(Merchant, models.CASCADE, related_name="+")
    target_id = models.UUIDField()

    def __str__(self) -> str:
        return f"{self.kind} of {self.owner}"


from merchants.calls import ApiRequest  # noqa: E402, F401 (its table is this room's)
from merchants.organisations.models import Asked, Organisation, Stewardship  # noqa: E402, F401
from merchants.people import CustomRole, Device, Proposal, SupportGrant  # noqa: E402, F401
from merchants.snapshots import OfferingSnapshot  # noqa: E402, F401 (likewise)
