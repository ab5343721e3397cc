"""Bad input: each gets a clear refusal, and nothing of it is kept."""

from __future__ import annotations

import pytest
import time_machine
from django.db import OperationalError

from inventory.errors import CodeTaken
from inventory.models import Reservation, Sku, StockLevel, StockMovement
from inventory.services import create_sku
from oms.orders.models import Order
from oms.tenancy.context import tenant_scope
from oms.tenancy.services import create_api_key, revoke_api_key
from oms.tenancy.types import SYSTEM
from tests.api.client import ApiClient, make_key

ORDER = {
    "channel": "web",
    "external_id": "A-1",
    "lines": [{"sku": "MUG", "quantity": 1, "unit_price": "10.00"}],
}


def problem_of(response, status, code):
    """The problem document, after the checks that hold for every one of them."""
    assert response.status_code == status, response.content
    assert response.headers["Content-Type"] == "application/problem+json"
    document = response.json()
    assert document["status"] == status
    assert document["code"] == code
    assert document["type"] == f"urn:baton:problem:{code}"
    assert document["title"]
    assert document["detail"]
    assert document["request_id"] == response.headers["X-Request-ID"]
    return document


def test_malformed_json(api, shop):
    document = problem_of(api.post("/reservations", b'{"reference": "b1", '), 400, "parse_error")

    assert document["instance"] == "/api/v1/reservations"


def test_a_body_that_is_not_an_object(api, shop):
    document = problem_of(api.post("/reservations", [1, 2]), 422, "invalid")

    assert document["errors"][0]["pointer"] == "#"


def test_another_media_type(api, shop):
    problem_of(
        api.post("/skus", b"code=MUG", Content_Type="application/x-www-form-urlencoded"), 415, "unsupported_media_type"
    )


def test_an_unknown_field_is_not_lost_but_named(api, shop):
    body = {"reference": "b1", "lines": [{"sku": "MUG", "quantity": 1, "qty": 2}], "veiw": "web"}

    document = problem_of(api.post("/reservations", body), 422, "invalid")

    assert {error["pointer"] for error in document["errors"]} == {"#/lines/0/qty", "#/veiw"}
    assert {error["code"] for error in document["errors"]} == {"unknown_field"}


def test_an_unknown_sku_is_pointed_at(api, shop):
    body = {"reference": "b1", "lines": [{"sku": "MUG", "quantity": 1}, {"sku": "HAT", "quantity": 1}]}

    document = problem_of(api.post("/reservations", body), 422, "inventory.unknown_sku")

    assert [error["pointer"] for error in document["errors"]] == ["#/lines/1/sku"]
    assert document["data"] == {"skus": ["HAT"]}
    with tenant_scope(shop.tenant.pk):
        assert Reservation.objects.count() == 0


@pytest.mark.parametrize("quantity", [-1, 0, 1.5, "2", True, None, 10**12])
def test_a_quantity_that_is_none(api, shop, quantity):
    body = {"reference": "b1", "lines": [{"sku": "MUG", "quantity": quantity}]}

    document = problem_of(api.post("/reservations", body), 422, "invalid")

    assert document["errors"][0]["pointer"] == "#/lines/0/quantity"


def test_a_negative_level_is_refused_and_the_level_stays(api, shop):
    body = {"levels": [{"sku": "MUG", "location": "RENNES", "on_hand": -5}]}

    document = problem_of(api.put("/stock/levels", body), 422, "invalid")

    assert document["errors"][0]["pointer"] == "#/levels/0/on_hand"
    with tenant_scope(shop.tenant.pk):
        assert StockLevel.objects.get().on_hand == 10


def test_a_movement_below_zero_is_a_conflict(api, shop):
    body = {"sku": "MUG", "location": "RENNES", "quantity": -11}

    problem_of(api.post("/stock/movements", body), 409, "inventory.negative_stock")

    with tenant_scope(shop.tenant.pk):
        assert StockLevel.objects.get().on_hand == 10
        assert StockMovement.objects.count() == 1


def test_an_unknown_currency(api, shop):
    document = problem_of(api.post("/orders", {**ORDER, "currency": "XXZ"}), 422, "orders.invalid")

    assert document["errors"][0]["pointer"] == "#/currency"


def test_an_unknown_channel(api, shop):
    document = problem_of(api.post("/orders", {**ORDER, "channel": "nowhere"}), 422, "orders.invalid")

    assert document["errors"][0]["pointer"] == "#/channel"


