"""Every page of signing in and of one's own account, in both languages, under the content policy."""

import re
from zoneinfo import ZoneInfo

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from oms.tenancy.models import User
from oms.tenancy.services import update_tenant
from oms.tenancy.types import SYSTEM
from tests.web.conftest import PASSWORD, make_person

OUTSIDE = [
    "account_login",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key_done",
    "account_inactive",
]
INSIDE = [
    "account_logout",
    "account_change_password",
    "account_email",
    "mfa_index",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_list_webauthn",
    "mfa_generate_recovery_codes",
    "usersessions_list",
    "account_reauthenticate",
    "web:shortcuts",
    "web:styleguide",
    "web:welcome",
    "web:palette",
]


def text(response):
    return response.content.decode()


def sign_in(client, user):
    return client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})


@pytest.fixture
def user(tenants):
    return make_person(tenants[0])


@pytest.fixture
def client(user):
    """Signed in and confirmed a moment ago, as a person does it, so that nothing asks again who it is."""
    client = Client()
    sign_in(client, user)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", OUTSIDE)
def test_pages_for_strangers(db, name, language):
    response = Client().get(reverse(name), headers={"Accept-Language": language})

    assert response.status_code == 200
    assert 'class="bt-auth"' in text(response)


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", INSIDE)
def test_pages_of_the_account(client, user, name, language):
    User.objects.filter(pk=user.pk).update(language=language)
    response = client.get(reverse(name))

    assert response.status_code == 200
    assert f'<html lang="{language}"' in text(response)
    assert "tokens.css" in text(response)


def test_no_page_holds_a_script_or_a_style_of_its_own(client):
    for name in (*OUTSIDE, *INSIDE):
        page = text(client.get(reverse(name), follow=True))

        assert not re.search(r"<[^>]+\sstyle=", page), name
        assert not re.search(r"<[^>]+\son\w+=", page), name
        assert not re.search(r"<script(?![^>]*(?:src=|application/json))", page), name
        assert "<style" not in page, name


def test_the_policy_allows_nothing_inline(client):
    policy = client.get("/test/audit/")["Content-Security-Policy"]

    assert "unsafe" not in policy
    assert "default-src 'none'" in policy


def test_a_wrong_password_is_said_beside_the_form(user):
    response = Client().post(reverse("account_login"), {"login": user.email, "password": "wrong"})

    assert response.status_code in {200, 400}
    assert 'role="alert"' in text(response)


def test_signing_in_and_out(user):
    client = Client()

    assert sign_in(client, user).url == "/"
    assert client.get("/test/owner/").status_code == 200
    client.post(reverse("account_logout"))
    assert client.get("/test/owner/").status_code == 302


def test_a_forgotten_password_is_replaced_by_a_link(user):
    client = Client()
    client.post(reverse("account_reset_password"), {"email": user.email})
    address = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)[1]

    form = client.get(address, follow=True)
    done = client.post(
        form.redirect_chain[-1][0], {"password1": "another horse 42", "password2": "another horse 42"}, follow=True
    )

    assert "The password is changed" in text(done)
    user.refresh_from_db()
    assert user.check_password("another horse 42")


def test_a_link_that_was_used_says_so(db):
    page = text(Client().get(reverse("account_reset_password_from_key", kwargs={"uidb36": "x", "key": "y-z"})))

    assert "This link no longer works" in page


def test_recovery_codes_are_shown_and_made_anew(client, user):
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    RecoveryCodes.activate(user)

    assert len(re.findall(r"<li>[A-Za-z0-9]{4,}", text(client.get(reverse("mfa_view_recovery_codes"))))) == 10
    assert "will no longer work" in text(client.get(reverse("mfa_generate_recovery_codes")))
    assert "Turn off" in text(client.get(reverse("mfa_index")))


def test_the_second_step_asks_for_a_code(user):
    Authenticator.objects.create(user=user, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client = Client()
    sign_in(client, user)
    page = text(client.get(reverse("mfa_authenticate")))

    assert "Second step" in page
    assert "mfa_webauthn_authenticate" in page


def test_a_company_that_asks_for_a_second_factor_says_so(client, tenant):
    update_tenant(actor=SYSTEM, mfa_required=True)
    page = text(client.get("/test/owner/", follow=True))

    assert "Your company asks for a second factor." in page


def test_sessions_are_listed(client):
    assert "127.0.0.1" in text(client.get(reverse("usersessions_list")))


def test_sessions_are_told_in_the_time_of_the_company(client, tenant):
    update_tenant(actor=SYSTEM, time_zone="Pacific/Auckland")

    page = text(client.get(reverse("usersessions_list")))

    began = timezone.localtime(UserSession.objects.get().created_at, ZoneInfo("Pacific/Auckland"))
    assert f">{began:%H:%M}</time>" in page


def test_too_many_attempts_are_stopped_in_words(user, settings):
    del settings.ACCOUNT_RATE_LIMITS
    cache.clear()
    client = Client()
    answers = [client.post(reverse("account_login"), {"login": user.email, "password": "wrong"}) for _ in range(12)]
    cache.clear()

    assert answers[-1].status_code in {200, 400, 429}
    assert any("Too many" in text(answer) for answer in answers)
