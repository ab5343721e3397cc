"""People who are signed in, and the address book that also holds the pages only tests have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.test import Client

from oms.tenancy.context import tenant_scope
from oms.tenancy.middleware import SESSION_KEY
from oms.tenancy.services import add_member, create_person
from oms.tenancy.types import SYSTEM

if TYPE_CHECKING:
    from oms.tenancy.models import Tenant, User

PASSWORD = "correct horse battery staple"


@pytest.fixture(autouse=True)
def test_addresses(settings):
    """Every test of this folder may open the pages of tests.web.pages, and sign in as often as it needs."""
    settings.ROOT_URLCONF = "tests.web.urls"
    settings.ACCOUNT_RATE_LIMITS = False


def make_person(tenant: Tenant, role: str = "OWNER", *, language: str = "en", email: str = "") -> User:
    user = create_person(
        email=email or f"{role.lower()}@{tenant.slug}.example",
        name="Marie Le Goff",
        password=PASSWORD,
        language=language,
    )
    with tenant_scope(tenant.pk):
        add_member(user=user, role=role, actor=SYSTEM)
    return user


def signed_in(user: User, tenant: Tenant) -> Client:
    client = Client()
    client.force_login(user)
    session = client.session
    session[SESSION_KEY] = str(tenant.pk)
    session.save()
    return client


@pytest.fixture
def owner(tenants) -> Client:
    """An owner of the first tenant, reading English."""
    return signed_in(make_person(tenants[0]), tenants[0])


@pytest.fixture
def french(tenants) -> Client:
    return signed_in(make_person(tenants[0], language="fr"), tenants[0])


@pytest.fixture
def analyst(tenants) -> Client:
    """May read, and nothing else."""
    return signed_in(make_person(tenants[0], "ANALYST"), tenants[0])


@pytest.fixture
def store_staff(tenants) -> Client:
    return signed_in(make_person(tenants[0], "STORE_STAFF"), tenants[0])
