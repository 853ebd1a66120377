"""Single sign-on against a real provider on loopback: nobody becomes somebody by an address."""

from __future__ import annotations

import pytest

from tests.portal import site
from tests.portal.provider import CLIENT, SECRET, provider

CALLBACK = "http://testserver/account/oidc/sso/login/callback/"
ADDRESS = "finance@openp4p.example"
# at the provider: the name, the address, and whether the provider verified it
PEOPLE = [
    ("claims-it", ADDRESS, False),
    ("got-it", "Finance@openp4p.example", True),
    ("auditor-there", "elsewhere@openp4p.example", True),
    ("stranger", "stranger@openp4p.example", True),
]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """The portal with a provider, and finance with an address that the portal knows."""
    site.demonstrated("sqlite", "single-sign-on")
    from allauth.account.models import EmailAddress
    from django.test import override_settings

    from openp4p.portal import environment

    finance = site.person("finance")
    finance.email = ADDRESS
    finance.save()
    EmailAddress.objects.create(user=finance, email=ADDRESS, verified=True, primary=True)
    port = site.free_port()
    said = dict(zip(environment.OIDC, (f"http://127.0.0.1:{port}", CLIENT, SECRET), strict=True))
    with pytest.MonkeyPatch.context() as patched:
        for name, value in said.items():
            patched.setenv(name, value)
        configured = environment.single_sign_on()
    folder = tmp_path_factory.mktemp("provider")
    with (
        provider(folder, port, CALLBACK, PEOPLE) as found,
        override_settings(SOCIALACCOUNT_PROVIDERS=configured),
    ):
        yield found


def by_the_provider(elsewhere, who: str, browser=None, process: str = "login"):
    """A browser that came back from the provider, where that person signed in; what it is told."""
    browser = browser or site.client()
    asked = browser.post(f"/account/oidc/sso/login/?process={process}")
    assert asked.status_code == 302
    assert asked["Location"].startswith(elsewhere.address)
    return browser, browser.get(elsewhere.answer(who, asked["Location"]))


def is_signed_in(browser) -> bool:
    return "_auth_user_id" in browser.session


def everybody() -> tuple[int, int, int]:
    from allauth.socialaccount.models import SocialAccount

    from openp4p.portal.models import Membership, User

    return User.objects.count(), Membership.objects.count(), SocialAccount.objects.count()


@pytest.mark.parametrize("who", ["claims-it", "got-it", "stranger"])
def test_an_address_gives_nobody_an_account_or_a_role(elsewhere, who):
    """Neither one the provider did not verify, nor one it did and that is another's here."""
    before = everybody()
    browser, told = by_the_provider(elsewhere, who)
    assert b"An address alone connects nothing" in told.content
    assert not is_signed_in(browser)
    assert browser.get("/desk/ledger/").status_code == 302
    assert everybody() == before
    assert site.person("finance").has_usable_password()


def test_one_connects_it_while_signed_in_and_has_the_same_roles_afterwards(elsewhere, monkeypatch):
    from django.conf import settings

    auditor = site.person("auditor")
    auditor.set_password(site.PASSWORD)
    auditor.save()
    browser = site.client()
    said = {"login": "auditor", "password": site.PASSWORD}
    assert browser.post("/account/login/", said).status_code == 302
    assert "/account/sso/" in browser.get("/desk/").content.decode()
    _, told = by_the_provider(elsewhere, "auditor-there", browser, "connect")
    assert told["Location"] == "/account/reauthenticate/", "the password once more"
    by_now = everybody()
    assert browser.post(told["Location"], {"password": site.PASSWORD}).status_code == 302
    assert everybody() == (*by_now[:2], by_now[2] + 1)
    before = everybody()
    again, _ = by_the_provider(elsewhere, "auditor-there")
    assert is_signed_in(again)
    assert again.get("/desk/trail/").status_code == 200
    assert again.get("/desk/people/").status_code == 403
    assert everybody() == before, "and nothing more of anything"
    # the second factor is asked for whichever way one comes in
    monkeypatch.setattr(settings, "SECOND_FACTOR_REQUIRED", True)
    third, _ = by_the_provider(elsewhere, "auditor-there")
    assert "/2fa/totp/activate/" in third.get("/desk/trail/")["Location"]


def test_who_has_no_role_here_has_none_by_signing_on(elsewhere):
    from allauth.socialaccount.models import SocialAccount

    from openp4p.portal.models import User

    person = User.objects.create(username="no-role")
    with site.undone():
        SocialAccount.objects.create(user=person, provider="sso", uid=uid_of("stranger"))
        browser, _ = by_the_provider(elsewhere, "stranger")
        assert is_signed_in(browser)
        for page in ("/desk/", "/desk/runs/", "/desk/trail/", "/desk/people/"):
            assert browser.get(page).status_code == 403
        assert not person.memberships.exists()


def uid_of(name: str) -> str:
    """The provider counts its people from 1."""
    return str([person for person, _, _ in PEOPLE].index(name) + 1)


def test_pages_may_send_a_form_to_the_provider_and_nowhere_else(elsewhere, monkeypatch):
    """A browser holds the address that a form is sent on to against the policy as well."""
    from openp4p.portal import environment

    assert (
        "form-action 'self';"
        in site.client().get("/account/login/").headers["Content-Security-Policy"] + ";"
    )
    monkeypatch.setenv(environment.OIDC[0], "https://login.example:8443/realms/one")
    assert environment.provider_origins() == []
    monkeypatch.setenv(environment.OIDC[1], CLIENT)
    monkeypatch.setenv(environment.OIDC[2], SECRET)
    assert environment.provider_origins() == ["https://login.example:8443"]