def test_a_total_that_does_not_add_up(api, shop):
    document = problem_of(api.post("/orders", {**ORDER, "total": "11.00"}), 422, "orders.invalid")

    assert document["errors"][0]["pointer"] == "#/total"
    with tenant_scope(shop.tenant.pk):
        assert Order.objects.count() == 0


def test_a_body_over_the_limit(api, shop):
    problem_of(api.post("/reservations", b'{"reference":"' + b"x" * 1_100_000 + b'"}'), 413, "body_too_large")


def test_a_bulk_body_over_ten_mebibytes(api, shop):
    problem_of(api.put("/stock/levels", b'{"levels":["' + b"x" * 10_600_000 + b'"]}'), 413, "body_too_large")


def test_a_bulk_body_may_be_larger_than_another(api, shop):
    body = b'{"levels":[{"sku":"MUG","location":"RENNES","on_hand":4}]' + b" " * 2_000_000 + b"}"

    assert api.put("/stock/levels", body).status_code == 200


def test_the_character_nul(api, shop):
    problem_of(api.post("/skus", b'{"code":"A\\u0000","name":"n"}'), 400, "parse_error")
    problem_of(api.post("/skus", {"code": "A", "name": "n", "attributes": {"a": {"b": ["\0"]}}}), 400, "parse_error")


def test_an_endless_number(api, shop):
    problem_of(api.post("/skus", b'{"code":"A","name":"n","attributes":{"a":1e400}}'), 400, "parse_error")


def test_a_number_of_many_digits_is_kept(api, shop):
    made = api.post("/skus", b'{"code":"A","name":"n","attributes":{"a":1e30}}')

    assert made.status_code == 201
    assert made.json()["attributes"] == {"a": 10**30}


@pytest.mark.parametrize("query", ["active=", "active=null", "active=true&active=true", "code=", "updated_since="])
def test_a_filter_that_would_filter_nothing(api, shop, query):
    problem_of(api.get(f"/skus?{query}"), 400, "invalid_parameter")


@pytest.mark.parametrize("price", ["", "-1", "1,5", "1e3", "1.234", "NaN", True, [], -1, "99999999999"])
def test_money_that_is_none(api, shop, price):
    document = problem_of(api.post("/skus", {"code": "A", "name": "n", "price": price}), 422, "invalid")

    assert document["errors"][0]["pointer"] == "#/price"


def test_deep_json_is_not_read(api, shop):
    problem_of(
        api.post("/skus", b'{"code":"A","name":"n","attributes":' + b'{"a":' * 5000 + b"1" + b"}" * 5001),
        400,
        "parse_error",
    )


def test_a_wrong_query_parameter_is_named_and_not_ignored(api, shop):
    document = problem_of(api.get("/orders?statsu=HELD"), 400, "invalid_parameter")
    assert document["errors"][0]["parameter"] == "statsu"

    document = problem_of(api.get("/orders?status=HELDD"), 400, "invalid_parameter")
    assert document["errors"][0]["parameter"] == "status"


@pytest.mark.parametrize("limit", ["0", "201", "-1", "x", "1000000", "1e2", "٣"])
def test_a_limit_that_is_none(api, shop, limit):
    problem_of(api.get(f"/skus?limit={limit}"), 400, "invalid_parameter")


@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "WzAsWyJhIl1d", "WzAsWyJcdTAwMDAiLCJhIl1d", "%00", "é"])
def test_a_cursor_that_is_none(api, shop, cursor):
    for path in ("/skus", "/events"):
        problem_of(api.get(f"{path}?cursor={cursor}"), 400, "invalid_parameter")


def test_nul_in_the_query(api, shop):
    for path in ("/skus?code=%00", "/orders?customer_email=%00", "/availability?sku=%00"):
        problem_of(api.get(path), 400, "invalid_parameter")


def test_no_credential(shop):
    response = ApiClient("").get("/skus")

    problem_of(response, 401, "not_authenticated")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="Baton API"'


@pytest.mark.parametrize("secret", ["nonsense", "baton_", "baton_" + "0" * 32 + "_" + "x" * 43, "baton_zz", "é"])
def test_an_unknown_key(shop, secret):
    problem_of(ApiClient(secret).get("/skus"), 401, "authentication_failed")


def test_another_secret_of_the_same_tenant(shop):
    problem_of(ApiClient(make_key(shop.tenant)[:-1] + "!").get("/skus"), 401, "authentication_failed")


def test_a_revoked_key(shop, now):
    with tenant_scope(shop.tenant.pk):
        key, secret = create_api_key(name="old", scopes=["catalogue:read"], actor=SYSTEM)
    assert ApiClient(secret).get("/skus").status_code == 200

    with tenant_scope(shop.tenant.pk):
        revoke_api_key(key_id=key.pk, now=now, actor=SYSTEM)

    problem_of(ApiClient(secret).get("/skus"), 401, "authentication_failed")


