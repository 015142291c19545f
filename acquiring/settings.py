"""The settings, and the only place that reads the environment.

Every variable is read through `_env`, which keeps the list that `docs/configuration.md` is made
from. A value that cannot be right is refused by `manage.py check` (see `core/checks.py`).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent
SHARED = BASE_DIR.parent / "shared"  # facts some tests compare with; never read by the product


class Variable(NamedTuple):
    """One environment variable: its name, default and what it is for."""

    name: str
    default: str
    help: str


VARIABLES: list[Variable] = []


def _env(name: str, default: str, purpose: str) -> str:
    VARIABLES.append(Variable(name, default, purpose))
    return os.environ.get(name, default)


def _flag(name: str, default: str, purpose: str) -> bool:
    return _env(name, default, purpose).lower() in {"1", "true", "yes", "on"}


# --- who we are -----------------------------------------------------------------------------------

DEBUG = _flag("CARAVEL_DEBUG", "0", "1 shows Django's own error pages; never in production")
FACE = _env("CARAVEL_FACE", "web", "which process this is: web, worker, beat or sandbox")
SECRET_KEY = _env("CARAVEL_SECRET_KEY", "", "signs sessions and links; 50 random characters")
MASTER_KEY = _env("CARAVEL_MASTER_KEY", "", "wraps the vault's data keys; 32 bytes as Base64")
MASTER_KEYS_RETIRED = _env(
    "CARAVEL_MASTER_KEYS_RETIRED", "", "former master keys still needed for reading, by comma"
)
BASE_URL = _env(
    "CARAVEL_BASE_URL", "http://127.0.0.1:8000", "where shoppers and providers reach us"
)
SANDBOX_URL = _env("CARAVEL_SANDBOX_URL", "http://127.0.0.1:8001", "the provider simulators")
SANDBOX_CONTROL_TOKEN = _env(
    "CARAVEL_SANDBOX_CONTROL_TOKEN", "", "opens the simulators' control interface"
)
ONBOARDING_SERVICES_URL = _env(
    "CARAVEL_ONBOARDING_SERVICES_URL", "", "register, website, bank and identity look-ups; see docs"
)
ONBOARDING_SERVICES_TOKEN = _env(
    "CARAVEL_ONBOARDING_SERVICES_TOKEN", "", "the bearer token of the onboarding services"
)
APPLE_PAY_DOMAIN_FILE = _env(
    "CARAVEL_APPLE_PAY_DOMAIN_FILE", "", "the content of Apple's domain association file"
)
METRICS_TOKEN = _env("CARAVEL_METRICS_TOKEN", "", "bearer token of /metrics; empty = loopback only")
ALLOW_PRIVATE_ENDPOINTS = _flag(
    "CARAVEL_ALLOW_PRIVATE_ENDPOINTS", "0", "1 lets webhook endpoints be on private addresses"
)
DOCUMENT_SCANNER = _env(
    "CARAVEL_DOCUMENT_SCANNER", "", "clamd that looks at papers, host:port; empty = none does"
)
LOG_LEVEL = _env("CARAVEL_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR")
PROMETHEUS_DIR = _env("PROMETHEUS_MULTIPROC_DIR", "", "where the processes keep their metrics")
RATE_LIMIT_PER_SECOND = int(
    _env("CARAVEL_RATE_LIMIT", "200", "API requests per second and key, per web process; 0 = none")
)

ALLOWED_HOSTS = [
    host
    for host in (
        urlsplit(BASE_URL).hostname or "",
        *_env("CARAVEL_HOSTS", "", "more host names we answer to, by comma").split(","),
    )
    if host
] + ["127.0.0.1", "localhost", "[::1]"]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
ROOT_URLCONF = "acquiring.urls"
WSGI_APPLICATION = "acquiring.wsgi.application"
AUTH_USER_MODEL = "merchants.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("zh-hans", "简体中文"), ("zh-hant", "繁體中文")]
# One folder an area of the product: portal, checkout, emails…
LOCALE_PATHS = sorted(path for path in (BASE_DIR / "templates" / "locale").iterdir())

# --- the rooms ------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "rest_framework",
    "drf_spectacular",
    "django_cotton",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "axes",
    "acquiring.core",
    "acquiring.vault",
    "acquiring.connectors",
    "merchants",
    "merchants.onboarding",
    "merchants.screening",
    "merchants.sso",
    "acquiring.ledger",
    "acquiring.risk",
    "copilot",
    "acquiring.payments",
    "acquiring.webhooks",
    "acquiring.sandbox",
    "acquiring.notices",
    "acquiring.exports",
    "acquiring.api",
    "acquiring.checkout",
    "acquiring.portal",
]

MIDDLEWARE = [
    "acquiring.core.middleware.RequestContext",
    "acquiring.api.programs.Programs",  # what is below serves people
    "acquiring.core.bodies.BoundedBodies",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "acquiring.portal.security.gate.StaffGate",
    "axes.middleware.AxesMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]

# --- PostgreSQL -----------------------------------------------------------------------------------

DATABASE_URL = _env(
    "DATABASE_URL", "", "postgresql://user:password@host:port/name; `make run` starts its own"
)
PREPARE = _flag("CARAVEL_PREPARE", "1", "0 = no named prepared statements (PgBouncer before 1.21)")


def _database(url: str) -> dict:
    """Django's form of a PostgreSQL URL; `?host=` is a socket directory, the rest goes to libpq."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")) or "caravel",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", parts.hostname or ""),
        "PORT": options.pop("port", str(parts.port or "")),
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": not PREPARE,
        # psycopg prepares nothing of its own accord: after a ROLLBACK it would deallocate all
        # statements of the connection, and with them the ones that core.fast has prepared.
        "OPTIONS": {"prepare_threshold": None, "connect_timeout": 5, **options},
    }


