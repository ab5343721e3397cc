"""Stock and orders of two tenants under any sequence of verbs, beside a model in plain Python.

The model knows nothing of the database: it predicts what every level holds after each verb, and which verbs must be refused.
Where Baton may choose (which location serves an order, which promise is kept), the model checks that the choice was allowed
and follows it.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django.db import transaction
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, consumes, initialize, invariant, rule

from inventory.errors import NotEnoughStock, ReservationConflict, ReservationNotFound, StockWouldBeNegative
from inventory.models import Reservation, Transfer
from inventory.queries import availability, get_view, open_basket
from inventory.services import (
    dispatch_transfer,
    expire_reservations,
    fence_stock,
    move_stock,
    receive_transfer,
    release_basket,
    request_transfer,
    reserve_basket,
    set_levels,
)
from inventory.types import Arrival, BasketLine, Fence, LevelSetting, Move
from oms.events.models import Event
from oms.events.registry import subscribers
from oms.events.types import DeliveredEvent
from oms.fulfilment.enums import OPEN_STATES as OPEN_WORK
from oms.fulfilment.enums import FulfilmentState
from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.services import accept, pack, pick, refuse, ship
from oms.fulfilment.types import Tracking
from oms.orders.enums import UnitState
from oms.orders.models import Order, UnitGroup
from oms.orders.services import cancel_units
from oms.tenancy.context import tenant_scope
from oms.tenancy.errors import OmsError
from orchestration.services import place_orders
from tests.factories import new_order
from tests.flows.books import PARTS, PLACES, POOL, SKUS, Cell, World
from tests.flows.supply import TENANTS, SupplyVerbs, skus, tenants, units
from tests.inventory.documents import line_of, make_transfer
from tests.support import broken_here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


# Whose reaction changes stock or orders; what channels and counters make of events has tests of its own.
REACTING = ("orchestration.", "orders.")
CHECKED = ("stock.", "orders.", "fulfilment.", "transfers.", "inbound.")
CHANNELS = ("web", "club", "ahead")
places = st.sampled_from(PLACES)
sold = st.sampled_from(list(PARTS))


class StockMachine(SupplyVerbs):
    """Verbs as people, shops and carriers call them: also twice, too late, and for what is not there.

    What each sequence does is undone after it; all begin with what `build` has made under the transaction around them.
    """

    transfers = Bundle("transfers")
    sent = Bundle("sent")
    built: ClassVar[dict[str, World]]

    @classmethod
    def build(cls) -> None:
        """Make the worlds of both tenants, each with units, orders, a basket and a delivery that is waited for."""
        machine = cls()
        machine.touched = set()
        machine.now = datetime.now(UTC)
        machine.worlds = {slug: World(slug, machine.now) for slug in TENANTS}
        for who in TENANTS:
            for sku in SKUS:
                for place, quantity in zip(PLACES, (4, 2), strict=True):
                    machine.receive(who, sku, place, quantity)
            machine.order(who, "web", SKUS[0], 3, paid=True)
            machine.buy(who, SKUS[1], 4, 2)
            machine.order(who, "ahead", SKUS[1], 9, paid=True)
            machine.keep_a_basket(who, "A", SKUS[0], 1, club=False)
        cls.built = machine.worlds

    @initialize()
    def begin(self) -> None:
        self.undo = ExitStack()
        self.undo.enter_context(transaction.atomic())
        self.worlds = deepcopy(self.built)
        self.now = self.worlds[TENANTS[0]].now
        self.touched: set[str] = set(TENANTS)

    def teardown(self) -> None:
        if hasattr(self, "undo"):
            transaction.set_rollback(True)
            self.undo.close()

    # What comes and goes without an order.

    @rule(who=tenants, sku=skus, place=places, quantity=units)
    def receive(self, who: str, sku: str, place: str, quantity: int) -> None:
        world = self.worlds[who]
        self._move(world, sku, place, quantity, "RECEIPT", key=f"receipt-{world.next()}")

    @rule(who=tenants, sku=skus, place=places, quantity=units, data=st.data())
    def receive_again(self, who: str, sku: str, place: str, quantity: int, data: st.DataObject) -> None:
        """The same key a second time moves nothing, whatever else it says."""
        world = self.worlds[who]
        if world.keys:
            self._move(world, sku, place, quantity, "RECEIPT", key=data.draw(st.sampled_from(sorted(world.keys))))

    @rule(who=tenants, sku=skus, place=places, quantity=units)
    def come_back(self, who: str, sku: str, place: str, quantity: int) -> None:
        self._move(self.worlds[who], sku, place, quantity, "RETURN")

    @rule(who=tenants, sku=skus, place=places, quantity=units)
    def vanish(self, who: str, sku: str, place: str, quantity: int) -> None:
        self._move(self.worlds[who], sku, place, -quantity, "SHRINKAGE")

    def _move(self, world: World, sku: str, place: str, quantity: int, reason: str, key: str = "") -> None:
        repeated = key in world.keys
        possible = repeated or world.on_hand[sku, place, ""] + quantity >= 0
        moves = [Move(sku, place, quantity, reason, key=key)]
        done = self._do(world, lambda: move_stock(moves=moves, now=self.now), unless=(StockWouldBeNegative,))
        assert (done is not None) is possible, f"moving {quantity}: {done}"
        if possible and not repeated:
            world.on_hand[sku, place, ""] += quantity
            world.keys |= {key} - {""}

    @rule(who=tenants, sku=skus, place=places, quantity=st.integers(0, 8))
    def count(self, who: str, sku: str, place: str, quantity: int) -> None:
        world = self.worlds[who]
        levels = [LevelSetting(sku, place, quantity)]
        changed = world.here(sku, place) != quantity
        applied = self._do(world, lambda: set_levels(levels=levels, now=self.now, reason="COUNT"))
        assert applied.changed == int(changed)
        world.put(sku, place, quantity)

    @rule(who=tenants, sku=skus, place=places, quantity=st.integers(0, 5))
    def fence(self, who: str, sku: str, place: str, quantity: int) -> None:
        world = self.worlds[who]
        common, fenced = (sku, place, ""), (sku, place, POOL)
        more = quantity - world.on_hand[fenced]
        possible = more <= world.free(common) if more > 0 else -more <= world.free(fenced) or not more
        wanted = [Fence(sku, place, POOL, quantity)]
        done = self._do(world, lambda: fence_stock(fences=wanted), unless=(NotEnoughStock,))
        assert (done is not None) is possible, f"fencing {quantity}, {more} more"
        if possible:
            world.on_hand[common] -= more
            world.on_hand[fenced] += more

    @rule(target=transfers, who=tenants, sku=skus, quantity=units)
    def ask_for_a_transfer(self, who: str, sku: str, quantity: int) -> Any:
        world = self.worlds[who]
        cell = (sku, PLACES[0], "")
        possible = world.free(cell) >= quantity
        with tenant_scope(world.tenant.pk):
            made = make_transfer(*world.places.values(), (world.skus[sku], quantity), now=self.now)
        done = self._do(world, lambda: request_transfer(transfer_id=made.pk, now=self.now), unless=(NotEnoughStock,))
        assert (done is not None) is possible
        if possible:
            world.reserved[cell] += quantity
        return (who, made.pk, sku, quantity if possible else 0)

    @rule(target=sent, made=consumes(transfers))
    def send_the_transfer(self, made: Any) -> Any:
        who, transfer_id, sku, quantity = made
        world, cell = self.worlds[who], (sku, PLACES[0], "")
        with tenant_scope(world.tenant.pk):
            # It may have given units up that the source turned out not to have.
            quantity = min(quantity, line_of(Transfer.objects.get(pk=transfer_id), world.skus[sku]).quantity)
        if quantity:
            possible = world.on_hand[cell] >= quantity
            for _twice in range(2):
                done = self._do(
                    world,
                    lambda: dispatch_transfer(transfer_id=transfer_id, now=self.now),
                    unless=(StockWouldBeNegative,),
                )
                assert (done is not None) is possible
            if not possible:
                return (who, transfer_id, sku, 0)
            self._leave(world, cell, quantity)
            world.in_transit[sku, PLACES[1], ""] += quantity
        return (who, transfer_id, sku, quantity)

    def _leave(self, world: World, cell: Cell, quantity: int) -> None:
        """Promised units go; where the books had fewer, those that went were there all the same."""
        world.on_hand[cell] = max(world.on_hand[cell] - quantity, 0)
        world.reserved[cell] -= quantity

    @rule(made=consumes(sent))
    def receive_the_transfer(self, made: Any) -> None:
        who, transfer_id, sku, quantity = made
        world, cell = self.worlds[who], (sku, PLACES[1], "")
        if quantity:
            with tenant_scope(world.tenant.pk):
                line = line_of(Transfer.objects.get(pk=transfer_id), world.skus[sku])
            arrivals = [Arrival(line.pk, quantity)]
            for _twice in range(2):
                self._do(
                    world,
                    lambda: receive_transfer(transfer_id=transfer_id, arrivals=arrivals, key="all", now=self.now),
                )
            world.in_transit[cell] -= quantity
            world.on_hand[cell] += quantity

    # Baskets.

    @rule(who=tenants, name=st.sampled_from("ABC"), sku=sold, quantity=units, club=st.booleans())
    def keep_a_basket(self, who: str, name: str, sku: str, quantity: int, club: bool) -> None:
        world = self.worlds[who]
        with tenant_scope(world.tenant.pk):
            known = open_basket(name)
            before = world.sellable("club" if club else "web")[sku]
        done = self._do(
            world,
            lambda: reserve_basket(
                reference=name,
                lines=[BasketLine(sku, quantity)],
                view="club" if club else "",
                now=self.now,
                expires_in=timedelta(minutes=10),
            ),
            unless=(NotEnoughStock, ReservationConflict),
        )
        if known is None:
            assert (done is not None) is (before >= quantity), f"{before} to sell, {quantity} wanted"
            if done is not None:
                world.baskets[name] = Counter({sku: quantity}), self.now + timedelta(minutes=10)
                self._follow(world, self._units(sku, quantity))
        else:
            same = world.baskets[name][0] == Counter({sku: quantity})
            assert (done is not None) is same

    @rule(who=tenants, name=st.sampled_from("ABC"))
    def give_a_basket_back(self, who: str, name: str) -> None:
        world = self.worlds[who]
        done = self._do(world, lambda: release_basket(reference=name, now=self.now), unless=(ReservationNotFound,))
        assert (done is not None) is (name in world.baskets)
        if world.baskets.pop(name, None):
            assert self._do(world, lambda: open_basket(name)) is None
            self._follow(world)

    @rule(minutes=st.sampled_from([1, 11]))
    def let_time_pass(self, minutes: int) -> None:
        self.now += timedelta(minutes=minutes)
        for world in self.worlds.values():
            over = [name for name, (_units, until) in world.baskets.items() if until <= self.now]
            for _twice in range(2):
                self._do(world, lambda: expire_reservations(now=self.now))
            for name in over:
                assert self._do(world, lambda name=name: open_basket(name)) is None
                del world.baskets[name]
            self._follow(world)

    # Orders.

    @rule(who=tenants, channel=st.sampled_from(CHANNELS), sku=sold, quantity=units, paid=st.booleans())
    def order(self, who: str, channel: str, sku: str, quantity: int, paid: bool) -> None:
        world = self.worlds[who]
        wanted = self._units(sku, quantity)
        before = {(part, place): self._best(world, part, place, channel) for part in wanted for place in PLACES}
        made = new_order(
            world.channels[channel],
            (world.skus[sku], quantity),
            now=self.now,
            external_id=f"order-{world.next()}",
            payment_state="PAID" if paid else "PENDING",
        )
        for _twice in range(2):
            self._do(world, lambda: place_orders(orders=[made], now=self.now))
        with tenant_scope(world.tenant.pk):
            groups = list(
                UnitGroup.objects.filter(order__external_id=made.external_id).select_related("sku", "location")
            )
        asked: Counter[str] = Counter()
        for group in groups:
            asked[group.sku.code] += group.quantity
            if group.state == UnitState.ASSIGNED:
                assert group.quantity <= before[group.sku.code, group.location.code]
        assert asked == wanted
        waiting = any(group.state in {UnitState.PARKED, UnitState.BACKORDERED} for group in groups)
        whole = any(all(before[part, place] >= units for part, units in wanted.items()) for place in PLACES)
        assert not (waiting and whole), f"parked with {before} for {wanted}"
        self._follow(world)

    def _units(self, sku: str, quantity: int) -> Counter[str]:
        return Counter({part: units * quantity for part, units in PARTS[sku].items()})

    def _best(self, world: World, sku: str, place: str, channel: str) -> int:
        pools = ("", POOL) if channel == "club" else ("",)
        return sum(max(world.free((sku, place, pool)), 0) for pool in pools)

    @rule(who=tenants, data=st.data(), part=st.booleans())
    def cancel(self, who: str, data: st.DataObject, part: bool) -> None:
        world = self.worlds[who]
        chosen = self._draw(world, data, Order)
        if chosen is not None:
            with tenant_scope(world.tenant.pk):
                lines = [*chosen.kits.all(), *chosen.lines.order_by("position")]
            quantities = {data.draw(st.sampled_from(lines)).pk: 1} if part else None
            self._do(
                world,
                lambda: cancel_units(order_id=chosen.pk, quantities=quantities, reason="CUSTOMER", now=self.now),
                unless=(OmsError,),
            )
            self._follow(world)

    @rule(who=tenants, data=st.data(), count=st.integers(0, 4))
    def pick_some(self, who: str, data: st.DataObject, count: int) -> None:
        world = self.worlds[who]
        work = self._work(world, data, (*OPEN_WORK, FulfilmentState.REFUSED))
        if work is not None:
            with tenant_scope(world.tenant.pk):
                lines = list(work.lines.order_by("pk"))
            picked = {data.draw(st.sampled_from(lines)).pk: count}
            self._do(
                world,
                lambda: pick(fulfilment_id=work.pk, picked=picked, now=self.now),
                unless=(OmsError,),
            )
            self._follow(world)

    @rule(who=tenants, data=st.data())
    def accept_work(self, who: str, data: st.DataObject) -> None:
        world = self.worlds[who]
        work = self._work(world, data, tuple(FulfilmentState))
        if work is not None:
            self._do(world, lambda: accept(fulfilment_id=work.pk, now=self.now), unless=(OmsError,))

    @rule(
        who=tenants,
        data=st.data(),
        reason=st.sampled_from(["NOT_FOUND", "MISMATCH", "DAMAGED", "DISPLAY_UNIT", "TOO_BUSY"]),
    )
    def refuse_work(self, who: str, data: st.DataObject, reason: str) -> None:
        world = self.worlds[who]
        work = self._work(world, data, (*OPEN_WORK, FulfilmentState.REFUSED))
        if work is None:
            return
        with tenant_scope(world.tenant.pk):
            lines = list(work.lines.select_related("sku", "fulfilment__location"))
        done = self._do(world, lambda: refuse(fulfilment_id=work.pk, reason=reason, now=self.now), unless=(OmsError,))
        if done is not None:
            for line in lines:
                place, refused = line.fulfilment.location.code, line.quantity - line.picked
                if refused:
                    self._write_off(world, line.sku.code, place, refused, reason)
            self._follow(world)

    def _write_off(self, world: World, sku: str, place: str, refused: int, reason: str) -> None:
        if reason == "TOO_BUSY":
            return
        here = world.here(sku, place)
        off = here if reason == "NOT_FOUND" else min(refused, here)
        for pool in ("", POOL):
            part = min(off, world.on_hand[sku, place, pool])
            world.on_hand[sku, place, pool] -= part
            off -= part
            if reason in {"DAMAGED", "DISPLAY_UNIT"}:
                world.set_aside[sku, place, pool] += part

    @rule(who=tenants, data=st.data())
    def pack_and_ship(self, who: str, data: st.DataObject) -> None:
        """What is picked leaves, once: whoever ships again is refused, and nothing moves."""
        world = self.worlds[who]
        work = self._work(world, data, (FulfilmentState.PICKING, FulfilmentState.PACKED, FulfilmentState.HANDED_OVER))
        if work is None:
            return
        self._do(world, lambda: pack(fulfilment_id=work.pk, now=self.now, missing="TOO_BUSY"), unless=(OmsError,))
        self._follow(world)
        with tenant_scope(world.tenant.pk):
            rows = Reservation.objects.filter(
                holder_id__in=UnitGroup.objects.filter(work_id=work.pk, state=UnitState.PACKED).values("pk"),
                state__in=("HARD", "FIRM"),
            ).select_related("level__sku", "level__location")
            leaving: Counter[Cell] = Counter()
            for row in rows:
                leaving[row.level.sku.code, row.level.location.code, row.level.pool] += row.quantity
        parcels = [Tracking(carrier="Colissimo", number=f"T-{world.next()}")]
        done = self._do(world, lambda: ship(fulfilment_id=work.pk, parcels=parcels, now=self.now), unless=(OmsError,))
        assert done is not None or not leaving
        for cell, quantity in leaving.items():
            self._leave(world, cell, quantity)

    @rule(twice=st.booleans())
    def react(self, twice: bool) -> None:
        """Everything that was told is delivered, in order; a delivery that comes twice changes nothing the second time."""
        for world in self.worlds.values():
            for event in self._told(world):
                for _time in range(2 if twice else 1):
                    self._deliver(world, event)
            self._follow(world)

    # The looking.

    @invariant()
    def the_books_agree_with_the_model(self) -> None:
        """Those of the other tenant too: nobody's verb reaches them."""
        if not getattr(self, "touched", None):
            return
        for slug, world in self.worlds.items():
            with tenant_scope(world.tenant.pk):
                found = world.found()
                assert +world.kept() == +found["reserved"]
                if slug in self.touched:
                    assert broken_here(*CHECKED) == []
                    for channel in CHANNELS:
                        view = get_view("" if channel == "web" else channel)
                        told = availability(view=view, sku_ids=[each.pk for each in world.skus.values()])
                        assert [each.quantity for each in told] == list(world.sellable(channel).values())
                    due = {bought.line: bought.open for bought in world.bought.values() if bought.open}
                    assert world.coming() == due
                    assert all(units <= due.get(line, 0) for line, units in world.waits().items())
            for name, model in self._model(world).items():
                assert +model == +found[name], f"{slug} {name}"
        self.touched.clear()

    def _model(self, world: World) -> dict[str, Counter[Cell]]:
        return {
            "on_hand": world.on_hand,
            "reserved": world.reserved,
            "in_transit": world.in_transit,
            "set_aside": world.set_aside,
        }

    def _do(self, world: World, act: Callable[[], Any], unless: tuple[type[OmsError], ...] = ()) -> Any:
        """Act for a tenant; a refusal among `unless` undoes the act and answers None."""
        self.touched.add(world.tenant.slug)
        with tenant_scope(world.tenant.pk):
            try:
                with transaction.atomic():
                    return act()
            except unless:
                return None

    def _follow(self, world: World, more: Counter[str] | None = None) -> None:
        """Take over what is reserved where Baton was free to choose, having checked that nothing is promised twice."""
        with tenant_scope(world.tenant.pk):
            kept = world.kept()
            for name in [name for name in world.baskets if open_basket(name) is None]:
                del world.baskets[name]
        for cell, quantity in kept.items():
            grown = quantity - world.reserved[cell]
            assert grown <= max(world.free(cell), 0), f"{cell}: {grown} more promised of {world.free(cell)}"
        if more:
            for sku, quantity in more.items():
                before = sum(units for cell, units in world.reserved.items() if cell[0] == sku)
                assert sum(units for cell, units in kept.items() if cell[0] == sku) == before + quantity
        world.reserved = kept

    def _told(self, world: World) -> Iterator[DeliveredEvent]:
        with tenant_scope(world.tenant.pk):
            rows = list(Event.objects.exclude(pk__in=world.told).order_by("pk"))
        for row in rows:
            world.told.add(row.pk)
            yield DeliveredEvent(
                row.pk, row.kind, row.subject_type, row.subject_id, row.sequence, row.payload, row.recorded_at
            )

    def _deliver(self, world: World, event: DeliveredEvent) -> None:
        for each in subscribers():
            if event.kind in each.kinds and each.name.startswith(REACTING):
                self._do(world, lambda each=each: each.handler([event]))

    def _work(self, world: World, data: st.DataObject, states: Any) -> FulfilmentOrder | None:
        return self._draw(world, data, FulfilmentOrder, state__in=states)

    def _draw(self, world: World, data: st.DataObject, model: Any, **wanted: Any) -> Any:
        with tenant_scope(world.tenant.pk):
            found = list(model.objects.filter(**wanted).order_by("number"))
        return data.draw(st.sampled_from(found)) if found else None
