from __future__ import annotations

from typing import Any

from django.urls import path

from inventory.api.viewsets import (
    AsOfViewSet,
    AssemblyViewSet,
    AvailabilityViewSet,
    BufferRuleViewSet,
    CountViewSet,
    ExportViewSet,
    ImportViewSet,
    LevelViewSet,
    LocationViewSet,
    MicroCountViewSet,
    MovementViewSet,
    PoolViewSet,
    ProposalViewSet,
    PurchaseOrderViewSet,
    ReceiptViewSet,
    ReservationViewSet,
    ShrinkageViewSet,
    SkuViewSet,
    StockViewViewSet,
    SupplyViewSet,
    TransferViewSet,
    ValuationViewSet,
)
from inventory.api.viewsets.inbound import STEPS as PURCHASE_STEPS
from inventory.api.viewsets.transfers import STEPS as TRANSFER_STEPS

LISTED: dict[str, Any] = {"get": "list", "post": "create"}
ONE: dict[str, Any] = {"get": "retrieve", "patch": "partial_update"}

urlpatterns = [
    path("skus", SkuViewSet.as_view(LISTED)),
    path("skus/<str:pk>", SkuViewSet.as_view(ONE)),
    path("locations", LocationViewSet.as_view(LISTED)),
    path("locations/<str:pk>", LocationViewSet.as_view(ONE)),
    path("stock/levels", LevelViewSet.as_view({"get": "list", "put": "replace"})),
    path("stock/movements", MovementViewSet.as_view(LISTED)),
    path("stock/assemblies", AssemblyViewSet.as_view({"post": "create"})),
    path("stock/pools", PoolViewSet.as_view({"put": "replace"})),
    path("stock/buffers", BufferRuleViewSet.as_view(LISTED)),
    path("stock/buffers/preview", BufferRuleViewSet.as_view({"post": "preview"})),
    path("stock/buffers/own", BufferRuleViewSet.as_view({"put": "replace"})),
    path("stock/buffers/<str:pk>", BufferRuleViewSet.as_view({**ONE, "delete": "destroy"})),
    path("stock/views", StockViewViewSet.as_view(LISTED)),
    path("stock/views/<str:pk>", StockViewViewSet.as_view({"get": "retrieve", "put": "update"})),
    path("stock/as-of", AsOfViewSet.as_view({"get": "retrieve"})),
    path("stock/valuation", ValuationViewSet.as_view({"get": "value"})),
    path("stock/turnover", ValuationViewSet.as_view({"get": "turnover"})),
    path("stock/ageing", ValuationViewSet.as_view({"get": "ageing"})),
    path("availability", AvailabilityViewSet.as_view({"get": "retrieve"})),
    path("availability/dates", AvailabilityViewSet.as_view({"get": "dates"})),
    path("reservations", ReservationViewSet.as_view({"post": "create"})),
    path("reservations/<path:pk>", ReservationViewSet.as_view({"get": "retrieve", "delete": "destroy"})),
    path("purchase-orders", PurchaseOrderViewSet.as_view(LISTED)),
    path("purchase-orders/<str:pk>", PurchaseOrderViewSet.as_view({"get": "retrieve"})),
    *(
        path(f"purchase-orders/<str:pk>/{step}", PurchaseOrderViewSet.as_view({"post": step}))
        for step in PURCHASE_STEPS
    ),
    path("receipts", ReceiptViewSet.as_view({"get": "list"})),
    path("inbound-supply", SupplyViewSet.as_view({"get": "retrieve"})),
    path("transfers", TransferViewSet.as_view(LISTED)),
    path("transfers/<str:pk>", TransferViewSet.as_view({"get": "retrieve"})),
    *(
        path(f"transfers/<str:pk>/{step}", TransferViewSet.as_view({"post": action}))
        for step, action in TRANSFER_STEPS.items()
    ),
    path("transfer-proposals", ProposalViewSet.as_view({"get": "retrieve", "post": "accept"})),
    path("count-proposals", MicroCountViewSet.as_view({"get": "retrieve", "post": "create"})),
    path("counts", CountViewSet.as_view(LISTED)),
    path("counts/<str:pk>", CountViewSet.as_view({"get": "retrieve"})),
    path("counts/<str:pk>/lines", CountViewSet.as_view({"get": "lines"})),
    path("counts/<str:pk>/record", CountViewSet.as_view({"post": "record"})),
    path("counts/<str:pk>/finish", CountViewSet.as_view({"post": "finish"})),
    path("counts/<str:pk>/recount", CountViewSet.as_view({"post": "recount"})),
    path("counts/<str:pk>/post", CountViewSet.as_view({"post": "apply"})),
    path("counts/<str:pk>/cancel", CountViewSet.as_view({"post": "cancel"})),
    path("imports", ImportViewSet.as_view(LISTED)),
    path("imports/<str:pk>", ImportViewSet.as_view({"get": "retrieve"})),
    path("imports/<str:pk>/rejected", ImportViewSet.as_view({"get": "rejected"})),
    path("imports/<str:pk>/rejected.csv", ImportViewSet.as_view({"get": "rejected_file"})),
    path("imports/<str:pk>/apply", ImportViewSet.as_view({"post": "apply"})),
    path("imports/<str:pk>/discard", ImportViewSet.as_view({"post": "discard"})),
    path("exports/stock", ExportViewSet.as_view({"get": "stock"})),
    path("exports/catalogue", ExportViewSet.as_view({"get": "catalogue"})),
    path("exports/locations", ExportViewSet.as_view({"get": "places"})),
    path("shrinkage", ShrinkageViewSet.as_view({"get": "retrieve"})),
]
