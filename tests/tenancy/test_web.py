"""The owner's pages, as a browser without JavaScript uses them, and views that run outside the scope."""

from __future__ import annotations

import ast
import re
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import override

from inventory.enums import LocationKind, SupplyKind
from inventory.models import BufferRule
from inventory.services.views import TOLD
from inventory.web.location_form import PARTS
from oms.tenancy.context import open_tenant, tenant_scope
from oms.tenancy.middleware import SESSION_KEY, TenantMiddleware
from oms.tenancy.models import ApiKey, AuditEntry, Membership, Tenant
from oms.tenancy.queries import access_of_api_key
from oms.tenancy.services import create_api_key
from oms.tenancy.types import SYSTEM
from oms.tenancy.web.acts import ACTIONS, NAMES, WORDS, details
from tests.factories import make_location
from tests.web.conftest import make_person, signed_in

PAGES = ["/settings/", "/settings/keys/", "/settings/safety/", "/settings/audit/"]


@pytest.fixture
def me(tenants):
    return make_person(tenants[0])


@pytest.fixture
def client(tenants, me):
    return signed_in(me, tenants[0])


def text(response) -> str:
    return " ".join(response.content.decode().split())


def member_of(user) -> Membership:
    return Membership.objects.get(user=user)


def test_a_person_is_added_with_a_role_and_locations(client, tenant):
    rennes = make_location("RENNES")

    answer = client.post(
        "/settings/",
        {"email": "Anna@Shop.example", "name": "Anna", "role": "STORE_STAFF", "locations": [str(rennes.pk)]},
    )

    assert answer.url == "/settings/"
    row = Membership.objects.get(user__email="anna@shop.example")
    assert (row.role, row.location_ids, row.active) == ("STORE_STAFF", [rennes.pk], True)
    assert "anna@shop.example" in text(client.get("/settings/"))


@pytest.mark.parametrize(
    "wrong",
    [{"role": "STORE_STAFF"}, {"role": "EMPEROR"}, {"email": "nobody"}, {"email": "owner@keravel.example"}],
)
def test_a_person_is_refused_in_words_and_nobody_is_added_or_changed(client, tenant, me, wrong):
    answer = client.post("/settings/", {"email": "anna@shop.example", "role": "ANALYST", **wrong})

    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)
    assert [(row.user_id, row.role) for row in Membership.objects.all()] == [(me.pk, "OWNER")]


def test_a_role_is_changed_and_locations_only_kept_where_they_count(client, tenants, tenant):
    rennes = make_location("RENNES")
    row = member_of(make_person(tenants[0], "ANALYST"))
    where = f"/settings/people/{row.pk}/"

    client.post(where, {"role": "PARTNER", "locations": [str(rennes.pk)]})
    row.refresh_from_db()
    assert (row.role, row.location_ids) == ("PARTNER", [rennes.pk])

    client.post(where, {"role": "MANAGER", "locations": [str(rennes.pk)]})
    row.refresh_from_db()
    assert (row.role, row.location_ids) == ("MANAGER", [])


def test_a_member_who_is_deactivated_is_out_with_the_next_click_and_may_come_back(client, tenants, tenant):
    user = make_person(tenants[0], "ANALYST")
    theirs, row = signed_in(user, tenants[0]), member_of(user)
    assert theirs.get("/stock/").status_code == 200

    client.post(f"/settings/people/{row.pk}/deactivate/")
    assert theirs.get("/stock/").url == "/"
    assert "May not enter" in text(client.get("/settings/"))

    client.post(f"/settings/people/{row.pk}/", {"role": "ANALYST"})
    row.refresh_from_db()
    assert row.active


def test_the_only_owner_stays(client, tenants, tenant, me):
    row = member_of(me)

    demoted = client.post(f"/settings/people/{row.pk}/", {"role": "ANALYST"})
    removed = client.post(f"/settings/people/{row.pk}/deactivate/")

    for answer in (demoted, removed):
        assert answer.status_code == 422
        assert "This is the only owner" in text(answer)
    row.refresh_from_db()
    assert (row.role, row.active) == ("OWNER", True)

    make_person(tenants[0], email="second@keravel.example")
    assert client.post(f"/settings/people/{row.pk}/deactivate/").status_code == 302


