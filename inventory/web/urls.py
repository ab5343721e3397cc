"""Groups of addresses under one name: stock, views, locations, and the documents that move stock."""

from __future__ import annotations

from django.urls import path

from inventory.web import (
    buffers,
    cell,
    counts,
    imports,
    inbound,
    levels,
    matrix,
    paste,
    places,
    sku,
    transfers,
    valuation,
    views,
)
from inventory.web.handling import arrivals as handling_arrivals
from inventory.web.handling import counts as handling_counts
from inventory.web.handling import home as handling_home
from inventory.web.handling import transfers as handling_transfers

app_name = "inventory"
urlpatterns = [
    path("stock/", matrix.matrix, name="matrix"),
    path("stock/levels/", levels.levels, name="levels"),
    path("stock/paste/", paste.paste, name="paste"),
    path("stock/movements/", levels.movements, name="movements"),
    path("stock/imports/", imports.import_list, name="imports"),
    path("stock/imports/new/", imports.new_import, name="import"),
    path("stock/imports/limits/", imports.limits, name="import-limits"),
    path("stock/imports/<uuid:run_id>/", imports.import_page, name="import-run"),
    path("stock/imports/<uuid:run_id>/start/", imports.start, name="start-import"),
    path("stock/imports/<uuid:run_id>/apply/", imports.apply, name="apply-import"),
    path("stock/imports/<uuid:run_id>/discard/", imports.discard, name="discard-import"),
    path("stock/imports/<uuid:run_id>/rejected.csv", imports.rejected_file, name="import-rejected"),
    path("stock/export.csv", imports.export_stock, name="export-stock"),
    path("stock/valuation/", valuation.valuation, name="valuation"),
    path("stock/buffers/", buffers.rule_list, name="buffers"),
    path("stock/buffers/new/", buffers.new_rule, name="new-buffer"),
    path("stock/buffers/preview/", buffers.preview, name="preview-buffer"),
    path("stock/buffers/<uuid:rule_id>/", buffers.rule_page, name="buffer"),
    path("stock/buffers/<uuid:rule_id>/switch/", buffers.switch, name="switch-buffer"),
    path("stock/buffers/<uuid:rule_id>/delete/", buffers.delete, name="delete-buffer"),
    path("stock/<path:code>/at/<uuid:location_id>/", cell.cell, name="cell"),
    path("stock/<path:code>/fence/", sku.fence, name="fence"),
    path("stock/<path:code>/assemble/", sku.assemble, name="assemble"),
    path("stock/<path:code>/move/", sku.move, name="move"),
    path("stock/<path:code>/", sku.sku_page, name="sku"),
    path("views/", views.view_list, name="views"),
    path("views/new/", views.new_view, name="new-view"),
    path("views/edit/<str:code>/", views.edit_view, name="view"),
    path("locations/", places.location_list, name="locations"),
    path("locations/new/", places.new_location, name="new-location"),
    path("locations/<uuid:location_id>/", places.location_page, name="location"),
    path("locations/<uuid:location_id>/change/", places.change_location, name="change-location"),
    path("purchase-orders/", inbound.purchase_list, name="purchase-orders"),
    path("purchase-orders/new/", inbound.new_purchase, name="new-purchase-order"),
    path("purchase-orders/<uuid:order_id>/", inbound.purchase_page, name="purchase-order"),
    path("purchase-orders/<uuid:order_id>/confirm/", inbound.confirm, name="confirm-purchase-order"),
    path("purchase-orders/<uuid:order_id>/receive/", inbound.receive, name="receive-purchase-order"),
    path("purchase-orders/<uuid:order_id>/announce/", inbound.announce, name="announce-shipment"),
    path("purchase-orders/<uuid:order_id>/close/", inbound.close, name="close-purchase-order"),
    path("purchase-orders/<uuid:order_id>/cancel/", inbound.cancel, name="cancel-purchase-order"),
    path("transfers/", transfers.transfer_list, name="transfers"),
    path("transfers/new/", transfers.new_transfer, name="new-transfer"),
    path("transfers/proposals/", transfers.proposals, name="transfer-proposals"),
    path("transfers/<uuid:transfer_id>/", transfers.transfer_page, name="transfer"),
    path("transfers/<uuid:transfer_id>/request/", transfers.ask, name="request-transfer"),
    path("transfers/<uuid:transfer_id>/dispatch/", transfers.send, name="dispatch-transfer"),
    path("transfers/<uuid:transfer_id>/receive/", transfers.receive, name="receive-transfer"),
    path("transfers/<uuid:transfer_id>/settle/", transfers.settle, name="settle-transfer"),
    path("transfers/<uuid:transfer_id>/cancel/", transfers.cancel, name="cancel-transfer"),
    path("counts/", counts.count_list, name="counts"),
    path("counts/new/", counts.new_count, name="new-count"),
    path("counts/shrinkage/", counts.shrinkage_page, name="shrinkage"),
    path("counts/<uuid:count_id>/", counts.count_page, name="count"),
    path("counts/<uuid:count_id>/finish/", counts.finish, name="finish-count"),
    path("counts/<uuid:count_id>/post/", counts.post, name="post-count"),
    path("counts/<uuid:count_id>/cancel/", counts.cancel, name="cancel-count"),
    path("handling/<str:code>/", handling_home.home, name="handling"),
    path("handling/<str:code>/arrivals/<uuid:order_id>/", handling_arrivals.arrival, name="handling-arrival"),
    path(
        "handling/<str:code>/arrivals/<uuid:order_id>/scan/",
        handling_arrivals.scan_arrival,
        name="handling-arrival-scan",
    ),
    path(
        "handling/<str:code>/arrivals/<uuid:order_id>/take/",
        handling_arrivals.take_arrival,
        name="handling-arrival-take",
    ),
    path(
        "handling/<str:code>/arrivals/<uuid:order_id>/close/",
        handling_arrivals.close_arrival,
        name="handling-arrival-close",
    ),
    path("handling/<str:code>/transfers/<uuid:transfer_id>/", handling_transfers.transfer, name="handling-transfer"),
    path(
        "handling/<str:code>/transfers/<uuid:transfer_id>/send/",
        handling_transfers.send_transfer,
        name="handling-transfer-send",
    ),
    path(
        "handling/<str:code>/transfers/<uuid:transfer_id>/scan/",
        handling_transfers.scan_transfer,
        name="handling-transfer-scan",
    ),
    path(
        "handling/<str:code>/transfers/<uuid:transfer_id>/take/",
        handling_transfers.take_transfer,
        name="handling-transfer-take",
    ),
    path(
        "handling/<str:code>/transfers/<uuid:transfer_id>/finish/",
        handling_transfers.finish_transfer,
        name="handling-transfer-finish",
    ),
    path("handling/<str:code>/counts/<uuid:count_id>/", handling_counts.count, name="handling-count"),
    path("handling/<str:code>/counts/<uuid:count_id>/scan/", handling_counts.scan_count, name="handling-count-scan"),
    path("handling/<str:code>/counts/<uuid:count_id>/set/", handling_counts.set_count, name="handling-count-set"),
    path(
        "handling/<str:code>/counts/<uuid:count_id>/finish/", handling_counts.finish_count, name="handling-count-finish"
    ),
]
