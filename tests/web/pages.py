"""Pages that only tests have: two lists over real tables, a refusal, a page for owners."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.http import HttpResponse
from django.template import engines

from oms.tenancy.errors import OmsError
from oms.tenancy.permissions import Permission
from oms.tenancy.queries import api_keys, audit_entries
from oms.tenancy.services import audit
from oms.web.lists import (
    BulkAction,
    BulkResult,
    Button,
    ChoiceFilter,
    Column,
    Counter,
    DateFilter,
    Empty,
    ListSpec,
    Option,
    RangeFilter,
    SystemView,
    TextFilter,
    render_list,
)
from oms.web.pages import page, scanning

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from oms.tenancy.requests import TenantRequest


class NoteForm(forms.Form):
    note = forms.CharField(max_length=40)


def mark(request: TenantRequest, rows: Any, data: Any) -> BulkResult:
    """Write one more line per row; refuse the rows about tenants."""
    labels = [(str(row.object_id), row.object_type) for row in rows]
    refused = [(label, "A tenant cannot be marked.") for label, kind in labels if kind == "tenant"]
    for label, kind in labels:
        if kind != "tenant":
            audit(
                action="row.marked",
                object_type="mark",
                object_id=label,
                actor=request.access.actor,
                note=data.get("note", ""),
            )
    return BulkResult(done=len(labels) - len(refused), refused=refused)


def search(rows: Any, text: str) -> Any:
    return rows.filter(Q(object_id__icontains=text) | Q(action__icontains=text))


AUDIT = ListSpec(
    key="audit",
    title="Audit trail",
    default_sort="-at",
    columns=(
        Column("action", "Action", value=lambda e: e.action, sort="action"),
        Column("at", "When", value=lambda e: e.at, sort="at", newest_first=True, align="right"),
        Column("object", "Object", value=lambda e: e.object_id, priority=2),
        Column("actor", "Actor", value=lambda e: e.actor_label, priority=3),
        Column("kind", "Kind", value=lambda e: e.object_type, shown=False),
    ),
    filters=(
        ChoiceFilter(
            "kind",
            "Kind",
            options=(
                Option("order", "Order"),
                Option("tenant", "Tenant"),
                Option("none", "No object", where=Q(object_id="")),
            ),
            field="object_type",
        ),
        DateFilter("at", "When", field="at"),
        TextFilter("object", "Object", field="object_id"),
        RangeFilter("amount", "Amount", field="data__amount"),
    ),
    views=(SystemView("orders", "Orders", "kind=order"),),
    counters=(
        Counter(
            "orders",
            "Orders",
            icon="shopping-cart",
            tone="warn",
            query="kind=order",
            count=lambda _r: audit_entries().count(),
        ),
    ),
    actions=(
        BulkAction("mark", "Mark", icon="tag", run=mark, permission=Permission.ORDERS_WRITE),
        BulkAction(
            "note",
            "Note…",
            icon="message",
            run=mark,
            permission=Permission.ORDERS_WRITE,
            form=NoteForm,
            confirm="It cannot be undone.",
        ),
        BulkAction("admin", "Administer", icon="settings", run=mark, permission=Permission.TENANT_ADMIN),
    ),
    buttons=(Button("Nowhere", "no-such-route"),),
    search=search,
    search_hint="Object or action",
    row_label=lambda e: e.action,
    row_url=lambda e: f"/test/audit/{e.pk}/",
    empty=Empty("Nothing happened yet", "What people do is listed here."),
    page_size=5,
    personal_data=True,
    live=True,
)

KEYS = ListSpec(
    key="keys",
    title="API keys",
    default_sort="used",
    columns=(
        Column("name", "Name", value=lambda k: k.name, sort="name"),
        Column("used", "Last used", value=lambda k: k.last_used_at, sort="last_used_at", nullable=True),
    ),
    page_size=3,
)


@page(Permission.ORDERS_READ, methods=("GET", "POST"))
def audit_list(request: TenantRequest) -> HttpResponseBase:
    return render_list(request, AUDIT, audit_entries().exclude(action="tenant.created"))


@page(Permission.TENANT_ADMIN)
def key_list(request: TenantRequest) -> HttpResponseBase:
    return render_list(request, KEYS, api_keys())


@page(None, methods=("GET", "POST"))
def refusing(request: TenantRequest) -> HttpResponse:
    audit(action="half.done", object_type="half", object_id="1", actor=request.access.actor)
    raise OmsError("The order has shipped.")


@page(Permission.TENANT_ADMIN)
def owner_only(_request: TenantRequest) -> HttpResponse:
    return HttpResponse("fine")


SCAN = """{% extends "base_store.html" %}{% load baton %}{% block title %}Scan{% endblock %}{% block heading %}Scan{% endblock %}
{% block main %}<form method="post">{% csrf_token %}{% cotton scan / %}</form><p id="said">{{ said }}</p>{% endblock %}
{% block scripts %}{% script "js/scan.js" %}{% endblock %}"""


@scanning
@page(None, methods=("GET", "POST"))
def scan(request: TenantRequest) -> HttpResponse:
    return HttpResponse(engines["django"].from_string(SCAN).render({"said": request.POST.get("code", "")}, request))
