"""Settings, read once from the environment; a bad or missing value fails at start.

Every secret also accepts NAME_FILE. `docs/operations.md` lists all variables.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from oms.logs import configure_logging

django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
BATON_HOME = Path(os.environ.get("BATON_HOME") or BASE_DIR / ".baton")


def _read_local_environment() -> None:
    """Values that `oms.local` generated for this machine; a real variable always wins."""
    generated = BATON_HOME / "env.json"
    if os.environ.get("BATON_ENV", "local") != "production" and generated.exists():
        for name, value in json.loads(generated.read_text()).items():
            os.environ.setdefault(name, str(value))


_read_local_environment()
env = environ.FileAwareEnv()

BATON_ENV = env.str("BATON_ENV", "local")
PRODUCTION = BATON_ENV == "production"
TESTING = "pytest" in sys.modules
if BATON_ENV not in {"local", "test", "production"}:
    raise ImproperlyConfigured("BATON_ENV must be local, test or production.")

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = (
    env.str("SECRET_KEY") if PRODUCTION else env.str("SECRET_KEY", "local-machine-only-not-for-production-" + "0" * 24)
)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", "testserver"]
)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# The first key encrypts; the others only decrypt, so that keys can be rotated.
ENCRYPTION_KEYS = (
    env.list("ENCRYPTION_KEYS")
    if PRODUCTION
    else env.list("ENCRYPTION_KEYS", default=["bG9jYWwtbWFjaGluZS1vbmx5LW5vdC1mb3ItcHJvZC0="])
)

INSTALLED_APPS = [
    "django_prometheus",
    "oms.tenancy",
    "oms.events",
    "inventory",
    "oms.orders",
    "oms.fulfilment",
    "orchestration",
    "channels",
    "analytics",
    "oms.rest",
    "oms.web",
    "oms.local",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_cotton.apps.SimpleAppConfig",
    "template_partials.apps.SimpleAppConfig",
    "csp",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "oms.rest.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "oms.tenancy.middleware.RequestIdMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "oms.web.middleware.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "oms.tenancy.middleware.TenantMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "oms.urls"
WSGI_APPLICATION = "oms.wsgi.application"

_LOADERS = [
    (
        "template_partials.loader.Loader",
        [
            (
                "django.template.loaders.cached.Loader",
                [
                    "django_cotton.cotton_loader.Loader",
                    "django.template.loaders.filesystem.Loader",
                    "django.template.loaders.app_directories.Loader",
                ],
            )
        ],
    )
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": _LOADERS,
            "builtins": [
                "django.templatetags.i18n",
                "django.templatetags.static",
                "django_cotton.templatetags.cotton",
                "template_partials.templatetags.partials",
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "oms.web.context.shell",
            ],
        },
    }
]
COTTON_DIR = "components"

# Three doors to one database. `default` is what requests and workers use and obeys row-level security;
# `platform` crosses tenants, for the modules that tests/test_tenancy.py lists; `owner` only migrates.
ROLE_APP = env.str("BATON_ROLE_APP", "baton_app")
ROLE_PLATFORM = env.str("BATON_ROLE_PLATFORM", "baton_platform")
# How many connections of each role the threads of this process share at most; with 0 each thread has its own.
SHARED_CONNECTIONS = env.int("DATABASE_SHARED_CONNECTIONS", 0)


def _database(role: str | None, *, application: str) -> dict[str, Any]:
    database: dict[str, Any] = env.db_url("DATABASE_URL", default="postgres:///baton")
    database["ENGINE"] = "oms.database"
    options: dict[str, Any] = {
        **database.get("OPTIONS", {}),
        "application_name": application,
        # The database plans a statement that comes again and again once for each connection.
        "server_side_binding": True,
        "prepare_threshold": 5,
        "options": "-c statement_timeout=30000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=60000",
    }
    if role:
        options["assume_role"] = role
    else:
        options["options"] = "-c lock_timeout=10000"
    if SHARED_CONNECTIONS and role:
        # A database that is down is said to be so after `timeout`; after `reconnect_timeout` the next request tries anew.
        options["pool"] = {"min_size": 1, "max_size": SHARED_CONNECTIONS, "timeout": 3, "reconnect_timeout": 1}
    database["OPTIONS"] = options
    database["CONN_MAX_AGE"] = 0 if "pool" in options else 600
    database["CONN_HEALTH_CHECKS"] = True
    database["TEST"] = {"NAME": env.str("BATON_TEST_DATABASE", "test_baton"), "MIGRATE": True, "DEPENDENCIES": []}
    return database


DATABASES = {
    "default": _database(ROLE_APP, application="baton"),
    "platform": _database(ROLE_PLATFORM, application="baton-platform"),
    "owner": _database(None, application="baton-owner"),
}
DATABASE_ROUTERS = ["oms.tenancy.routers.OneDatabase"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "baton",
        "OPTIONS": {"socket_timeout": 1, "socket_connect_timeout": 1},
    }
}

AUTH_USER_MODEL = "tenancy.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]
    if TESTING
    else ["django.contrib.auth.hashers.PBKDF2PasswordHasher", "django.contrib.auth.hashers.ScryptPasswordHasher"]
)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/account/login/"
ACCOUNT_ADAPTER = "oms.tenancy.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
MFA_TOTP_ISSUER = "Baton"
USERSESSIONS_TRACK_ACTIVITY = False
SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_NAME = "__Host-session" if PRODUCTION else "session"
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_NAME = "__Host-csrf" if PRODUCTION else "csrf"
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "oms.web.errors.csrf_failure"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", PRODUCTION)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "manifest-src": ["'self'"],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
PERMISSIONS_POLICY: dict[str, list[str]] = {"camera": ["self"], "geolocation": [], "microphone": [], "payment": []}

LANGUAGE_CODE = "en"
LANGUAGES = [("fr", _("French")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_NAME = "language"
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", str(BASE_DIR / "build" / "static"))
STATICFILES_DIRS = [BASE_DIR / "static"]
if (BASE_DIR / "build" / "vendor").is_dir():
    STATICFILES_DIRS.append(BASE_DIR / "build" / "vendor")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
# Otherwise every client of a test would first list and stat all static files.
WHITENOISE_AUTOREFRESH = TESTING
MEDIA_ROOT = BATON_HOME / "media"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
# The largest file of stock, SKUs or locations, in bytes.
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", 256 * 1024 * 1024)
# Where files are dropped: <folder>/<tenant>/<kind>/<mode>/.
IMPORT_FOLDER = Path(env.str("IMPORT_FOLDER", str(BATON_HOME / "imports")))

EMAIL_CONFIG = env.email_url("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Baton <baton@localhost>")

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "oms.rest.authentication.ApiKeyAuthentication",
        "oms.rest.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["oms.rest.permissions.DeclaredPermission"],
    "DEFAULT_THROTTLE_CLASSES": ["oms.rest.throttling.TenantRateThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["oms.rest.renderers.OrjsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["oms.rest.parsers.OrjsonParser"],
    "DEFAULT_PAGINATION_CLASS": "oms.rest.pagination.CursorPagination",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "oms.rest.renderers.OneFormat",
    "DEFAULT_FILTER_BACKENDS": ["oms.rest.filters.StrictFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "oms.rest.schema.BatonSchema",
    "EXCEPTION_HANDLER": "oms.rest.problems.handle",
    "UNAUTHENTICATED_USER": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "COERCE_DECIMAL_TO_STRING": True,
}
# Who may read /metrics from another machine; without one, only this machine may.
METRICS_TOKEN = env.str("METRICS_TOKEN", "")
# Cost units a credential may spend per minute; reads cost 1, bulk writes 10.
API_RATE_PER_MINUTE = env.int("API_RATE_PER_MINUTE", 60_000 if not PRODUCTION else 6_000)
SPECTACULAR_SETTINGS = {
    "TITLE": "Baton API",
    "DESCRIPTION": "Orders, stock, sourcing and fulfilment of one tenant. Times are UTC; money is a decimal string with its currency.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": [],
    "SERVE_AUTHENTICATION": [],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "POSTPROCESSING_HOOKS": [],
}

CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_SOFT_TIME_LIMIT = 50
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 20
# A killed worker's task is handed out again after visibility_timeout; kombu's default restore sweep adds 100 s, these two make it 2 s.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": env.int("CELERY_VISIBILITY_TIMEOUT", 120),
    "unacked_restore_interval": 2,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 10,
}
CELERY_VISIBILITY_TIMEOUT = CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
CELERY_WORKER_HIJACK_ROOT_LOGGER = False

# How long a relay's claim on deliveries lasts before they are handed out again, in seconds.
OUTBOX_LEASE_SECONDS = env.int("OUTBOX_LEASE_SECONDS", 90)
OUTBOX_MAX_ATTEMPTS = 12

PROMETHEUS_EXPORT_MIGRATIONS = False
LOGGING_CONFIG = None
configure_logging(json_lines=PRODUCTION, level=env.str("LOG_LEVEL", "WARNING" if TESTING else "INFO"))