DATABASES = {"default": _database(DATABASE_URL or "postgresql:///caravel")}

# Whole months that partitioned tables keep; what is not named is kept for ever.
RETENTION_MONTHS = {"core_event": 13, "webhooks_deliveryattempt": 3, "merchants_apirequest": 1}

# Whether a thread of this process stores the API request log; tests do it themselves.
STORE_CALLS = True

# What `manage.py check` asks beyond the configuration: functions that return a line per fault.
TABLE_CHECKS = [
    "acquiring.catalogue.check",
    "acquiring.risk.rules.check",
    "merchants.kyc.faults.check",
    "merchants.screening.rules.check",
    "merchants.screening.shoppers.check",
    "merchants.onboarding.papers.checks.check",
    "merchants.kyc.checks.check",
    "merchants.kyc.deciding.check",
    "merchants.onboarding.calendar.check",
]

# --- Celery ---------------------------------------------------------------------------------------

CELERY_BROKER_URL = _env(
    "CELERY_BROKER_URL", "", "redis:// or amqp://; `make run` starts its own Valkey"
)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 5, "socket_connect_timeout": 2}
# A "look" nobody took within a minute has been said again since.
CELERY_BEAT_SCHEDULE = {
    name: {"task": task, "schedule": seconds, "options": {"expires": 60}}
    for name, task, seconds in [
        ("seal and deliver", "acquiring.webhooks.tasks.deliver", 1.0),
        ("resolve open attempts", "acquiring.payments.tasks.sweep", 2.0),
        ("expire payments", "acquiring.payments.tasks.expire", 15.0),
        ("release pending balances", "acquiring.payments.tasks.release", 60.0),
        ("count payments", "acquiring.payments.tasks.count", 10.0),
        ("check applications", "merchants.onboarding.tasks.check", 10.0),
        ("look at businesses again", "merchants.onboarding.tasks.again", 60.0),
        ("register sandbox accounts", "merchants.tasks.connect_sandboxes", 15.0),
        ("delete papers whose time is over", "merchants.onboarding.tasks.delete_papers", 3600.0),
        ("wipe single-use cards", "acquiring.vault.tasks.wipe", 60.0),
        ("seal the other chains", "acquiring.core.tasks.seal", 2.0),
        ("make and drop partitions", "acquiring.core.tasks.keep_partitions", 3600.0),
        ("tell people", "acquiring.notices.tasks.read", 2.0),
        ("send letters", "acquiring.notices.tasks.send", 5.0),
        ("look for what is late", "acquiring.notices.tasks.watch", 60.0),
        ("look at e-mail domains", "acquiring.notices.tasks.watch_domains", 3600.0),
        ("drop old notices", "acquiring.notices.tasks.drop_expired", 3600.0),
        ("drop old deliveries", "acquiring.webhooks.tasks.drop_expired", 3600.0),
        ("publish the daily root", "acquiring.ledger.tasks.publish_roots", 3600.0),
        ("make exports", "acquiring.exports.tasks.make", 5.0),
        ("forget old exports", "acquiring.exports.tasks.expire", 600.0),
        ("close balance snapshots", "acquiring.ledger.tasks.snapshot", 300.0),
        ("verify the ledger", "acquiring.ledger.tasks.verify", 300.0),
        ("screen whoever is due", "merchants.screening.tasks.look", 60.0),
        ("fetch sanctions lists", "merchants.screening.tasks.fetch", 6 * 3600.0),
    ]
}
CELERY_BEAT_SCHEDULER = "acquiring.core.beat:OnlyOneScheduler"

