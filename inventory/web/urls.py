"""Three groups of addresses under one name: /stock/, /views/ and /locations/."""

from __future__ import annotations

from django.urls import path

from inventory.web import imports, levels, places, sku, views

app_name = "inventory"
urlpatterns = [
    path("stock/", levels.levels, name="matrix"),
    path("stock/movements/", levels.movements, name="movements"),
    path("stock/import/", imports.import_levels, name="import"),
    path("stock/import/apply/", imports.apply_import, name="apply-import"),
    path("stock/<path:code>/fence/", sku.fence, name="fence"),
    path("stock/<path:code>/move/", sku.move, name="move"),
    path("stock/<path:code>/", sku.sku_page, name="sku"),
    path("views/", views.view_list, name="views"),
    path("views/new/", views.new_view, name="new-view"),
    path("views/edit/<str:code>/", views.edit_view, name="view"),
    path("locations/", places.location_list, name="locations"),
    path("locations/new/", places.new_location, name="new-location"),
    path("locations/<uuid:location_id>/", places.location_page, name="location"),
    path("locations/<uuid:location_id>/change/", places.change_location, name="change-location"),
]
