"""Any sequence of verbs, by two tenants: the books agree with a plain model, and every invariant holds after each step.

Then each guard is taken out, one by one: the same machine must notice.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError
from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import FlakyFailure
from hypothesis.stateful import run_state_machine_as_test

from inventory.models import PurchaseOrderLine
from inventory.rules import Pool
from inventory.rules.stock import Taken
from oms.tenancy.errors import OmsError
from tests.flows.machine import StockMachine
from tests.support import changed

if TYPE_CHECKING:
    from collections.abc import Callable

    Sabotage = Callable[[pytest.MonkeyPatch], None]

USUAL = settings(
    max_examples=15,
    stateful_step_count=40,
    deadline=None,
    database=None,
    derandomize=True,
    phases=[Phase.generate],  # a sequence that fails is short enough to read, and shrinking it takes minutes
    suppress_health_check=list(HealthCheck),
)
# Many short sequences try more than a few long ones: what is made before them leaves each guard something to do.
UNTIL_IT_FAILS = settings(USUAL, max_examples=200, stateful_step_count=12)


@pytest.fixture(autouse=True)
def built(db):
    StockMachine.build()


def test_the_books_agree_with_the_model():
    run_state_machine_as_test(StockMachine, settings=USUAL)


def _statement(module: str, name: str, *changes: tuple[str, str]) -> Sabotage:
    def sabotage(patch: pytest.MonkeyPatch) -> None:
        target = import_module(module)
        patch.setattr(target, name, changed(getattr(target, name), *changes))

    return sabotage


def _always(module: str, name: str, answer: object) -> Sabotage:
    return lambda patch: patch.setattr(import_module(module), name, lambda *_args, **_options: answer)


def _attribute(owner: object, name: str, value: object) -> Sabotage:
    return lambda patch: patch.setattr(owner, name, value)


def _sell_everything(pool: Pool, wanted):
    return [
        Taken(sku_id, next(iter(pool._free[sku_id])), units) for sku_id, units in wanted.items() if pool._free[sku_id]
    ]


def _without_reserved(end: Callable[..., None]) -> Callable[..., None]:
    def ends(*, buckets, **options):
        end(buckets=[each for each in buckets if each != "RESERVED"] or ["ON_HAND"], **options)

    return ends


def _forgetful_promise(patch: pytest.MonkeyPatch) -> None:
    """Neither what is offered nor what is written looks at what was promised before."""
    promise = import_module("inventory.services.promise")
    offers = promise.coming_to
    condition = "l.promised + a.units <= l.quantity - l.received - l.cancelled"
    kind = next(iter(promise._PROMISE))
    patch.setattr(promise, "_PROMISE", {**promise._PROMISE, kind: changed(promise._PROMISE[kind], (condition, "true"))})

    def forgetful(view, sku_ids, *, without):
        lines = PurchaseOrderLine.objects.filter(sku_id__in=list(sku_ids))
        return offers(view, sku_ids, without={line.pk: line.promised for line in lines})

    patch.setattr(promise, "coming_to", forgetful)


RESERVE, SETTLE = "inventory.services.reserve", "inventory.services.settle"
FREE = "l.on_hand - l.reserved - l.buffer"
SABOTAGE: dict[str, list[Sabotage]] = {
    "a reservation that does not look": [
        _attribute(Pool, "take", _sell_everything),
        _statement(RESERVE, "_RESERVE_ONE", (f"AND {FREE} >= %(quantity)s", "")),
        _statement(RESERVE, "_RESERVE", (f"AND {FREE} >= total.quantity", ""), (f"{FREE} AS free", "1000 AS free")),
    ],
    "a reservation that is counted twice": [
        _statement(RESERVE, "_RESERVE_ONE", ("l.reserved + %(quantity)s", "l.reserved + 2 * %(quantity)s")),
        _statement(RESERVE, "_RESERVE", ("l.reserved + total.quantity", "l.reserved + 2 * total.quantity")),
    ],
    "baskets that never end": [_always("inventory.services.expire", "lock_expired", [])],
    "units that leave and stay reserved": [
        _attribute(import_module(SETTLE), "end_reservations", _without_reserved(import_module(SETTLE).end_reservations))
    ],
    "a split that keeps everything": [_always("oms.orders.services.move", "split_reservations", None)],
    "units to come that are promised twice": [_forgetful_promise],
    "a delivery given up that is still waited for": [_always("inventory.services.inbound", "settle_supply", [])],
    "a delivery that nobody gets": [_always("inventory.services.inbound", "reserve_arrived", None)],
    "a new day that nobody hears of": [_always("inventory.services.inbound", "_supply_changed", None)],
}


@pytest.mark.parametrize("name", SABOTAGE)
def test_a_guard_that_is_missing_is_noticed(name, monkeypatch):
    for sabotage in SABOTAGE[name]:
        sabotage(monkeypatch)

    with pytest.raises((AssertionError, OmsError, IntegrityError, FlakyFailure)):
        run_state_machine_as_test(StockMachine, settings=UNTIL_IT_FAILS)
