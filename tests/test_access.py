"""Who may do what, over every address: each view says what it needs [I2], and no address leads to another tenant's data."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any

import pytest
from django.db import transaction
from django.test import Client

from oms.rest.permissions import DeclaredPermission
from oms.rest.viewsets import TenantViewSet
from oms.tenancy.enums import Role
from oms.tenancy.middleware import SESSION_KEY
from oms.tenancy.models import User
from oms.tenancy.permissions import BOUND_TO_LOCATIONS, TABLE, Permission
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM
from oms.web import pages
from tests.conftest import NOW
from tests.matrix import SECRET, fill, make_owner
from tests.routes import Route, routes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from oms.tenancy.models import Tenant

ROUTES = routes()
API = [route for route in ROUTES if route.cls is not None]
WEB = [route for route in ROUTES if route.cls is None]
# Views that anybody may open, and why.
OPEN = {
    "/api/v1/openapi.json": "tells shapes, no data",
    "/api/v1/docs": "shows the document above",
}
# Addresses whose parameters name no row of a tenant.
NAMELESS = {
    "/channels/new/{kind}/": "a kind of connector",
    "/hooks/{tenant_id}/{connection_id}/{token}": "named by the tenant itself; tests/channels tries it",
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


@pytest.mark.parametrize("route", API, ids=str)
def test_every_action_declares_its_permission(route):
    for action in route.actions.values():
        assert isinstance(route.cls.permissions.get(action), Permission), f"{route}: {action} declares no permission"
    assert route.cls.open_to_bound <= set(route.cls.permissions)


@pytest.mark.parametrize("route", WEB, ids=str)
def test_every_page_declares_its_permission(route):
    if str(route) not in OPEN:
        assert getattr(route.view, "declared", False), f"{route} declares no permission"
        needed = route.view.permission
        assert needed is None or isinstance(needed, Permission)


def test_a_view_that_declares_nothing_is_noticed():
    class Undeclared(TenantViewSet):
        def list(self, _request):
            raise NotImplementedError

    page, api = Route("nowhere/", lambda _request: None), Route("api/", Undeclared.as_view({"get": "list"}))

    with pytest.raises(AssertionError, match="/nowhere/ declares no permission"):
        test_every_page_declares_its_permission(page)
    with pytest.raises(AssertionError, match="list declares no permission"):
        test_every_action_declares_its_permission(api)


def test_an_action_without_a_permission_is_refused_to_everyone(tenants, monkeypatch):
    (skus,) = [route.cls for route in API if str(route) == "/api/v1/skus"]
    monkeypatch.setattr(skus, "permissions", {})

    response = signed_in(make_owner(tenants[0]), tenants[0]).get("/api/v1/skus")

    assert response.status_code == 403


def signed_in(user: Any, tenant: Tenant) -> Client:
    client = Client()
    client.force_login(user)
    session = client.session
    session[SESSION_KEY] = str(tenant.pk)
    session.save()
    return client


def ask(client: Client, method: str, address: str) -> Any:
    """Send a request and undo what it did."""
    sent = {"content_type": "application/json", "data": b"{}"} if address.startswith("/api/") else {"data": {}}
    with transaction.atomic():
        response = getattr(client, method.lower())(address, **({} if method == "GET" else sent))
        transaction.set_rollback(True)
    return response


@pytest.mark.parametrize("role", list(Role))
def test_each_role_may_do_what_the_table_says_and_nothing_else(tenants, role):
    client = signed_in(make_owner(tenants[0], role), tenants[0])
    for route in API:
        for method, action in route.actions.items():
            needed = route.cls.permissions[action]
            bound = role in BOUND_TO_LOCATIONS
            may = needed in TABLE[role] and (not bound or action in route.cls.open_to_bound)

            response = ask(client, method, route.at(pk="018f0000-0000-7000-8000-000000000000"))

            assert (response.status_code != 403) is may, f"{role} {method} {route}: {response.status_code}"


@pytest.mark.parametrize("role", list(Role))
def test_each_role_opens_the_pages_of_its_permissions_and_no_others(tenants, role):
    client = signed_in(make_owner(tenants[0], role), tenants[0])
    for route in WEB:
        needed = getattr(route.view, "permission", None)
        if needed is None or needed in TABLE[role]:
            continue
        values = dict.fromkeys(route.parameters, "018f0000-0000-7000-8000-000000000000")
        if "key" in values:
            values["key"] = "pick"
        answers = {method: ask(client, method, route.at(**values)).status_code for method in ("GET", "POST")}
        assert set(answers.values()) <= {403, 405}, f"{role} {route}: {answers}"
        assert 403 in answers.values(), f"{role} {route}: {answers}"


def test_a_check_that_lets_everybody_pass_is_noticed(tenants, monkeypatch):
    monkeypatch.setattr(DeclaredPermission, "has_permission", lambda *_request: True)
    with pytest.raises(AssertionError, match="ANALYST"):
        test_each_role_may_do_what_the_table_says_and_nothing_else(tenants, Role.ANALYST)

    monkeypatch.setattr(pages, "_stop", lambda *_request: None)
    with pytest.raises(AssertionError, match="STORE_STAFF"):
        test_each_role_opens_the_pages_of_its_permissions_and_no_others(tenants, Role.STORE_STAFF)


@pytest.fixture(scope="module")
def two(django_db_setup, django_db_blocker) -> Iterator[tuple[Client, Client, dict[str, list[Any]]]]:
    """Keravel's owner, Rival's owner, and what Rival has; built once, undone after the last test."""
    with django_db_blocker.unblock(), transaction.atomic():
        keravel = create_tenant(slug="keravel", name="Maison Keravel", actor=SYSTEM)
        rival = create_tenant(slug="rival", name="Rival", actor=SYSTEM)
        things = fill(rival, now=NOW)
        owner = User.objects.get(email="owner@rival.example")
        yield signed_in(make_owner(keravel), keravel), signed_in(owner, rival), things
        transaction.set_rollback(True)


# What stands for a row in an address, beside its id.
WORDS = ("code", "number", "reference", "external_id")
# Words of addresses that are not the name of a model.
MEANS = {
    "jobs": "fulfilmentorder",
    "stock": "sku",
    "store": "location",
    "rules": "rulesetversion",
    "edit": "stockview",
    "views": "savedview",
    "parked": "parkeditem",
    "dead-letters": "delivery",
    "purchase-orders": "purchaseorder",
    "counts": "stockcount",
    "buffers": "bufferrule",
    "handling": "location",
    "arrivals": "purchaseorder",
}


def handles(row: Any, kind: str) -> list[str]:
    """What may stand for a row in an address."""
    if "UUID" in kind:
        return [str(row.pk)]
    words = [str(getattr(row, name)).removeprefix("basket:") for name in WORDS if getattr(row, name, "")]
    return [*words, str(row.pk)]


def candidates(route: Route, name: str, things: dict[str, list[Any]]) -> list[str]:
    """Everything that Rival has, what the address seems to speak of first."""
    before = str(route).split("{" + name)[0].strip("/").split("/")[-1]
    spoken = {MEANS.get(before, before.rstrip("s")), name.removesuffix("_id")}
    ranked = sorted(
        things, key=lambda model: (model.lower() not in spoken, not any(word in model.lower() for word in spoken))
    )
    rows = [row for model in ranked for row in (*things[model][:7], *things[model][-1:])]
    found = [handle for row in rows for handle in handles(row, route.parameters[name])]
    return list(dict.fromkeys(found))


def values_for(route: Route, things: dict[str, list[Any]]) -> Iterator[dict[str, str]]:
    """Ways to fill a route's parameters with what Rival has; of two, the first is where the second is looked for."""
    first, *others = route.parameters
    parents = candidates(route, first, things)
    if not others:
        yield from ({first: value} for value in parents)
        return
    (second,) = others
    children = ["pick"] if second == "key" else candidates(route, second, things)
    # What the address seems to speak of is tried under every parent before anything else.
    for some in (children[:20], children[20:]):
        yield from ({first: parent, second: child} for parent in parents[:7] for child in some)