def test_an_expired_key(shop, now):
    secret = make_key(shop.tenant, expires_at=now)
    with time_machine.travel(now.replace(hour=9), tick=False):
        assert ApiClient(secret).get("/skus").status_code == 200
    with time_machine.travel(now.replace(hour=11), tick=False):
        problem_of(ApiClient(secret).get("/skus"), 401, "authentication_failed")


def test_a_key_of_a_closed_tenant(shop):
    secret = make_key(shop.tenant)
    with tenant_scope(shop.tenant.pk):
        type(shop.tenant).objects.filter(pk=shop.tenant.pk).update(active=False)

    problem_of(ApiClient(secret).get("/skus"), 401, "authentication_failed")


def test_a_credential_in_the_address_is_refused(shop):
    secret = make_key(shop.tenant)

    problem_of(ApiClient("").get(f"/skus?access_token={secret}"), 401, "authentication_failed")
    problem_of(ApiClient(secret).get("/skus?token=x"), 401, "authentication_failed")


def test_a_scope_that_is_missing(shop):
    reader = ApiClient(make_key(shop.tenant, ["catalogue:read"]))

    problem_of(reader.post("/skus", {"code": "HAT", "name": "Hat"}), 403, "permission_denied")

    with tenant_scope(shop.tenant.pk):
        assert Sku.objects.count() == 1


def test_a_foreign_id_does_not_exist(api, shop, rival):
    for path in (f"/skus/{rival.sku.pk}", f"/locations/{rival.location.pk}"):
        problem_of(api.get(path), 404, "oms.not_found")


def test_an_id_that_is_none(api, shop):
    problem_of(api.get("/orders/CMD"), 404, "not_found")


def test_an_address_that_is_none(api):
    problem_of(api.get("/nothing/here"), 404, "not_found")
    problem_of(ApiClient("").post("/nothing"), 404, "not_found")


def test_a_method_that_is_none(api, shop):
    response = api.delete("/skus")

    problem_of(response, 405, "method_not_allowed")
    assert response.headers["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_options_tells_the_methods(api, shop):
    response = api.send("OPTIONS", "/stock/levels")

    assert (response.status_code, response.headers["Allow"]) == (204, "GET, PUT, HEAD, OPTIONS")


def test_too_many_requests(api, shop, settings):
    settings.API_RATE_PER_MINUTE = 3

    responses = [api.get("/skus") for _request in range(4)]

    assert [response.status_code for response in responses] == [200, 200, 200, 429]
    assert [response.headers["RateLimit-Remaining"] for response in responses] == ["2", "1", "0", "0"]
    assert responses[0].headers["RateLimit-Limit"] == "3"
    problem_of(responses[3], 429, "too_many_requests")
    assert 1 <= int(responses[3].headers["Retry-After"]) <= 20


def test_one_tenants_flood_does_not_slow_another(api, rival_api, shop, rival, settings):
    settings.API_RATE_PER_MINUTE = 1
    assert [api.get("/skus").status_code for _request in range(2)] == [200, 429]

    assert rival_api.get("/skus").status_code == 200


def test_a_bulk_write_costs_more(api, shop, settings):
    settings.API_RATE_PER_MINUTE = 15
    body = {"levels": [{"sku": "MUG", "location": "RENNES", "on_hand": 4}]}

    assert [api.put("/stock/levels", body).status_code for _request in range(2)] == [200, 429]


def test_a_busy_database_is_asked_again(api, shop, monkeypatch):
    def time_out(**_arguments):
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr("inventory.api.viewsets.availability.reserve_baskets", time_out)
    response = api.post("/reservations", {"reference": "b1", "lines": [{"sku": "MUG", "quantity": 1}]})

    problem_of(response, 503, "busy")
    assert response.headers["Retry-After"] == "1"


def test_what_a_refused_request_wrote_is_undone(api, shop, monkeypatch):
    def write_then_refuse(**fields):
        create_sku(**fields)
        raise CodeTaken("Taken.", code=fields["code"])

    monkeypatch.setattr("inventory.api.viewsets.catalogue.create_sku", write_then_refuse)
    problem_of(api.post("/skus", {"code": "HAT", "name": "Hat"}), 409, "inventory.code_taken")

    with tenant_scope(shop.tenant.pk):
        assert not Sku.objects.filter(code="HAT").exists()
