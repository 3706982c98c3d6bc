"""Django's settings. What differs between deployments comes from the environment, see config/environment.py."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

import environ

from config.environment import Config

config = Config.validate()

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = config.SECRET_KEY
DEBUG = config.DEBUG and config.DEBUG_PAGES
ALLOWED_HOSTS = config.ALLOWED_HOSTS
PUBLIC_BASE_URL = config.PUBLIC_BASE_URL

# Tenants: the apps of the public schema, and the ones that every tenant's schema holds.
SHARED_APPS = [
    "django_tenants",
    "tenants",
    "dashboard",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "csp",
    "rest_framework",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]
TENANT_APPS = ["bots"]
INSTALLED_APPS = [*SHARED_APPS, *TENANT_APPS]
TENANT_MODEL = "tenants.Tenant"
TENANT_DOMAIN_MODEL = "tenants.Domain"
TENANT_LIMIT_SET_CALLS = True
#: Releases touch only the schemas that lack a migration.
GET_EXECUTOR_FUNCTION = "tenants.migrating.executor"
ROOT_URLCONF = "config.urls_tenant"
PUBLIC_SCHEMA_URLCONF = "config.urls_public"

MIDDLEWARE = [
    "config.connections.ConnectionMiddleware",
    "config.health.HealthMiddleware",
    "webhooks.middleware.ProviderMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    # Before the tenant is looked up: error pages keep their style on unknown hosts and without a database.
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "tenants.middleware.TenantMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

# PostgreSQL. Connections are pooled in the process, so that a thread that waits for an AI provider holds none.
ORIGINAL_BACKEND = "config.database"
DATABASES = {
    "default": {
        **environ.Env.db_url_config(config.DATABASE_URL),
        "ENGINE": "django_tenants.postgresql_backend",
        "POOL_OPTIONS": {
            "SIZE": config.DATABASE_POOL_SIZE,
            "MAX_AGE_SECONDS": 1800,
            # How long a thread waits for a connection. A slow worker's many threads come to wait for long, and a turn
            # that does without has to wait for the end of its lease.
            "TIMEOUT_SECONDS": 30,
        },
    }
}
# A server that is gone without a word is noticed within half a minute, and a process that stopped in the middle of a
# transaction holds its locks no longer than that. Prepared statements (bots/prepared.py) find rows by their keys:
# planning for each message's own values takes three times as long as running it. A query's parallel workers take 10 ms
# to start, which is longer than most queries of pages run, and take the CPUs from everybody else's.
DATABASES["default"]["OPTIONS"] = {
    "connect_timeout": 5,
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    "options": "-c idle_in_transaction_session_timeout=30s -c plan_cache_mode=force_generic_plan"
    " -c max_parallel_workers_per_gather=0",
    **DATABASES["default"].get("OPTIONS", {}),
}
DATABASE_ROUTERS = ["django_tenants.routers.TenantSyncRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
FIELD_ENCRYPTION_KEY = config.FIELD_ENCRYPTION_KEY

# Redis holds the broker's bells, conversation windows and rate limits: nothing that cannot be rebuilt.
REDIS_URL = config.REDIS_URL
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        # Keys are not per tenant: users are global, and so are the limits on guessing their passwords and codes.
        "LOCATION": config.REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}

# Celery carries bells only: (tenant, conversation). The rows in PostgreSQL are the truth, so a lost bell costs
# seconds and a repeated one nothing. See docs/architecture.md.
CELERY_BROKER_URL = config.CELERY_BROKER_URL or config.REDIS_URL
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # What a worker has taken it keeps in its own memory, not in Redis as well: four commands a bell, a tenth of a
    # worker's CPU. A worker that ends hands them back; what one that was killed had taken, the sweeper rings for again.
    "ack_emulation": False,
    # Longer than the second for which a worker listens at a time, and all that a webhook waits at the most.
    "socket_timeout": 2,
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    # kombu tries for seconds otherwise, before each publish, while a webhook waits. Workers reconnect all the same.
    "max_retries": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# Also where Redis answers that it cannot: read-only after a failover, full. Otherwise the worker would end.
CELERY_BROKER_CHANNEL_ERROR_RETRY = True
CELERY_WORKER_CONSUMER = "config.consumer:Consumer"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_DEFAULT_QUEUE = "switchboard"
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_TIMEZONE = "UTC"

WORKER_CONCURRENCY = config.WORKER_CONCURRENCY

# Days, see bots/retention.py.
WEBHOOK_LOG_RETENTION_DAYS = config.WEBHOOK_LOG_RETENTION_DAYS
TURN_RETENTION_DAYS = config.TURN_RETENTION_DAYS
UNROUTED_RETENTION_DAYS = config.UNROUTED_RETENTION_DAYS

# The far ends.
TWILIO_API_BASE_URL = config.TWILIO_API_BASE_URL
META_API_BASE_URL = config.META_API_BASE_URL
PRIVATE_NETWORK_ALLOWLIST = config.PRIVATE_NETWORK_ALLOWLIST
AI_REQUEST_TIMEOUT = config.AI_REQUEST_TIMEOUT
#: What a tenant that sets none of its own works with.
TENANT_DEFAULTS = config.model_dump(
    include={
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_WHATSAPP_NUMBER",
        "AI_PROVIDER",
        "AI_API_KEY",
        "AI_MODEL",
        "AI_MAX_TOKENS",
        "CONVERSATION_TTL",
        "MAX_CONTEXT_MESSAGES",
    }
)

# Accounts: users are global and sign in by email; what they may do is decided by their membership of a tenant.
AUTH_USER_MODEL = "tenants.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_ADAPTER = "dashboard.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
#: Addresses come from an operator or by an invitation that was mailed to them; nobody signs up with somebody else's.
#: So signing in waits for no confirmation, but a changed address counts only when its link was followed.
ACCOUNT_EMAIL_VERIFICATION = "optional"
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_REAUTHENTICATION_REQUIRED = True
#: Seconds for which somebody who showed that it is them is not asked again.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 900
#: Invitations that one person sends, and links to them that were guessed wrong. allauth has defaults for the rest.
ACCOUNT_RATE_LIMITS = {"invite": "30/h/user", "invitation": "20/m/ip"}
MFA_ADAPTER = "dashboard.two_factor.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
#: The proxy's own X-Forwarded-For tells whose failed sign-ins are counted; without it everybody shares one address.
ALLAUTH_TRUSTED_PROXY_COUNT = 0 if config.DEBUG else 1
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
vars().update(environ.Env.email_url_config(config.EMAIL_URL))
DEFAULT_FROM_EMAIL = config.DEFAULT_FROM_EMAIL
#: Seconds. A request waits for the mail server no longer.
EMAIL_TIMEOUT = 10

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
            ]
        },
    }
]
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
}

# What people send. No URL leads there: files are read by the bot, and handed out by views that know the tenant.
MEDIA_ROOT = str(BASE_DIR / config.MEDIA_ROOT)
MEDIA_MAX_BYTES = config.MEDIA_MAX_BYTES
MEDIA_RETENTION_DAYS = config.MEDIA_RETENTION_DAYS
FILE_UPLOAD_PERMISSIONS = 0o600
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o700

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django_tenants.files.storage.TenantFileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if config.DEBUG
        else "config.static_files.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = config.DEBUG
#: Seconds for which a browser does not ask again for a file whose name does not tell its version.
WHITENOISE_MAX_AGE = 0 if config.DEBUG else 60
#: The page that shows every component.
STYLEGUIDE = config.DEBUG
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"

# Behind a proxy that ends TLS.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = not config.DEBUG
SECURE_HSTS_SECONDS = 0 if config.DEBUG else 31_536_000
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not config.DEBUG
SESSION_COOKIE_HTTPONLY = True
# The __Host- prefix holds a cookie to the one host that set it: tenants cannot plant cookies for one another.
SESSION_COOKIE_NAME = "sessionid" if config.DEBUG else "__Host-sessionid"
CSRF_COOKIE_NAME = "csrftoken" if config.DEBUG else "__Host-csrftoken"
X_FRAME_OPTIONS = "DENY"
#: Nothing but our own files, and no script or style written into a page. `data:` pictures: allauth's QR codes.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "report-uri": ["/csp-report/"],
    }
}
#: The largest request body in bytes: Meta says that its webhooks reach 3 MB.
DATA_UPLOAD_MAX_MEMORY_SIZE = 3 * 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "config.logs.Redact"}},
    "formatters": {"line": {"()": "config.logs.LineFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["redact"]}},
    "root": {"handlers": ["stderr"], "level": config.LOG_LEVEL},
    "loggers": {
        # Django's own console handler would say each line a second time, unmasked.
        "django": {"handlers": [], "propagate": True},
        # They log whole URLs, parameters and bodies at INFO or DEBUG.
        "twilio": {"level": "WARNING"},
        "openai": {"level": "WARNING"},
        "anthropic": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "httpcore2": {"level": "WARNING"},
        "urllib3": {"level": "WARNING"},
        "django.server": {"handlers": ["stderr"], "level": "INFO", "propagate": False},
        "django.db.backends": {"level": "WARNING"},
        # Two lines a bell.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}

PUBLIC_HOST = urlsplit(PUBLIC_BASE_URL).hostname or ""