def methods_of(route: Route) -> tuple[str, ...]:
    return tuple(route.actions) if route.cls is not None else ("GET", "POST")


NAMED = [route for route in ROUTES if route.parameters and str(route) not in NAMELESS]


@pytest.mark.parametrize("route", NAMED, ids=str)
def test_what_another_tenant_has_is_nowhere(two, route):
    """First as Rival, to be sure that the address leads to something; then as Keravel, for whom there must be nothing."""
    keravel, rival, things = two
    tried = 0
    led: list[dict[str, str]] = []
    for method in methods_of(route):
        found = None
        # What one method has found is what the next one most likely speaks of.
        for values in chain(led, values_for(route, things)):
            status = ask(rival, method, route.at(**values)).status_code
            if status == 405:
                break
            if status != 404:
                found = values
                break
        else:
            pytest.fail(f"Rival has nothing at {method} {route}: let tests.matrix.fill make it")
        if found is None:
            continue
        led = [found]
        response = ask(keravel, method, route.at(**found))
        assert response.status_code == 404, f"{method} {route.at(**found)}"
        assert SECRET not in response.content.decode()
        tried += 1
    assert tried, f"{route} was never tried"


@pytest.mark.parametrize("route", [route for route in API if "list" in route.actions.values()], ids=str)
def test_no_list_and_no_filter_shows_another_tenants_rows(two, route):
    keravel, rival, things = two
    words = {handles(rows[0], "")[0] for rows in things.values() if rows and len(handles(rows[0], "")) > 1}
    words |= {str(things["Order"][0].pk), "2000-01-01T00:00:00Z", "true"}

    assert ask(keravel, "GET", route.at()).json()["results"] == []
    # Events become visible only after their transaction, which these tests undo.
    assert ask(rival, "GET", route.at()).json()["results"] or str(route) == "/api/v1/events"
    filters = getattr(route.cls, "filterset_class", None)
    for name in filters.base_filters if filters else ():
        for word in words:
            response = ask(keravel, "GET", f"{route.at()}?{name}={word}")
            assert response.status_code in {200, 400}, response.content
            assert response.status_code == 400 or response.json()["results"] == []


