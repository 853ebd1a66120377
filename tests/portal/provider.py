"""An OpenID Connect provider in a process of its own: django-allauth's, with people of ours.

python -m tests.portal.provider FOLDER PORT CALLBACK PEOPLE, where PEOPLE is JSON: name, address,
whether the provider verified it. It prints a line once it listens.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests

CLIENT, SECRET, PASSWORD = "portal", "only for tests", "at the provider"


@dataclass
class Provider:
    """A provider that listens."""

    address: str

    def answer(self, name: str, asked: str) -> str:
        """Where the provider sends a browser back to, once that person signed in there."""
        browser = requests.Session()
        page = f"{self.address}/accounts/login/"
        browser.get(page, timeout=10)
        said = {"login": name, "password": PASSWORD,
                "csrfmiddlewaretoken": browser.cookies["provider_token"]}  # fmt: skip
        signed_in = browser.post(page, said, timeout=10, allow_redirects=False)
        assert signed_in.status_code == 302, signed_in.text
        sent = browser.get(asked, timeout=10, allow_redirects=False)
        assert sent.status_code == 302, sent.text
        back = urlsplit(sent.headers["Location"])
        return f"{back.path}?{back.query}"


@contextlib.contextmanager
def provider(
    folder: Path, port: int, callback: str, people: Sequence[tuple[str, str, bool]]
) -> Iterator[Provider]:
    """A provider, until the block ends."""
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.portal.provider", str(folder), str(port), callback,
         json.dumps(people)],
        cwd=Path(__file__).parents[2], env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stdout.readline() == "listens\n"
        yield Provider(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(20)


def main(folder: str, port: str, callback: str, people: str) -> None:
    """Settings, tables, people, one client; then answer until the end."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )  # fmt: skip
    settings.configure(
        SECRET_KEY="only for tests", ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=__name__,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3",
                               "NAME": str(Path(folder) / "provider.sqlite3")}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes",
                        "django.contrib.sessions", "django.contrib.messages", "allauth",
                        "allauth.account", "allauth.idp.oidc"],
        MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware",
                    "django.middleware.csrf.CsrfViewMiddleware",
                    "django.contrib.auth.middleware.AuthenticationMiddleware",
                    "django.contrib.messages.middleware.MessageMiddleware",
                    "allauth.account.middleware.AccountMiddleware"],
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates",
                    "APP_DIRS": True, "OPTIONS": {"context_processors": [
                        "django.template.context_processors.request",
                        "django.contrib.messages.context_processors.messages",
                        "django.contrib.auth.context_processors.auth"]}}],
        AUTHENTICATION_BACKENDS=["allauth.account.auth_backends.AuthenticationBackend"],
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ACCOUNT_LOGIN_METHODS={"username"}, ACCOUNT_EMAIL_VERIFICATION="none",
        ACCOUNT_SIGNUP_FIELDS=["username*", "email", "password1*", "password2*"],
        IDP_OIDC_PRIVATE_KEY=key.decode(), DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        USE_TZ=True,
        # two servers of one host share their cookies, whatever their ports
        SESSION_COOKIE_NAME="provider_session",
        CSRF_COOKIE_NAME="provider_token",
    )  # fmt: skip
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    _fill(callback, json.loads(people))
    from django.core.wsgi import get_wsgi_application
    from waitress import create_server

    server = create_server(get_wsgi_application(), host="127.0.0.1", port=int(port))
    print("listens", flush=True)
    server.run()


def _fill(callback: str, people: Sequence[tuple[str, str, bool]]) -> None:
    from allauth.account.models import EmailAddress
    from allauth.idp.oidc.models import Client
    from django.contrib.auth.models import User

    client = Client(id=CLIENT, name="The portal", skip_consent=True)
    client.set_secret(SECRET)
    client.set_redirect_uris([callback])
    client.set_scopes(["openid", "profile", "email"])
    client.save()
    for name, address, is_verified in people:
        person = User.objects.create_user(name, address, PASSWORD)
        EmailAddress.objects.create(
            user=person, email=address, verified=is_verified, primary=True
        )  # fmt: skip


def __getattr__(name: str) -> object:
    """The addresses, which Django asks for once it is set up."""
    if name == "urlpatterns":
        from django.urls import include, path

        return [path("accounts/", include("allauth.account.urls")),
                path("", include("allauth.idp.urls"))]  # fmt: skip
    raise AttributeError(name)


if __name__ == "__main__":
    # under its own name, since Django imports it again for the addresses
    importlib.import_module("tests.portal.provider").main(*sys.argv[1:])