def test_the_secret_of_a_key_is_shown_once_and_works(client, tenant):
    made = client.post("/settings/keys/", {"name": "Till", "scopes": ["stock:read", "stock:write"]})

    secret = re.search(r'id="new-key">([^<]+)<', text(made))
    assert secret is not None
    assert made["Cache-Control"] == "no-store"
    assert secret[1] not in text(client.get("/settings/keys/"))
    access = access_of_api_key(secret[1], now=timezone.now())
    assert access is not None
    assert sorted(access.permissions) == ["stock:read", "stock:write"]

    client.post(f"/settings/keys/{ApiKey.objects.get().pk}/revoke/")
    assert access_of_api_key(secret[1], now=timezone.now()) is None
    assert client.post(f"/settings/keys/{ApiKey.objects.get().pk}/revoke/").status_code == 404


@pytest.mark.parametrize(
    "wrong", [{"scopes": []}, {"scopes": ["world:rule"]}, {"name": ""}, {"expires_at": "2020-01-01T00:00"}]
)
def test_a_key_is_refused_in_words_and_not_made(client, tenant, wrong):
    answer = client.post("/settings/keys/", {"name": "Till", "scopes": ["stock:read"], **wrong})

    assert answer.status_code == 422
    assert not ApiKey.objects.exists()


def test_a_second_factor_is_demanded_and_no_longer(client, tenant):
    client.post("/settings/safety/", {"mfa_required": "on"})
    assert Tenant.objects.get(pk=tenant.pk).mfa_required
    assert client.get("/settings/").url == "/account/2fa/"

    Tenant.objects.filter(pk=tenant.pk).update(mfa_required=True)
    assert AuditEntry.objects.filter(action="tenant.updated").count() == 1


def test_the_audit_trail_says_who_did_what(client, tenant):
    client.post("/settings/keys/", {"name": "Till", "scopes": ["stock:read"]})

    page = text(client.get("/settings/audit/?action=api_key.created"))

    assert page.count("data-row") == 1
    assert "Marie Le Goff" in page
    assert "API key created" in page
    assert "Name: Till" in page


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"kinds": ["STORE", "THREE_PL"]}, "Types de lieu\xa0: Magasin, Prestataire logistique"),
        (
            {"changes": {"kinds": [["STORE"], ["WAREHOUSE"]], "cap": [None, 5], "pool_only": [False, True]}},
            "Modifié\xa0: Types de lieu Magasin → Entrepôt\xa0; Au plus — → 5\xa0; Ne vendre que le stock dédié non → oui",
        ),
        ({"changes": ["opening", "postcode"], "query": ""}, "Modifié\xa0: Horaires d’ouverture, Code postal"),
        (
            {"changes": {"inherited": [[], ["buffer", "cap"]]}},
            "Modifié\xa0: Repris de la vue parente — → Stock tampon, Au plus",
        ),
        ({"something": "NEW"}, "something\xa0: NEW"),
    ],
)
def test_an_act_is_told_in_words(tenant, data, said):
    with override("fr"):
        assert details(AuditEntry(action="stock_view.saved", data=data)) == said


def test_what_can_be_changed_has_a_name():
    """The rooms above name the fields; this one says them."""
    buffers = {field.name for field in BufferRule._meta.fields} - {"id", "tenant", "created_at", "updated_at"}
    locations = {name for names in PARTS.values() for name in names}

    assert set(TOLD) | buffers | locations | {"opening", "closures"} <= set(NAMES)
    assert WORDS["kinds"] == dict(LocationKind.choices)
    assert WORDS["supply"] == dict(SupplyKind.choices)


def test_the_audit_trail_names_the_person_a_role_was_given_to(client, tenants, tenant):
    row = member_of(make_person(tenants[0], "ANALYST"))
    client.post(f"/settings/people/{row.pk}/", {"role": "MANAGER"})

    page = text(client.get("/settings/audit/?action=member.changed"))

    assert page.count("data-row") == 1
    assert f"{row.user}, Role: Manager" in page