@pytest.mark.parametrize("route", [route for route in WEB if not route.parameters], ids=str)
def test_no_page_shows_another_tenants_rows(two, route):
    keravel, _rival, _things = two
    for address in (route.at(), f"{route.at()}?q=HAT-77", f"{route.at()}?q=CMD-"):
        response = ask(keravel, "GET", address)
        body = response.content.decode() if not response.streaming else b"".join(response.streaming_content).decode()
        assert SECRET not in body
        assert "HAT-77" not in body.replace("q=HAT-77", "").replace('value="HAT-77"', "")


BODIES = [
    ("POST", "/api/v1/reservations", {"reference": "r", "lines": [{"sku": "HAT-77", "quantity": 1}]}),
    (
        "POST",
        "/api/v1/reservations",
        {"reference": "r", "view": "rival-view", "lines": [{"sku": "MUG", "quantity": 1}]},
    ),
    ("PUT", "/api/v1/stock/levels", {"levels": [{"sku": "HAT-77", "location": "LILLE-77", "on_hand": 0}]}),
    ("POST", "/api/v1/stock/movements", {"sku": "HAT-77", "location": "LILLE-77", "quantity": -1}),
    (
        "PUT",
        "/api/v1/stock/pools",
        {"pools": [{"sku": "HAT-77", "location": "LILLE-77", "pool": "x", "quantity": 1}]},
    ),
    (
        "POST",
        "/api/v1/orders",
        {"channel": "rival-shop", "external_id": "1", "lines": [{"sku": "HAT-77", "quantity": 1}]},
    ),
    ("POST", "/api/v1/channels", {"name": "x", "view": "rival-view"}),
    (
        "POST",
        "/api/v1/purchase-orders",
        {"supplier": "S", "location": "LILLE-77", "lines": [{"sku": "MUG", "quantity": 1}]},
    ),
    (
        "POST",
        "/api/v1/transfers",
        {"origin": "LILLE-77", "destination": "DEPOT-77", "lines": [{"sku": "HAT-77", "quantity": 1}]},
    ),
    (
        "POST",
        "/api/v1/transfer-proposals",
        {"proposals": [{"sku": "CAP-77", "origin": "DEPOT-77", "destination": "LILLE-77", "quantity": 1}]},
    ),
    ("POST", "/api/v1/counts", {"location": "DEPOT-77"}),
    ("POST", "/api/v1/count-proposals", {"location": "DEPOT-77"}),
    ("GET", "/api/v1/count-proposals?location=DEPOT-77", None),
    (
        "PUT",
        "/api/v1/stock/buffers/own",
        {"buffers": [{"sku": "HAT-77", "location": "LILLE-77", "units": 1}]},
    ),
    ("GET", "/api/v1/inbound-supply?sku=CAP-77", None),
    ("GET", "/api/v1/shrinkage?location=DEPOT-77", None),
    ("GET", "/api/v1/availability?sku=HAT-77", None),
    ("GET", "/api/v1/availability?sku=HAT-77&view=rival-view", None),
    ("GET", "/api/v1/availability/dates?sku=HAT-77", None),
    ("GET", "/api/v1/availability/dates?sku=MUG&view=rival-view", None),
    ("POST", "/api/v1/stock/views", {"code": "x", "name": "x", "parent": "rival-view"}),
]


@pytest.mark.parametrize(("method", "address", "body"), BODIES)
def test_no_body_names_another_tenants_rows(two, method, address, body):
    keravel, _rival, _things = two
    with transaction.atomic():
        response = getattr(keravel, method.lower())(
            address, **({} if body is None else {"data": body, "content_type": "application/json"})
        )
        transaction.set_rollback(True)

    assert response.status_code == 422
    assert SECRET not in response.content.decode()