# --- the API --------------------------------------------------------------------------------------

# The rest of what an endpoint needs is in acquiring/api/endpoint.py.
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "acquiring.api.openapi.OperationSchema",
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 262_144

# --- people ---------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AUTH_PASSWORD_VALIDATORS[1]["OPTIONS"] = {"min_length": 10}  # type: ignore[assignment]
LOGIN_URL = "/login/"
LOGIN_REDIRECT_URL = "/start/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(BASE_URL).scheme
ACCOUNT_ADAPTER = "acquiring.notices.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "acquiring.portal.forms.SignUp",
    "login": "acquiring.portal.forms.LogIn",
    "reset_password": "acquiring.portal.forms.ForgotPassword",
    "reset_password_from_key": "acquiring.portal.forms.NewPassword",
    "reauthenticate": "acquiring.portal.forms.PasswordAgain",
}
# How long a password, code or passkey vouches for what is sensitive.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 60 * int(
    _env(
        "CARAVEL_FRESH_MINUTES", "15", "how long a login vouches for live keys, roles and the like"
    )
)
ACCOUNT_EMAIL_NOTIFICATIONS = True
MFA_ADAPTER = "merchants.twosteps.Adapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_FORMS = {
    "authenticate": "acquiring.portal.security.forms.Code",
    "reauthenticate": "acquiring.portal.security.forms.CodeAgain",
    "activate_totp": "acquiring.portal.security.forms.FirstCode",
    "add_webauthn": "acquiring.portal.security.forms.Passkey",
    "edit_webauthn": "acquiring.portal.security.forms.PasskeyName",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_RECOVERY_CODE_DIGITS = 10
MFA_TOTP_ISSUER = "Caravel"
MFA_TOTP_TOLERANCE = 1  # a phone's clock may be half a minute off
# Single sign-on: the addresses are in acquiring/portal/sso, and none of allauth's own is mounted.
SOCIALACCOUNT_ADAPTER = "acquiring.portal.sso.entrance.Adapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SINGLE_SIGN_ON_HOURS = int(
    _env("CARAVEL_SINGLE_SIGN_ON_HOURS", "12", "how long a login by single sign-on lasts")
)
DNS_SERVERS = _env(
    "CARAVEL_DNS_SERVERS", "", "asked for domains, address:port by comma; empty = this machine's"
)
# A place to try things owns no domains: the sandbox answers for names below .test there.
REHEARSED = _flag("CARAVEL_DNS_REHEARSAL", "0", "1 = the sandbox answers for domains below .test")
TXT_LOOKUP = f"merchants.sso.records.{'rehearsed' if REHEARSED else 'by_dns'}"
STAFF_TWO_STEPS = _flag(
    "CARAVEL_STAFF_TWO_STEPS", "0", "1 = nobody enters the admin without two-step login"
)
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": None}  # axes counts them, in the database
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 1  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_SENSITIVE_PARAMETERS = ["code", "credential"]
AXES_LOCKOUT_TEMPLATE = "portal/locked_out.html"
EMAIL_DIR = _env("CARAVEL_EMAIL_DIR", "", "write e-mails into this directory instead of sending")
EMAIL_URL = _env("CARAVEL_EMAIL_URL", "", "smtp://user:password@host:587; empty = none is sent")
DEFAULT_FROM_EMAIL = _env("CARAVEL_EMAIL_FROM", "Caravel <no-reply@localhost>", "the sender")


