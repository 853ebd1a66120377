"""What the portal is told by its environment: the only place where secrets come from."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from openp4p.errors import UsageError

DATA, DATABASE, SECRET = "OPENP4P_PORTAL_DATA", "OPENP4P_DATABASE", "OPENP4P_SECRET_KEY"
DEMONSTRATION, HOSTS, SMTP = "OPENP4P_PORTAL_DEMO", "OPENP4P_HOSTS", "OPENP4P_SMTP"
OIDC = ("OPENP4P_OIDC_URL", "OPENP4P_OIDC_CLIENT", "OPENP4P_OIDC_SECRET")
SENDER, TRUSTED_PROXY = "OPENP4P_MAIL_FROM", "OPENP4P_BEHIND_TLS_PROXY"
CHECKPOINT_KEY = "OPENP4P_CHECKPOINT_KEY"
LEAST_SECRET = 32


def data_folder() -> Path:
    """Where the portal keeps its database, reports and evidence."""
    return Path(os.environ.get(DATA, "portal")).resolve()


def is_demonstration() -> bool:
    """Whether this is a demonstration on synthetic data, bound to this machine."""
    return os.environ.get(DEMONSTRATION) == "1"


def secret_key() -> str:
    """The key that signs sessions; never from a file, never a default."""
    said = os.environ.get(SECRET, "")
    if len(said) < LEAST_SECRET:
        raise UsageError(
            f"The portal needs a secret of {LEAST_SECRET} characters or more in {SECRET}.",
            remedy=f"Such as: export {SECRET}=$(python3 -c 'import secrets; "
            "print(secrets.token_urlsafe(48))'), kept where secrets are kept.",
            code="portal-secret",
        )
    return said


def checkpoint_key() -> str:
    """The key that signs checkpoints, or nothing; whoever serves the pages is not given it."""
    return os.environ.get(CHECKPOINT_KEY, "")


def database(folder: Path) -> dict[str, Any]:
    """The database: SQLite in the folder, or the PostgreSQL of one setting."""
    url = os.environ.get(DATABASE, "")
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(folder / "portal.sqlite3"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",  # one writer at a time, in turn
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; "
                "PRAGMA foreign_keys=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in ("postgresql", "postgres") or not parts.path.strip("/"):
        raise UsageError(
            f"{DATABASE} is not the address of a PostgreSQL database.",
            remedy="Such as postgresql://openp4p:PASSWORD@127.0.0.1:5432/openp4p",
            code="portal-database",
        )
    options: Mapping[str, str] = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or "") or options.get("host", ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {k: v for k, v in options.items() if k != "host"},
    }


def mail(folder: Path) -> dict[str, Any]:
    """Django's mail settings: an SMTP server, or files in the folder where none is named."""
    url = os.environ.get(SMTP, "")
    sender = {"DEFAULT_FROM_EMAIL": os.environ.get(SENDER, "review@openp4p.example")}
    if not url:
        return sender | {
            "EMAIL_BACKEND": "django.core.mail.backends.filebased.EmailBackend",
            "EMAIL_FILE_PATH": str(folder / "mail"),
        }
    parts = urlsplit(url)
    return sender | {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname or "localhost",
        "EMAIL_PORT": parts.port or 25,
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 20,
    }


def single_sign_on() -> dict[str, Any]:
    """The OpenID Connect provider, where all three settings of it are there."""
    said = [os.environ.get(name, "") for name in OIDC]
    if not all(said):
        return {}
    url, client, secret = said
    app = {
        "provider_id": "sso",
        "name": "Single sign-on",
        "client_id": client,
        "secret": secret,
        "settings": {"server_url": url},
    }
    return {"openid_connect": {"OAUTH_PKCE_ENABLED": True, "APPS": [app]}}


def provider_origins() -> list[str]:
    """Where a form of ours may be sent on to: the origin of the provider, where there is one."""
    if not single_sign_on():
        return []
    parts = urlsplit(os.environ[OIDC[0]])
    return [f"{parts.scheme}://{parts.netloc}"]
