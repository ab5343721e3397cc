"""The parts of a channel's page that are lists: publications, listings, parked orders, exchanges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from django.db.models import Q
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from channels.enums import ParkedKind
from channels.queries import exchanges_of, listings_of, parked_items, publications_of
from channels.web.looks import delay
from channels.web.tabs import head_of, open_connection
from channels.web.told import told
from oms.tenancy.permissions import Permission
from oms.web import elements, formats
from oms.web.lists import ChoiceFilter, Column, DateFilter, Empty, ListSpec, Option, render_list
from oms.web.pages import page

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

    from channels.models import ExchangeLog, Listing, ParkedItem, Publication
    from oms.tenancy.requests import TenantRequest

TEMPLATE = "channels/tab.html"
FIRST_ERROR = 400
FAILED = ~Q(error="") | Q(status=None) | Q(status__gte=FIRST_ERROR)


def _name_of(listing: Listing) -> str:
    return listing.sku.code if listing.sku is not None else listing.sku_code or listing.external_id


def _answer_cell(row: Publication) -> SafeString:
    if row.error:
        return format_html('{}<span class="d-block bt-3">{}</span>', elements.pill("refused"), told(row.error))
    if row.acknowledged_at is None:
        return elements.pill("waiting", quiet=True)
    return elements.mark("good", "check", _("Acknowledged"), quiet=True)


def _answer(row: Publication) -> str:
    return told(row.error) or (_("Acknowledged") if row.acknowledged_at else _("Waiting"))


PUBLICATIONS: ListSpec[Publication] = ListSpec(
    key="channel-publications",
    title=gettext_lazy("Publications"),
    columns=(
        Column("sku", gettext_lazy("SKU"), value=lambda p: _name_of(p.listing)),
        Column("before", gettext_lazy("Before"), value=lambda p: p.before, align="right", phone=False),
        Column(
            "quantity",
            gettext_lazy("Quantity told"),
            value=lambda p: p.quantity,
            short=gettext_lazy("Quantity"),
            align="right",
        ),
        Column("changed", gettext_lazy("Stock changed"), value=lambda p: p.changed_at, priority=3),
        Column("sent", gettext_lazy("Sent"), value=lambda p: p.sent_at, sort="sent_at", newest_first=True, phone=False),
        Column("delay", gettext_lazy("Delay"), value=lambda p: delay(p.delay_ms), align="right", priority=2),
        Column("answer", gettext_lazy("Answer"), value=_answer, cell=_answer_cell),
    ),
    default_sort="-sent",
    filters=(
        ChoiceFilter(
            "answer",
            gettext_lazy("Answer"),
            options=(
                Option("refused", gettext_lazy("Refused"), where=~Q(error="")),
                Option("waiting", gettext_lazy("Waiting"), where=Q(error="", acknowledged_at=None)),
                Option("acknowledged", gettext_lazy("Acknowledged"), where=Q(error="", acknowledged_at__isnull=False)),
            ),
        ),
        DateFilter("sent", gettext_lazy("Sent"), field="sent_at"),
    ),
    search=lambda found, text: found.filter(Q(listing__sku_code__iexact=text) | Q(listing__sku__code__iexact=text)),
    search_hint=gettext_lazy("SKU code"),
    row_label=lambda p: _name_of(p.listing),
    empty=Empty(
        gettext_lazy("Nothing was told yet"),
        gettext_lazy("As soon as a listing has a SKU and its stock changes, the channel is told within seconds."),
        icon="send",
    ),
    template=TEMPLATE,
)


def _search_listings(found: QuerySet[Listing], text: str) -> QuerySet[Listing]:
    return found.filter(
        Q(sku_code__istartswith=text) | Q(sku__code__istartswith=text) | Q(title__icontains=text) | Q(barcode=text)
    )


def _told_cell(row: Listing) -> SafeString:
    if row.withdrawn_at:
        return format_html(
            '<span class="bt-3">{}</span> {}', _("No longer offered"), elements.time_of(row.withdrawn_at)
        )
    if row.error:
        return format_html('{}<span class="d-block bt-3">{}</span>', elements.pill("refused"), told(row.error))
    if row.told is None:
        return elements.NOTHING
    return format_html('{} <span class="bt-3">{}</span>', formats.number(row.told), elements.time_of(row.told_at))


_SKU_COLUMN: Column[Listing] = Column(
    "sku", gettext_lazy("SKU"), value=lambda row: row.sku.code if row.sku is not None else ""
)
LISTINGS: ListSpec[Listing] = ListSpec(
    key="channel-listings",
    title=gettext_lazy("Listings"),
    columns=(
        Column(
            "code", gettext_lazy("Channel's code"), value=lambda row: row.sku_code or row.external_id, sort="sku_code"
        ),
        Column("title", gettext_lazy("Title"), value=lambda row: row.title, priority=2, wide=True),
        Column("barcode", gettext_lazy("Barcode"), value=lambda row: row.barcode, priority=3),
        _SKU_COLUMN,
        Column("told", gettext_lazy("Told"), value=lambda row: row.told, cell=_told_cell, align="right"),
        Column("owed", gettext_lazy("Owed since"), value=lambda row: row.dirty_since, priority=2, align="right"),
    ),
    default_sort="code",
    filters=(
        ChoiceFilter(
            "sku",
            gettext_lazy("SKU"),
            options=(
                Option("none", gettext_lazy("without"), where=Q(sku=None)),
                Option("known", gettext_lazy("known"), where=Q(sku__isnull=False)),
            ),
        ),
        ChoiceFilter(
            "stock",
            gettext_lazy("Stock"),
            options=(
                Option("owed", gettext_lazy("owed"), where=Q(dirty_since__isnull=False)),
                Option("refused", gettext_lazy("refused"), where=~Q(error="")),
                Option("withdrawn", gettext_lazy("no longer offered"), where=Q(withdrawn_at__isnull=False)),
            ),
        ),
    ),
    search=_search_listings,
    search_hint=gettext_lazy("Code, title, barcode"),
    row_label=lambda row: row.sku_code or row.external_id,
    empty=Empty(
        gettext_lazy("No listing yet"),
        gettext_lazy("The channel's articles are read with the first poll, and again every hour."),
        icon="tags",
    ),
    template=TEMPLATE,
)
LISTINGS_TO_LINK = replace(
    LISTINGS,
    columns=tuple(
        replace(column, template="channels/sku_cell.html") if column is _SKU_COLUMN else column
        for column in LISTINGS.columns
    ),
)

PARKED: ListSpec[ParkedItem] = ListSpec(
    key="channel-parked",
    title=gettext_lazy("Parked orders"),
    columns=(
        Column("order", gettext_lazy("Channel's number"), value=lambda item: item.external_id),
        Column("kind", gettext_lazy("Cause"), value=lambda item: str(ParkedKind(item.kind).label)),
        Column("reason", gettext_lazy("Reason"), value=lambda item: told(item.reason), wide=True),
        Column("attempts", gettext_lazy("Attempts"), value=lambda item: item.attempts, align="right", priority=3),
        Column("since", gettext_lazy("Since"), value=lambda item: item.created_at, align="right", priority=2),
        Column(
            "updated",
            gettext_lazy("Last attempt"),
            value=lambda item: item.updated_at,
            sort="updated_at",
            newest_first=True,
            align="right",
            priority=2,
        ),
    ),
    default_sort="-updated",
    filters=(
        ChoiceFilter(
            "kind",
            gettext_lazy("Cause"),
            options=tuple(Option(value, label) for value, label in ParkedKind.choices),
            field="kind",
        ),
    ),
    search=lambda found, text: found.filter(Q(external_id=text) | Q(reason__icontains=text)),
    search_hint=gettext_lazy("Number or reason"),
    row_label=lambda item: item.external_id,
    row_url=lambda item: reverse("channels:item", args=[item.connection_id, item.pk]),
    empty=Empty(
        gettext_lazy("No order is parked"),
        gettext_lazy("An order that cannot be accepted waits here, as it was received, with its reason."),
        icon="circle-check",
    ),
    exportable=False,
    template=TEMPLATE,
)


def _status_cell(row: ExchangeLog) -> SafeString:
    status = str(row.status or _("none"))
    if row.error or row.status is None or row.status >= FIRST_ERROR:
        return elements.mark("bad", "alert-triangle", status)
    return elements.mark("good", "check", status, quiet=True)


EXCHANGES: ListSpec[ExchangeLog] = ListSpec(
    key="channel-exchanges",
    title=gettext_lazy("Exchanges"),
    columns=(
        Column("operation", gettext_lazy("Operation"), value=lambda row: row.operation),
        Column("call", gettext_lazy("Call"), value=lambda row: f"{row.method} {row.url}", priority=2, wide=True),
        Column("status", gettext_lazy("Answer"), value=lambda row: row.status, cell=_status_cell),
        Column("error", gettext_lazy("Error"), value=lambda row: told(row.error)[:300], priority=2),
        Column("time", gettext_lazy("Took"), value=lambda row: delay(row.elapsed_ms), align="right", priority=2),
        Column("at", gettext_lazy("When"), value=lambda row: row.at, sort="at", newest_first=True, align="right"),
    ),
    default_sort="-at",
    filters=(
        ChoiceFilter(
            "outcome",
            gettext_lazy("Outcome"),
            options=(
                Option("failed", gettext_lazy("failed"), where=FAILED),
                Option("fine", gettext_lazy("succeeded"), where=~FAILED),
            ),
        ),
        DateFilter("at", gettext_lazy("When"), field="at"),
    ),
    search=lambda found, text: found.filter(operation__icontains=text),
    search_hint=gettext_lazy("Operation"),
    row_label=lambda row: row.operation,
    empty=Empty(
        gettext_lazy("No call yet"), gettext_lazy("Every call to the channel is noted here."), icon="arrows-exchange"
    ),
    exportable=False,
    template=TEMPLATE,
)


@page(Permission.CHANNELS_READ)
def publications(request: TenantRequest, connection_id: UUID) -> HttpResponseBase:
    """How the channel does, and what it was told."""
    row = open_connection(connection_id)
    return render_list(request, PUBLICATIONS, publications_of(row.pk), context=head_of(request, row, "page"))


@page(Permission.CHANNELS_READ)
def listings(request: TenantRequest, connection_id: UUID) -> HttpResponseBase:
    """What the channel offers, and which SKU each article is."""
    row = open_connection(connection_id)
    spec = LISTINGS_TO_LINK if request.access.may(Permission.CHANNELS_WRITE) else LISTINGS
    return render_list(request, spec, listings_of(row.pk), context=head_of(request, row, "listings"))


@page(Permission.CHANNELS_READ)
def parked(request: TenantRequest, connection_id: UUID) -> HttpResponseBase:
    """What the channel sent and Baton could not accept."""
    row = open_connection(connection_id)
    found = parked_items().filter(connection_id=row.pk)
    return render_list(request, PARKED, found, context=head_of(request, row, "parked"))


@page(Permission.CHANNELS_READ)
def exchanges(request: TenantRequest, connection_id: UUID) -> HttpResponseBase:
    """The calls made to the channel."""
    row = open_connection(connection_id)
    return render_list(request, EXCHANGES, exchanges_of(row.pk), context=head_of(request, row, "exchanges"))