def _mail() -> dict:
    if EMAIL_DIR:
        backend = "django.core.mail.backends.filebased.EmailBackend"
        return {"EMAIL_BACKEND": backend, "EMAIL_FILE_PATH": EMAIL_DIR}
    if not EMAIL_URL:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(EMAIL_URL)
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or 587,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp" and (parts.port or 587) == 587,
        "EMAIL_USE_SSL": parts.scheme == "smtps",
        "EMAIL_TIMEOUT": 10,
    }


globals().update(_mail())

# --- screening ------------------------------------------------------------------------------------

# Lists that everybody live is compared with, besides those of merchants/screening/data/rules.toml.
SCREENING_LISTS = [
    one
    for one in _env(
        "CARAVEL_SCREENING_LISTS", "", "sanctions lists for everybody, by comma: un, ofac_sdn, eu…"
    ).split(",")
    if one
]
# A place to try things has no lists: there live parties are compared with the test list instead.
SCREENING_REHEARSAL = _flag(
    "CARAVEL_SCREENING_REHEARSAL", "0", "1 = live parties meet the test list; never in production"
)
SCREENING_PROCESSES = int(
    _env(
        "CARAVEL_SCREENING_PROCESSES",
        "0",
        "processes that compare everybody with a new list; 0 = one for each core",
    )
) or (os.cpu_count() or 1)
# The lists that beat downloads, with their address; empty = the publisher's own.
SCREENING_DOWNLOADS = {
    one.partition("=")[0]: one.partition("=")[2]
    for one in _env(
        "CARAVEL_SCREENING_DOWNLOADS",
        "",
        "lists to download, by comma: un, uk=https://…; empty = none",
    ).split(",")
    if one
}

# --- cookies, headers, files ----------------------------------------------------------------------

SECURE = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if SECURE else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
    # The admin theme writes styles and Alpine expressions of its own.
    "EXCLUDE_URL_PREFIXES": ["/admin/"],
}
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / ".run" / "static"
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG

CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# The brand of tokens.css in the theme's own steps, from the softest ground to the darkest ink.
UNFOLD = {
    "SITE_TITLE": "Caravel",
    "SITE_HEADER": "Caravel",
    "SITE_SUBHEADER": "Administration",
    "SITE_URL": "/",
    "SITE_SYMBOL": "sailing",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/favicon.svg"}],
    "SIDEBAR": {"show_search": True, "show_all_applications": True},
    "COLORS": {
        "primary": {
            "50": "#f1f8fb",
            "100": "#e2f0f5",
            "200": "#c4e0ea",
            "300": "#94c6d8",
            "400": "#5aa5bf",
            "500": "#1683a8",
            "600": "#0b6785",
            "700": "#0a5a75",
            "800": "#084f67",
            "900": "#06435a",
            "950": "#06222d",
        }
    },
}

# --- the documentation ----------------------------------------------------------------------------

DOCS_DIR = BASE_DIR / "docs"
# Pages that are drawn from tables of the code: `manage.py docs` draws them anew.
GENERATED_PAGES = {
    "errors.md": "acquiring.api.documents.render_errors",
    "configuration.md": "acquiring.api.documents.render_configuration",
    "states.md": "acquiring.api.documents.render_states",
    "declines.md": "acquiring.catalogue.render_declines",
    "testing.md": "acquiring.sandbox.documents.render_testing",
    "connectors.md": "acquiring.api.scoreboard.render_connectors",
    "onboarding-markets.md": "merchants.kyc.pages.render_markets",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Caravel API",
    "VERSION": "2026-11-22",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
}

# --- logs -----------------------------------------------------------------------------------------

LOGGING_CONFIG = "acquiring.core.logs.configure"
LOGGING = {"level": LOG_LEVEL, "console": DEBUG}
