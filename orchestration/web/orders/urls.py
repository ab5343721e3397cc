from __future__ import annotations

from django.urls import path

from orchestration.web.orders import actions, bulk, listing, page

app_name = "orders"
urlpatterns = [
    path("", listing.order_list, name="list"),
    path("results/", bulk.bulk_result, name="bulk-result"),
    path("<str:number>/", page.order_page, name="page"),
    path("<str:number>/technical/", page.technical, name="technical"),
    path("<str:number>/note/", actions.note, name="note"),
    *(path(f"<str:number>/{each.key}/", actions.action_view(each), name=each.key) for each in actions.ACTIONS),
]
