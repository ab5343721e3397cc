from oms.orders.models.channel import SalesChannel
from oms.orders.models.line import Hold, KitLine, OrderLine, UnitGroup
from oms.orders.models.order import Order, OrderPayload

__all__ = ["Hold", "KitLine", "Order", "OrderLine", "OrderPayload", "SalesChannel", "UnitGroup"]