def test_every_act_that_is_kept_has_words():
    calls = [
        (node.func.id, keyword.value.value)
        for room in ("oms", "inventory", "orchestration", "channels", "analytics")
        for path in (settings.BASE_DIR / room).rglob("*.py")
        if "audit(" in (source := path.read_text())
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        for keyword in node.keywords
        if keyword.arg == "action" and isinstance(keyword.value, ast.Constant)
    ]

    assert {action for name, action in calls if name == "audit"} == set(ACTIONS)


@pytest.mark.parametrize("where", PAGES)
def test_each_page_costs_the_same_for_one_row_and_three(client, tenants, tenant, where, django_assert_max_num_queries):
    create_api_key(name="One", scopes=["stock:read"], actor=SYSTEM)
    client.get(where)
    with django_assert_max_num_queries(30) as one:
        client.get(where)
    for role in ("ANALYST", "MANAGER"):
        make_person(tenants[0], role)
        create_api_key(name=role, scopes=["stock:read"], actor=SYSTEM)
    with django_assert_max_num_queries(30) as three:
        assert client.get(where).status_code == 200
    assert len(three.captured_queries) == len(one.captured_queries)


@pytest.mark.parametrize("role", ["MANAGER", "STORE_STAFF", "PARTNER", "INTEGRATOR"])
def test_only_owners_enter(tenants, tenant, me, role):
    key, _secret = create_api_key(name="One", scopes=["stock:read"], actor=SYSTEM)
    client, owner = signed_in(make_person(tenants[0], role), tenants[0]), member_of(me)

    assert {client.get(where).status_code for where in PAGES} == {403}
    acts = ["/settings/", "/settings/keys/", "/settings/safety/", f"/settings/keys/{key.pk}/revoke/"]
    acts += [f"/settings/people/{owner.pk}/", f"/settings/people/{owner.pk}/deactivate/"]
    assert {client.post(where, {"role": "OWNER", "mfa_required": "on"}).status_code for where in acts} == {403}
    assert not Tenant.objects.get(pk=tenant.pk).mfa_required
    assert ApiKey.objects.get().revoked_at is None


def test_people_and_keys_of_another_company_do_not_exist(client, tenants):
    rival = make_person(tenants[1])
    with tenant_scope(tenants[1].pk):
        key, _secret = create_api_key(name="Rival key", scopes=["stock:read"], actor=SYSTEM)
        row = member_of(rival)

    assert "rival.example" not in text(client.get("/settings/"))
    assert "Rival key" not in text(client.get("/settings/keys/"))
    for where in (f"people/{row.pk}/", f"people/{row.pk}/deactivate/", f"keys/{key.pk}/revoke/"):
        assert client.post(f"/settings/{where}", {"role": "ANALYST"}).status_code == 404
    assert client.get(f"/settings/people/{uuid4()}/").status_code == 404
    with tenant_scope(tenants[1].pk):
        assert ApiKey.objects.get().revoked_at is None


def seen_by(view, user, tenant):
    """What a view saw of the scope when the middleware ran it."""
    session = {SESSION_KEY: str(tenant.pk)}
    request = SimpleNamespace(user=user, session=session, headers={}, path="/x/", method="GET")
    return TenantMiddleware(lambda _request: HttpResponse()).process_view(request, view, (), {})


def test_a_view_that_asks_for_it_runs_outside_the_scope_after_the_access_check(tenants, me):
    def inside(_request):
        return open_tenant()

    def outside(request):
        assert request.access is not None
        return open_tenant()

    vars(outside)["tenant_scope_inside"] = frozenset({"GET"})

    assert seen_by(inside, me, tenants[0]) == tenants[0].pk
    assert seen_by(outside, me, tenants[0]) is None


def test_a_stranger_never_reaches_a_view_that_runs_outside_the_scope(tenants, me):
    def outside(_request):
        raise AssertionError

    vars(outside)["tenant_scope_inside"] = frozenset({"GET"})

    assert seen_by(outside, me, tenants[1]).url == "/"
    assert seen_by(outside, AnonymousUser(), tenants[0]) is None
