"""Vocabulary of the room; plain values, no rows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date, datetime
    from decimal import Decimal
    from uuid import UUID

    from inventory.models import StockView


@dataclass(frozen=True, slots=True)
class Ask:
    """Units of one SKU wanted at one location for one holder (a unit group, or a basket line).

    Asks of the same `group` are granted together or not at all. `pool` names the ring-fence they come from, '' the common stock.
    `kit_id` is the kit that was asked for, of which `per_kit` of these units are a part.
    """

    holder_id: UUID
    sku_id: UUID
    location_id: UUID
    quantity: int
    group: int
    reference: str = ""
    pool: str = ""
    kit_id: UUID | None = None
    per_kit: int | None = None


@dataclass(frozen=True, slots=True)
class Grant:
    """What became of an ask: `reservation_id` is None when the units were not there."""

    ask: Ask
    reservation_id: UUID | None


@dataclass(frozen=True, slots=True)
class Split:
    """What is reserved for one holder beyond `keep` units, which another one takes over."""

    holder_id: UUID
    keep: int
    new_holder_id: UUID


@dataclass(frozen=True, slots=True)
class Delta:
    """A signed change of one bucket of one level; `key` makes a repeated change a no-op."""

    level_id: UUID
    bucket: str
    quantity: int
    reason: str
    cause_type: str = ""
    cause_id: str = ""
    key: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Move:
    """A signed movement by hand or by an integrator, named by codes; `unit_cost` is a receipt's."""

    sku: str
    location: str
    quantity: int
    reason: str
    bucket: str = "ON_HAND"
    key: str = ""
    note: str = ""
    unit_cost: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Received:
    """Units of a SKU that came to a location, each at a cost in the tenant's currency; without one, at the present average.

    `key` makes a repeated receipt a no-op.
    """

    sku_id: UUID
    location_id: UUID
    quantity: int
    unit_cost: Decimal | None
    key: str = ""


@dataclass(frozen=True, slots=True)
class LevelSetting:
    """An absolute quantity on hand, named by codes, as a feed or a count gives it.

    With `shown`, only while the location still has as many as somebody was shown.
    """

    sku: str
    location: str
    on_hand: int
    shown: int | None = None


@dataclass(frozen=True, slots=True)
class Fence:
    """How many units on hand of a SKU at a location are set aside under a name; named by codes."""

    sku: str
    location: str
    pool: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Observed:
    """Something that showed whether the stock of a SKU at a location is right; `key` says what, for ever."""

    sku_id: UUID
    location_id: UUID
    kind: str
    key: str
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class OwnBuffer:
    """How many units a level holds back where no rule fits; named by codes."""

    sku: str
    location: str
    units: int


@dataclass(frozen=True, slots=True)
class Applied:
    """How a bulk setting of levels ended: row counts, and the rows refused with their reason."""

    changed: int
    unchanged: int
    rejected: tuple[RejectedRow, ...] = ()


@dataclass(frozen=True, slots=True)
class RejectedRow:
    line: int
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Shortage:
    sku: str
    wanted: int
    available: int


@dataclass(frozen=True, slots=True)
class KitPart:
    """Units of one SKU in each unit of a kit."""

    sku_id: UUID
    code: str
    name: str
    price: Decimal | None
    quantity: int


@dataclass(frozen=True, slots=True)
class NewPart:
    """Units of one SKU, named by its code, to make each unit of a kit of."""

    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class BasketLine:
    sku: str
    quantity: int


@dataclass(frozen=True, slots=True)
class BasketAsk:
    """What a basket wants kept under its reference."""

    reference: str
    lines: tuple[BasketLine, ...]


@dataclass(frozen=True, slots=True)
class KeptUnits:
    """Units of one SKU at one location that a basket keeps, `per_kit` for each `kit` if one was asked for; `id` is the reservation's."""

    id: UUID
    sku: str
    location: str
    quantity: int
    state: str
    kit: str = ""
    per_kit: int = 0


@dataclass(frozen=True, slots=True)
class Basket:
    """What is, or was, kept under a reference; `created` tells whether this very call made it."""

    reference: str
    state: str
    expires_at: datetime | None
    created_at: datetime
    lines: tuple[KeptUnits, ...]
    created: bool = False


@dataclass(frozen=True, slots=True)
class NewPurchaseLine:
    """Units of one SKU to buy; without a cost the SKU's own, without a date the order's."""

    sku: str
    quantity: int
    unit_cost: Decimal | None = None
    expected_date: date | None = None


