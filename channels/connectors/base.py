"""The connector contract: everything a channel must be able to say and do, in neutral words.

A connector is a subclass of `Connector` that declares what it is in class attributes and overrides the methods of
the capabilities it declares. Every failure leaves as ConnectorError. Nothing here retries, stores or schedules.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import wraps
from typing import Any, ClassVar, Self, TypeVar, cast

from channels.connectors.enums import Capability, StockSemantics
from channels.connectors.errors import CapabilityMissingError, ConnectorError, contract_error
from channels.connectors.fields import Field, clean_settings, webhook_secrets
from channels.connectors.types import (
    CancellationPush,
    ChannelOrder,
    CheckReport,
    CommandResult,
    Listing,
    ListingPage,
    OrderPage,
    PushResult,
    ReadyPush,
    RefundPush,
    ShipmentPush,
    StockPush,
    StockReading,
    UnmappableOrder,
    WebhookEvent,
)
from channels.connectors.wiring import Wiring

Method = TypeVar("Method", bound=Callable[..., Any])
Push = TypeVar("Push")
_UNFORESEEN = (KeyError, IndexError, TypeError, AttributeError, ValueError)
_needed: dict[str, Capability] = {}
_ready_made: set[str] = set()


def _needs(capability: Capability, *, ready_made: bool = False) -> Callable[[Method], Method]:
    """The method belongs to a capability: without it, calling says which one is missing."""

    def note(method: Method) -> Method:
        _needed[method.__name__] = capability
        if ready_made:
            _ready_made.add(method.__name__)
        return _guarded(method, capability)

    return note


def needed_capabilities() -> dict[str, Capability]:
    """Which capability each method that a connector must give belongs to."""
    return {name: capability for name, capability in _needed.items() if name not in _ready_made}


def _guarded(method: Method, capability: Capability) -> Method:
    """Refuse what is not declared; an answer of a shape nobody foresaw leaves as CONTRACT like any other."""

    @wraps(method)
    def call(self: "Connector", *args: Any, **kwargs: Any) -> Any:
        if capability not in self.capabilities:
            raise CapabilityMissingError(self.kind, capability)
        try:
            return method(self, *args, **kwargs)
        except _UNFORESEEN as problem:
            raise contract_error(f"{self.label} answered in an unforeseen shape: {problem!r}") from problem

    return cast("Method", call)


def attempt(push: Callable[[Push], CommandResult], command: Push) -> CommandResult | ConnectorError:
    """The result of a command, or why it failed: one of many must not stop the others."""
    try:
        return push(command)
    except ConnectorError as problem:
        return problem


class Connector(ABC):
    """One connection to one account of one channel. Not shared between threads; close it after use."""

    kind: ClassVar[str]
    label: ClassVar[str]
    capabilities: ClassVar[frozenset[Capability]]
    stock_semantics: ClassVar[StockSemantics]
    settings_schema: ClassVar[tuple[Field, ...]]
    max_stock_batch: ClassVar[int] = 100
    max_shipment_batch: ClassVar[int] = 1

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, capability in _needed.items():
            if name in cls.__dict__:
                setattr(cls, name, _guarded(cls.__dict__[name], capability))

    @classmethod
    def clean_settings(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """The settings checked and completed. Raises SettingsError."""
        return clean_settings(cls.settings_schema, values)

    @classmethod
    def webhook_secrets(cls, settings: Mapping[str, Any]) -> tuple[str, ...]:
        """The secrets this connection's deliveries may be signed with; none means webhooks are not accepted."""
        return webhook_secrets(settings)

    @classmethod
    @abstractmethod
    def connect(cls, settings: Mapping[str, Any], wiring: Wiring | None = None) -> Self:
        """A connector for these settings; nothing is sent yet. Raises SettingsError."""

    def close(self) -> None:
        """Give back what the connection holds."""
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @abstractmethod
    def check(self) -> CheckReport:
        """Try address, credentials and rights, without changing anything."""

    @_needs(Capability.PULL_ORDERS)
    def orders_changed(self, *, since: datetime, until: datetime, cursor: str | None = None) -> OrderPage:
        """One page of the orders changed in [since, until); start without cursor, go on until it is None.

        An order may come twice in a pass; none that changed in the window and not after it is left out.
        """
        raise NotImplementedError

    @_needs(Capability.PULL_ORDERS)
    def order(self, external_id: str) -> ChannelOrder | UnmappableOrder | None:
        """One order as it is now; None when the channel no longer has it."""
        raise NotImplementedError

    @_needs(Capability.ACKNOWLEDGE)
    def acknowledge(self, order: ChannelOrder) -> CommandResult:
        """Tell the channel that the order was taken over."""
        raise NotImplementedError

    @_needs(Capability.LISTINGS)
    def listings(self, cursor: str | None = None) -> ListingPage:
        """One page of everything the channel offers."""
        raise NotImplementedError

    @_needs(Capability.PUSH_STOCK)
    def push_stock(self, levels: Sequence[StockPush], *, key: str = "") -> list[PushResult]:
        """Set absolute quantities, at most `max_stock_batch` of them; one result per level, in the same order.

        `key` names this attempt: the same key with the same levels may be sent again without harm.
        """
        raise NotImplementedError

    @_needs(Capability.READ_STOCK)
    def read_stock(self, listings: Sequence[Listing]) -> list[StockReading]:
        """What the channel has now, one reading per listing, in the same order."""
        raise NotImplementedError

    @_needs(Capability.PUSH_SHIPMENT)
    def push_shipment(self, shipment: ShipmentPush) -> CommandResult:
        """Report a parcel. Sending the same shipment again does nothing."""
        raise NotImplementedError

    @_needs(Capability.PUSH_SHIPMENT, ready_made=True)
    def push_shipments(self, shipments: Sequence[ShipmentPush]) -> list[CommandResult | ConnectorError]:
        """Report parcels, at most `max_shipment_batch` of them; one result or failure per parcel, in the same order.

        Overridden where a channel takes several in one call.
        """
        return [attempt(self.push_shipment, each) for each in shipments]

    @_needs(Capability.PUSH_READY)
    def push_ready(self, ready: ReadyPush) -> CommandResult:
        """Report that goods wait for the customer in the store. Sending it again does nothing."""
        raise NotImplementedError

    @_needs(Capability.PUSH_CANCELLATION)
    def push_cancellation(self, cancellation: CancellationPush) -> CommandResult:
        """Cancel an order, or some units of it with PARTIAL_CANCELLATION. Sending it again does nothing."""
        raise NotImplementedError

    @_needs(Capability.PUSH_REFUND)
    def push_refund(self, refund: RefundPush) -> CommandResult:
        """Record a refund. Sending the same refund again does nothing."""
        raise NotImplementedError

    @classmethod
    def verify_webhook(cls, headers: Mapping[str, str], body: bytes, secrets: Sequence[str]) -> WebhookEvent:
        """The meaning of a delivery whose signature fits one of the secrets (the new one, the old one).

        Raises ConnectorError AUTH for a wrong signature and CONTRACT for a body that cannot be read.
        """
        del headers, body, secrets
        raise CapabilityMissingError(cls.kind, Capability.WEBHOOKS)
