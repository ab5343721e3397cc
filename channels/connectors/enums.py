"""The words of the neutral model. A connector raises CONTRACT for a channel's word that has no place here."""

from enum import StrEnum, unique


@unique
class Capability(StrEnum):
    """What a connector can do; calling a method whose capability is not declared raises."""

    PULL_ORDERS = "PULL_ORDERS"
    ACKNOWLEDGE = "ACKNOWLEDGE"
    LISTINGS = "LISTINGS"
    PUSH_STOCK = "PUSH_STOCK"
    READ_STOCK = "READ_STOCK"
    PUSH_SHIPMENT = "PUSH_SHIPMENT"
    PUSH_READY = "PUSH_READY"
    PUSH_CANCELLATION = "PUSH_CANCELLATION"
    PARTIAL_CANCELLATION = "PARTIAL_CANCELLATION"
    PUSH_REFUND = "PUSH_REFUND"
    WEBHOOKS = "WEBHOOKS"


@unique
class StockSemantics(StrEnum):
    """Which number the channel wants; pushing one for the other subtracts orders twice."""

    AVAILABLE = "AVAILABLE"  # the channel subtracts its own sales for good
    ON_HAND = "ON_HAND"  # the channel keeps its own reservations until shipment


@unique
class ErrorKind(StrEnum):
    """How a failure is cured."""

    TRANSIENT = "TRANSIENT"  # try again later
    AUTH = "AUTH"  # credentials or rights: pause the connection and tell a person
    VALIDATION = "VALIDATION"  # the channel refuses this content: a person decides
    CONFLICT = "CONFLICT"  # the channel's state differs: read again, then decide again
    GONE = "GONE"  # the thing is no longer there
    CONTRACT = "CONTRACT"  # the answer is not what the channel promises: keep it, tell a person


@unique
class OrderState(StrEnum):
    DRAFT = "DRAFT"
    AWAIT_PAYMENT = "AWAIT_PAYMENT"
    AWAIT_ACCEPT = "AWAIT_ACCEPT"
    TO_FULFIL = "TO_FULFIL"
    HOLD = "HOLD"
    PART_SHIPPED = "PART_SHIPPED"
    SHIPPED = "SHIPPED"
    DELIVERED = "DELIVERED"
    CANCELLED = "CANCELLED"
    REFUNDED = "REFUNDED"


@unique
class PaymentState(StrEnum):
    PENDING = "PENDING"
    AUTHORIZED = "AUTHORIZED"
    PART_PAID = "PART_PAID"
    PAID = "PAID"
    ON_DELIVERY = "ON_DELIVERY"  # to be paid at delivery or hand-over: the order is good to prepare
    PART_REFUNDED = "PART_REFUNDED"
    REFUNDED = "REFUNDED"
    FAILED = "FAILED"
    VOIDED = "VOIDED"


@unique
class TaxMode(StrEnum):
    """Whether the channel's own prices contain the tax. The neutral amounts always say net or gross."""

    INCLUDED = "INCLUDED"
    EXCLUDED = "EXCLUDED"


@unique
class DeliveryKind(StrEnum):
    SHIP = "SHIP"
    PICKUP_POINT = "PICKUP_POINT"  # a carrier's parcel shop or locker
    STORE_PICKUP = "STORE_PICKUP"  # click & collect in one of the merchant's places
    LOCAL = "LOCAL"  # delivered by the merchant's own means
    BY_CHANNEL = "BY_CHANNEL"  # the channel ships it itself: read only
    NONE = "NONE"  # nothing to deliver


@unique
class ChargeKind(StrEnum):
    SHIPPING = "SHIPPING"
    FEE = "FEE"
    TIP = "TIP"
    DUTY = "DUTY"
    ROUNDING = "ROUNDING"  # a few cents between the channel's total and the sum of its parts
    ADJUSTMENT = "ADJUSTMENT"  # a larger difference, for example an order edited after payment


@unique
class CancelReason(StrEnum):
    CUSTOMER = "CUSTOMER"
    NO_STOCK = "NO_STOCK"
    FRAUD = "FRAUD"
    PAYMENT = "PAYMENT"
    STAFF = "STAFF"
    OTHER = "OTHER"


@unique
class WebhookSubject(StrEnum):
    ORDER = "ORDER"
    LISTING = "LISTING"
    STOCK = "STOCK"
    PRIVACY = "PRIVACY"
    PING = "PING"
    OTHER = "OTHER"


@unique
class FieldKind(StrEnum):
    URL = "url"
    TEXT = "text"
    SECRET = "secret"  # noqa: S105 -- the name of a form field's kind
    CHOICE = "choice"
    BOOL = "bool"
    INTEGER = "integer"
