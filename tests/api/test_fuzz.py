"""Generated requests over the whole OpenAPI document: none breaks the server, each answer is one the document tells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.python._constants.orchestrator import make_constants_value_source
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from oms.rest.formats import to_json
from oms.rest.schema import document
from oms.tenancy.services import create_tenant
from oms.tenancy.types import SYSTEM
from oms.wsgi import application
from tests.api.client import make_key
from tests.conftest import NOW
from tests.matrix import fill

if TYPE_CHECKING:
    from collections.abc import Iterator

    from schemathesis.specs.openapi.schemas import OpenApiSchema

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
    unsupported_method,
]
# Which model the `{id}` of an address names.
NAMED = {
    "skus": "Sku",
    "locations": "Location",
    "imports": "ImportRun",
    "orders": "Order",
    "fulfilments": "FulfilmentOrder",
    "channels": "SalesChannel",
    "purchase-orders": "PurchaseOrder",
    "transfers": "Transfer",
    "counts": "StockCount",
    "stock": "BufferRule",
}


@pytest.fixture(scope="module")
def shop_of_everything(django_db_setup, django_db_blocker) -> Iterator[tuple[str, dict[str, list[Any]]]]:
    """A key of a tenant that has one of everything, and its rows; built once, undone after the last request."""
    signals = (request_started, request_finished)
    with django_db_blocker.unblock(), transaction.atomic():
        # A WSGI server closes old connections around each request; this transaction needs its own to stay.
        for signal in signals:
            signal.disconnect(close_old_connections)
        tenant = create_tenant(slug="keravel", name="Maison Keravel", actor=SYSTEM)
        yield make_key(tenant), fill(tenant, now=NOW)
        for signal in signals:
            signal.connect(close_old_connections)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def schema() -> OpenApiSchema:
    found = schemathesis.openapi.from_dict(orjson.loads(to_json(document())))
    found.app = application
    found.hook(filter_query)
    return found


def filter_query(context: schemathesis.HookContext, query: dict[str, Any] | None) -> bool:
    """A single value where several may be is no violation: on the wire it is a list of one."""
    lists = [each.name for each in context.operation.query if each.definition.get("schema", {}).get("type") == "array"]
    return all(isinstance((query or {}).get(name, []), list) for name in lists)


@settings(
    max_examples=6,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def send(case: schemathesis.Case, key: str, things: dict[str, list[Any]]) -> None:
    """Every second request names a row that is there."""
    model = NAMED.get(case.path.strip("/").split("/")[2])
    if model and "id" in case.path_parameters and hash(case) % 2:
        rows = things[model]
        case.path_parameters["id"] = str(rows[hash(case) // 2 % len(rows)].pk)

    case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("path", "method"), [(path, method) for path, methods in document()["paths"].items() for method in methods]
)
def test_nothing_that_is_sent_breaks_the_server(schema, shop_of_everything, path, method):
    """`schema.parametrize` would make the requests of every operation while tests are collected, in each worker."""
    key, things = shop_of_everything
    learnt = FeedbackSources(constants_value_source=make_constants_value_source(schema))
    send_all = build_operation_test(
        config=schema.config, operation=schema[path][method], test_func=send, given_kwargs={}, feedback=learnt
    )

    send_all(key=key, things=things)


def test_the_document_is_openapi_and_every_operation_has_its_name():
    found = document()
    names = [operation["operationId"] for path in found["paths"].values() for operation in path.values()]

    assert found["openapi"] == "3.1.0"
    assert len(names) == len(set(names))
