from __future__ import annotations

import pytest
from django.urls import reverse

from oms.tenancy.context import tenant_scope
from oms.tenancy.enums import Role
from oms.tenancy.services import add_member, create_person, update_tenant
from oms.tenancy.types import SYSTEM


@pytest.fixture
def member(client, tenants):
    """A signed-in owner whose password was confirmed long ago."""
    person = create_person(email="marie@keravel.example", name="Marie Le Goff", password="a-long-enough-password")
    with tenant_scope(tenants[0].pk):
        add_member(user=person, role=Role.OWNER, actor=SYSTEM)
    client.force_login(person)
    return person


def test_a_page_that_needs_a_fresh_password_asks_for_it(client, member):
    answer = client.get(reverse("mfa_activate_totp"))

    assert answer.status_code == 302
    assert reverse("account_reauthenticate") in answer["Location"]


def test_a_tenant_that_demands_a_second_factor_opens_no_page_without_one(client, member, tenants):
    assert client.get("/orders/").status_code == 200
    with tenant_scope(tenants[0].pk):
        update_tenant(actor=SYSTEM, mfa_required=True)

    answer = client.get("/orders/")

    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_index"))
