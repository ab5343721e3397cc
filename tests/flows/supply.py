"""What suppliers owe, and who waits for it: verbs of the stock machine."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from inventory.errors import WrongDocumentState
from inventory.models import PurchaseOrder
from inventory.services import (
    cancel_purchase_order,
    close_purchase_order,
    receive_purchase_order,
    reschedule_purchase_order,
)
from inventory.types import Arrival
from oms.tenancy.context import tenant_scope
from tests.flows.books import DOCK, HORIZON, SKUS, Bought, World
from tests.inventory.documents import line_of, make_purchase

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

TENANTS = ("keravel", "rival")
units = st.integers(1, 4)
skus, tenants = st.sampled_from(SKUS), st.sampled_from(TENANTS)
# In how many days a delivery is expected: soon, or beyond what is sold ahead.
days = st.sampled_from([2, 5, HORIZON + 20])


class SupplyVerbs(RuleBasedStateMachine):
    """Purchase orders are made, moved, received in parts and given up, with what the machine gives."""

    worlds: dict[str, World]
    now: datetime
    _do: Callable[..., Any]
    _follow: Callable[[World], None]
    _told: Callable[[World], Any]
    _deliver: Callable[[World, Any], None]

    @rule(who=tenants, sku=skus, quantity=units, day=days)
    def buy(self, who: str, sku: str, quantity: int, day: int) -> None:
        world, on = self.worlds[who], self.now.date() + timedelta(days=day)
        wanted = (world.places[DOCK], (world.skus[sku], quantity))
        made = self._do(world, lambda: make_purchase(*wanted, now=self.now, expected_date=on))
        with tenant_scope(world.tenant.pk):
            world.bought[made.pk] = Bought(line_of(made, world.skus[sku]).pk, sku, quantity, on)

    @rule(who=tenants, data=st.data(), good=st.integers(0, 5), damaged=st.integers(0, 2))
    def deliver(self, who: str, data: st.DataObject, good: int, damaged: int) -> None:
        """Part of an order, all of it or more; those who wait for it have it at once, and the same delivery comes once."""
        world = self.worlds[who]
        order_id, bought = self._bought(world, data)
        if bought is None or not good + damaged:
            return
        cell = (bought.sku, DOCK, "")
        served = min(good, self._waits(world, bought))
        rest = min(self._waits(world, bought) - served, max(bought.open - good - damaged, 0))
        key, arrivals = f"delivery-{world.next()}", [Arrival(bought.line, good, damaged, "more came")]
        for _twice in range(2):
            self._do(world, lambda: receive_purchase_order(order_id=order_id, arrivals=arrivals, key=key, now=self.now))
        world.on_hand[cell] += good
        world.set_aside[cell] += damaged
        bought.open = max(bought.open - good - damaged, 0)
        before, enough = world.reserved[cell], world.free(cell) >= served
        self._follow(world)
        if enough:
            assert world.reserved[cell] == before + served, f"{served} of {good} units were promised"
        assert self._waits(world, bought) == rest

    @rule(who=tenants, data=st.data())
    def give_a_delivery_up(self, who: str, data: st.DataObject) -> None:
        """What has not come will not: nobody waits for it any more."""
        world = self.worlds[who]
        order_id, bought = self._bought(world, data)
        if bought is not None:
            given = {"order_id": order_id, "now": self.now, "reason": "sold out"}
            for _twice in range(2):
                closed = self._do(world, lambda: close_purchase_order(**given), unless=(WrongDocumentState,))
                if closed is None:
                    self._do(world, lambda: cancel_purchase_order(**given))
            del world.bought[order_id]
            assert self._waits(world, bought) == 0

    @rule(who=tenants, data=st.data(), day=days, whole=st.booleans())
    def expect_on_another_day(self, who: str, data: st.DataObject, day: int, whole: bool) -> None:
        world, on = self.worlds[who], self.now.date() + timedelta(days=day)
        order_id, bought = self._bought(world, data)
        if bought is not None:
            changes = {"days": {}, "expected_date": on} if whole else {"days": {bought.line: on}}
            for _twice in range(2):
                self._do(world, lambda: reschedule_purchase_order(order_id=order_id, **changes))
            if whole:
                bought.day = on
            else:
                bought.own = on

    @rule(who=tenants)
    def postpone_what_is_waited_for(self, who: str) -> None:
        """In a quiet hour: everybody hears that it comes too late, and of nothing else."""
        self.let_everybody_react(who)
        world, on = self.worlds[who], self.now.date() + timedelta(days=HORIZON + 20)
        waited = next((item for item in world.bought.items() if self._waits(world, item[1])), None)
        if waited:
            order_id, bought = waited
            self._do(world, lambda: reschedule_purchase_order(order_id=order_id, days={bought.line: on}))
            bought.own = on
        self.let_everybody_react(who)

    @rule(who=tenants)
    def let_everybody_react(self, who: str) -> None:
        """When everything told has been heard, nobody waits for what comes later than his channel sells."""
        world = self.worlds[who]
        for _round in range(20):
            told = list(self._told(world))
            for event in told:
                self._deliver(world, event)
            if not told:
                break
        self._follow(world)
        late = self.now.date() + timedelta(days=HORIZON)
        for bought in world.bought.values():
            assert bought.expected <= late or not self._waits(world, bought), f"{bought} is waited for"

    def _bought(self, world: World, data: st.DataObject) -> tuple[Any, Any]:
        with tenant_scope(world.tenant.pk):
            found = list(PurchaseOrder.objects.filter(pk__in=world.bought).order_by("number"))
        order_id = data.draw(st.sampled_from(found)).pk if found else None
        return order_id, world.bought.get(order_id)

    def _waits(self, world: World, bought: Bought) -> int:
        with tenant_scope(world.tenant.pk):
            return world.waits()[bought.line]