@dataclass(frozen=True, slots=True)
class NewPurchase:
    """A purchase order to write down; `reference` is the buyer's own, once per tenant."""

    supplier: str
    location_id: UUID
    lines: tuple[NewPurchaseLine, ...]
    reference: str = ""
    expected_date: date | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class NewNotice:
    """What a supplier says has left: units by purchase order line, under the supplier's reference."""

    reference: str
    expected_date: date
    units: Mapping[UUID, int]
    carrier: str = ""
    tracking_number: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """What one person counted of a SKU in all, or with `add` beyond what they said before."""

    sku_id: UUID
    quantity: int
    add: bool = False


@dataclass(frozen=True, slots=True)
class CountScope:
    """What a cycle count is about; a full one names nothing."""

    sku_ids: tuple[UUID, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Arrival:
    """Units of one line that came in: `quantity` to sell and `damaged` ones beside them.

    Both negative to correct what was received too much. `reason` says why more came than was expected, or the correction.
    """

    line_id: UUID
    quantity: int = 0
    damaged: int = 0
    reason: str = ""

    @property
    def total(self) -> int:
        """All units, whatever their condition."""
        return self.quantity + self.damaged


@dataclass(frozen=True, slots=True)
class Supply:
    """Units of a SKU that are to come to a location; `day` None when nobody knows when.

    `kind` is a SupplyKind, `number` what people call the document. `promised` of the units wait for their orders already.
    """

    sku_id: UUID
    location_id: UUID
    day: date | None
    quantity: int
    kind: str
    document_id: UUID
    number: str
    line_id: UUID
    promised: int = 0

    @property
    def free(self) -> int:
        """What can still be sold of it."""
        return self.quantity - self.promised


@dataclass(frozen=True, slots=True)
class ReceivedCost:
    """Units that came in at one place at one cost; negative where a receipt was corrected."""

    receipt_id: UUID
    sku_id: UUID
    location_id: UUID
    quantity: int
    unit_cost: Decimal | None
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class TransferUnits:
    """Units of one SKU to move."""

    sku_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class ProposedMove:
    """Units of one SKU that should go from one place to another."""

    sku_id: UUID
    source_id: UUID
    destination_id: UUID
    quantity: int


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of units of a transfer line; see TransferFate."""

    line_id: UUID
    fate: str
    quantity: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one location adds to a view's availability of one SKU, out of its common stock or a ring-fence; in units."""

    location_id: UUID
    code: str
    name: str
    pool: str
    on_hand: int
    reserved: int
    buffer: int
    available: int
    known: bool
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Coming:
    """What units to come to one location add to a view's availability of one SKU: those that are not promised yet.

    `lacking` of them first fill what the location has too little for its reservations and its buffer.
    """

    code: str
    name: str
    supply: Supply
    lacking: int = 0

    @property
    def adds(self) -> int:
        return self.supply.free - self.lacking


@dataclass(frozen=True, slots=True)
class SupplyAsk:
    """Units of one SKU that a holder would wait for, out of what a view counts of the units to come.

    `rank_at` is the moment of the order: on arrival, who came first is served first.
    """

    holder_id: UUID
    sku_id: UUID
    quantity: int
    view: StockView
    rank_at: datetime
    reference: str = ""


@dataclass(frozen=True, slots=True)
class Arrived:
    """Units that came for one who waited for them."""

    holder_id: UUID
    sku_id: UUID
    quantity: int
    reference: str


@dataclass(frozen=True, slots=True)
class Availability:
    """Available to sell of one SKU on one view, with every term of its formula.

    quantity = min(floor((total + inbound) * percentage / 100) - view_buffer, cap), never under 0; None when no source is known.
    `total` is what the locations have, `inbound` what the view counts of what is to come; `at_once` is the same without `inbound`.
    A virtual kit has what its scarcest component lets it have; the terms of the view are in the components' own formulas.
    """

    sku_id: UUID
    sku: str
    quantity: int | None
    total: int
    percentage: int
    view_buffer: int
    cap: int | None
    contributions: tuple[Contribution, ...] = ()
    inbound: int = 0
    at_once: int | None = None
    coming: tuple[Coming, ...] = ()
    components: tuple[KitShare, ...] = ()


@dataclass(frozen=True, slots=True)
class KitShare:
    """What one component lets a kit have: `kits` = floor(available / per_kit), None when the component's is unknown.

    The scarcest component decides; of several each is.
    """

    per_kit: int
    available: Availability
    kits: int | None
    scarcest: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """From a day on, so many units in all can be promised, thanks to what arrives on it."""

    day: date
    available: int | None
    deliveries: tuple[Coming, ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """What can be promised of a SKU at once, and from each day on; what comes on a day that nobody knows is promised by none."""

    sku_id: UUID
    sku: str
    at_once: int | None
    steps: tuple[Step, ...]
    undated: tuple[Coming, ...]


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a movement happened: the kind and id of what caused it, and who did it."""

    type: str = ""
    id: str = ""
    actor: Actor = field(default=SYSTEM)
