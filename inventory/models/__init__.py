from inventory.models.balance import StockBalance, StockPeriod
from inventory.models.buffer import BufferRule, BufferSweep
from inventory.models.catalogue import KitComponent, Sku
from inventory.models.confidence import LocationConfidence, StockConfidence, StockObservation
from inventory.models.cost import CostChange, SkuCost
from inventory.models.count import CountLine, CountTally, StockCount
from inventory.models.imports import ImportChunk, ImportPiece, ImportReject, ImportRun, ImportThreshold
from inventory.models.inbound import PurchaseOrder, PurchaseOrderLine, Receipt, ShippingNotice, ShippingNoticeLine
from inventory.models.location import Location
from inventory.models.reservation import Reservation
from inventory.models.stock import SpentKey, StockLevel, StockMovement
from inventory.models.supply import SupplyReservation
from inventory.models.transfer import Transfer, TransferEntry, TransferLine
from inventory.models.view import StockView

__all__ = [
    "BufferRule",
    "BufferSweep",
    "CostChange",
    "CountLine",
    "CountTally",
    "ImportChunk",
    "ImportPiece",
    "ImportReject",
    "ImportRun",
    "ImportThreshold",
    "KitComponent",
    "Location",
    "LocationConfidence",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Receipt",
    "Reservation",
    "ShippingNotice",
    "ShippingNoticeLine",
    "Sku",
    "SkuCost",
    "SpentKey",
    "StockBalance",
    "StockConfidence",
    "StockCount",
    "StockLevel",
    "StockMovement",
    "StockObservation",
    "StockPeriod",
    "StockView",
    "SupplyReservation",
    "Transfer",
    "TransferEntry",
    "TransferLine",
]
