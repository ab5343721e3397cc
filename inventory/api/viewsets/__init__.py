from inventory.api.viewsets.availability import AvailabilityViewSet, ReservationViewSet
from inventory.api.viewsets.buffers import BufferRuleViewSet
from inventory.api.viewsets.catalogue import LocationViewSet, SkuViewSet
from inventory.api.viewsets.counts import CountViewSet, MicroCountViewSet, ShrinkageViewSet
from inventory.api.viewsets.exports import ExportViewSet
from inventory.api.viewsets.imports import ImportViewSet
from inventory.api.viewsets.inbound import PurchaseOrderViewSet, ReceiptViewSet, SupplyViewSet
from inventory.api.viewsets.stock import AssemblyViewSet, LevelViewSet, MovementViewSet, PoolViewSet
from inventory.api.viewsets.transfers import ProposalViewSet, TransferViewSet
from inventory.api.viewsets.valuation import AsOfViewSet, ValuationViewSet
from inventory.api.viewsets.views import StockViewViewSet

__all__ = [
    "AsOfViewSet",
    "AssemblyViewSet",
    "AvailabilityViewSet",
    "BufferRuleViewSet",
    "CountViewSet",
    "ExportViewSet",
    "ImportViewSet",
    "LevelViewSet",
    "LocationViewSet",
    "MicroCountViewSet",
    "MovementViewSet",
    "PoolViewSet",
    "ProposalViewSet",
    "PurchaseOrderViewSet",
    "ReceiptViewSet",
    "ReservationViewSet",
    "ShrinkageViewSet",
    "SkuViewSet",
    "StockViewViewSet",
    "SupplyViewSet",
    "TransferViewSet",
    "ValuationViewSet",
]
