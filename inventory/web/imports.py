"""Files of stock, SKUs and locations: sent, looked at, tried, applied; what became of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import SNAPSHOTS, ImportKind, ImportMode, ImportSource, ImportState
from inventory.errors import BadImport, ImportOver
from inventory.imports.errors import BadFile
from inventory.imports.probe import Format
from inventory.imports.reasons import why_failed, why_rejected
from inventory.imports.writers import MEDIA_TYPES, write_csv
from inventory.queries import get_import, import_runs, progress_of, rejected_rows
from inventory.queries.exports import export_headers, export_rows, rejected_headers, rejected_table
from inventory.services.imports import apply_import, discard_import, preview, receive_file, save_threshold, start_import
from inventory.services.imports.receive import ImportRequest
from inventory.web.imports_forms import MappingForm, ThresholdForm, UploadForm, kinds_to_write
from oms.tenancy.errors import Forbidden
from oms.tenancy.permissions import Permission
from oms.web import elements, formats
from oms.web.lists import Button, ChoiceFilter, Column, DateFilter, Empty, ListSpec, Option, render_list
from oms.web.lists.export import delimiter_of
from oms.web.pages import page

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

    from inventory.models import ImportRun
    from oms.tenancy.requests import TenantRequest

MOST_SHOWN = 100
REFUSED = 422
WHOLE = 100
NO_LIMIT = "\N{EN DASH}"
WRITES = {
    ImportKind.STOCK: Permission.STOCK_WRITE,
    ImportKind.CATALOGUE: Permission.CATALOGUE_WRITE,
    ImportKind.LOCATIONS: Permission.CATALOGUE_WRITE,
}
TONES = {
    ImportState.DRAFT: ("warn", "eye"),
    ImportState.QUEUED: ("info", "clock"),
    ImportState.READING: ("info", "progress"),
    ImportState.WAITING: ("warn", "alert-triangle"),
    ImportState.APPLYING: ("info", "progress"),
    ImportState.DONE: ("good", "circle-check"),
    ImportState.CHECKED: ("neutral", "flask"),
    ImportState.FAILED: ("bad", "circle-x"),
    ImportState.DISCARDED: ("neutral", "ban"),
}
NEW = Button(
    gettext_lazy("Import a file"),
    "inventory:import",
    icon="file-import",
    permission=Permission.STOCK_WRITE,
    primary=True,
)


def state_pill(run: ImportRun, *, quiet: bool = False) -> SafeString:
    """The state of a run as people see it."""
    tone, icon = TONES[ImportState(run.state)]
    return elements.mark(tone, icon, ImportState(run.state).label, quiet=quiet)


IMPORTS: ListSpec[ImportRun] = ListSpec(
    key="imports",
    title=gettext_lazy("Imports"),
    columns=(
        Column("file", gettext_lazy("File"), value=lambda run: run.file_name),
        Column("kind", gettext_lazy("Kind"), value=lambda run: str(ImportKind(run.kind).label), phone=False),
        Column("mode", gettext_lazy("Mode"), value=lambda run: str(ImportMode(run.mode).label), priority=3),
        Column(
            "state",
            gettext_lazy("State"),
            value=lambda run: str(ImportState(run.state).label),
            cell=lambda run: state_pill(run, quiet=True),
        ),
        Column("rows", gettext_lazy("Rows"), value=lambda run: run.rows, align="right", priority=2),
        Column("changed", gettext_lazy("To write"), value=lambda run: run.to_apply, align="right", priority=2),
        Column("rejected", gettext_lazy("Rejected"), value=lambda run: run.rejected, align="right", priority=2),
        Column("source", gettext_lazy("Source"), value=lambda run: str(ImportSource(run.source).label), priority=3),
        Column("by", gettext_lazy("By"), value=lambda run: run.actor.get("label", ""), priority=3),
        Column(
            "at",
            gettext_lazy("When"),
            value=lambda run: run.created_at,
            sort="created_at",
            newest_first=True,
            align="right",
            phone=False,
        ),
    ),
    default_sort="-at",
    filters=(
        ChoiceFilter(
            "kind", gettext_lazy("Kind"), options=tuple(Option(*each) for each in ImportKind.choices), field="kind"
        ),
        ChoiceFilter(
            "state", gettext_lazy("State"), options=tuple(Option(*each) for each in ImportState.choices), field="state"
        ),
        ChoiceFilter(
            "source",
            gettext_lazy("Source"),
            options=tuple(Option(*each) for each in ImportSource.choices),
            field="source",
        ),
        DateFilter("at", gettext_lazy("When"), field="created_at"),
    ),
    buttons=(
        Button(gettext_lazy("Limits"), "inventory:import-limits", icon="settings", permission=Permission.STOCK_WRITE),
        Button(
            gettext_lazy("Export the stock"),
            "inventory:export-stock",
            icon="download",
            permission=Permission.STOCK_READ,
        ),
        NEW,
    ),
    row_label=lambda run: run.file_name,
    row_url=lambda run: reverse("inventory:import-run", args=[run.pk]),
    empty=Empty(
        gettext_lazy("No file yet"),
        gettext_lazy("Send the quantities of your locations, or let a system drop or send them."),
        icon="file-import",
        action=NEW,
    ),
    live=True,
)


@page(Permission.STOCK_READ)
def import_list(request: TenantRequest) -> HttpResponseBase:
    """Every file that was sent, newest first."""
    return render_list(request, IMPORTS, import_runs())


@page(Permission.STOCK_WRITE, methods=("GET", "POST"))
def new_import(request: TenantRequest) -> HttpResponse:
    """Send a file; its first rows are shown before anything is done with them."""
    kinds = kinds_to_write(request.access, WRITES)
    form = UploadForm(request.POST or None, request.FILES or None, kinds=kinds)
    if request.method == "GET" or not form.is_valid():
        return render(request, "inventory/import.html", {"form": form}, status=REFUSED if form.is_bound else 200)
    given = form.cleaned_data
    wanted = ImportRequest(given["kind"], given["mode"], location=given["location"], draft=True)
    try:
        run, _new = receive_file(
            content=given["file"],
            name=given["file"].name,
            wanted=wanted,
            now=timezone.now(),
            actor=request.access.actor,
        )
    except BadImport as refusal:
        form.add_error("mode", refusal.message)
        return render(request, "inventory/import.html", {"form": form}, status=REFUSED)
    return redirect("inventory:import-run", run.pk)


@page(Permission.STOCK_READ)
def import_page(request: TenantRequest, run_id: UUID) -> HttpResponse:
    """One file: its first rows before it is read, its progress, its counts, its rejected rows."""
    run = get_import(run_id)
    if run.state == ImportState.DRAFT:
        return _draft(request, run, None)
    partial = "#run" if request.htmx and not request.htmx.boosted else ""
    return render(request, f"inventory/import_run.html{partial}", _context(request, run))


@page(Permission.STOCK_WRITE, methods=("POST",))
def start(request: TenantRequest, run_id: UUID) -> HttpResponse:
    """Try or apply a file whose columns a person has checked."""
    run = _to_write(request, run_id)
    if run.state != ImportState.DRAFT:
        return redirect("inventory:import-run", run.pk)
    try:
        form = MappingForm(request.POST, run=run, headers=preview(run).headers)
    except BadFile:
        return _draft(request, run, None)
    if not form.is_valid():
        return _draft(request, run, form)
    try:
        start_import(run_id=run.pk, mapping=form.mapping, dry_run="try" in request.POST, actor=request.access.actor)
    except ImportOver as refusal:
        messages.error(request, refusal.message)
    return redirect("inventory:import-run", run.pk)


@page(Permission.STOCK_WRITE, methods=("POST",))
def apply(request: TenantRequest, run_id: UUID) -> HttpResponse:
    """Apply a file that was tried, or that waits for a decision."""
    return _decide(request, run_id, lambda run: apply_import(run_id=run.pk, actor=request.access.actor))


@page(Permission.STOCK_WRITE, methods=("POST",))
def discard(request: TenantRequest, run_id: UUID) -> HttpResponse:
    """Give a file up."""
    return _decide(
        request, run_id, lambda run: discard_import(run_id=run.pk, now=timezone.now(), actor=request.access.actor)
    )


@page(Permission.STOCK_READ)
def rejected_file(request: TenantRequest, run_id: UUID) -> StreamingHttpResponse:
    """The rejected rows, to be mended and sent again."""
    run = get_import(run_id)
    rows = rejected_table(run.pk, run.kind, tenant_id=request.tenant_id)
    return _csv(write_csv(rejected_headers(run.kind), rows, delimiter=_delimiter()), f"rejected-{run.pk}")


@page(Permission.STOCK_READ)
def export_stock(request: TenantRequest) -> StreamingHttpResponse:
    """What there is of each SKU at each location, as a file that can be imported."""
    rows = export_rows(ImportKind.STOCK, tenant_id=request.tenant_id, places=request.access.locations)
    content = write_csv(export_headers(ImportKind.STOCK), rows, delimiter=_delimiter())
    return _csv(content, f"stock-{timezone.localdate():%Y-%m-%d}")


@page(Permission.STOCK_WRITE, methods=("GET", "POST"))
def limits(request: TenantRequest) -> HttpResponse:
    """How far a snapshot may differ from the one before it without a person looking."""
    kinds = [kind for kind in (ImportKind.STOCK, ImportKind.CATALOGUE) if request.access.may(WRITES[kind])]
    forms = [ThresholdForm(request.POST or None, kind=kind) for kind in kinds]
    if request.method == "POST" and all(form.is_valid() for form in forms):
        for form in forms:
            given = {"units_percent": None, **form.cleaned_data}
            save_threshold(kind=form.kind, actor=request.access.actor, **given)
        messages.success(request, _("The limits are saved."))
        return redirect("inventory:imports")
    status = REFUSED if request.method == "POST" else 200
    return render(request, "inventory/import_limits.html", {"forms": forms}, status=status)


def _delimiter() -> str:
    return delimiter_of(translation.get_language() or "en")


def _csv(content: Iterator[bytes], name: str) -> StreamingHttpResponse:
    return StreamingHttpResponse(
        content,
        content_type=MEDIA_TYPES[Format.CSV],
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"', "Cache-Control": "no-store"},
    )


def _to_write(request: TenantRequest, run_id: UUID) -> ImportRun:
    run = get_import(run_id)
    if not request.access.may(WRITES[ImportKind(run.kind)]):
        raise Forbidden(_("Your role does not include this."))
    return run


def _decide(request: TenantRequest, run_id: UUID, act: Any) -> HttpResponse:
    run = _to_write(request, run_id)
    try:
        act(run)
    except (ImportOver, BadImport) as refusal:
        messages.error(request, refusal.message)
    return redirect("inventory:import-run", run.pk)


def _draft(request: TenantRequest, run: ImportRun, form: MappingForm | None) -> HttpResponse:
    context: dict[str, Any] = {
        "run": run,
        "pill": state_pill(run),
        "may_write": _may_write(request, run),
        **_words(run),
    }
    try:
        found = preview(run)
    except BadFile as mistake:
        context["failure"] = why_failed(mistake.code, mistake.detail)
    else:
        context |= {"preview": found, "form": form or MappingForm(run=run, headers=found.headers)}
    return render(request, "inventory/import_draft.html", context, status=REFUSED if form else 200)


def _may_write(request: TenantRequest, run: ImportRun) -> bool:
    return request.access.may(WRITES[ImportKind(run.kind)])


def _words(run: ImportRun) -> dict[str, Any]:
    return {
        "kind": ImportKind(run.kind).label,
        "mode": ImportMode(run.mode).label,
        "source": ImportSource(run.source).label,
        "is_snapshot": run.mode in SNAPSHOTS,
    }


def _context(request: TenantRequest, run: ImportRun) -> dict[str, Any]:
    progress = progress_of(run)
    shown = list(rejected_rows(run.pk)[:MOST_SHOWN])
    return {
        "run": run,
        "pill": state_pill(run),
        "progress": round(progress.share * WHOLE),
        "is_running": run.state in {ImportState.QUEUED, ImportState.READING, ImportState.APPLYING},
        "is_waiting": run.state == ImportState.WAITING,
        "is_tried": run.state == ImportState.CHECKED,
        "failure": why_failed(run.failure, run.failure_detail) if run.failure else "",
        "compared": _compared(run),
        "took": run.finished_at - run.started_at if run.finished_at and run.started_at else None,
        "rejected": [{"line": row.line, "reason": why_rejected(row.code, row.cells, row.detail)} for row in shown],
        "more": max(run.rejected - len(shown), 0) if run.read_at else 0,
        "may_write": _may_write(request, run),
        **_words(run),
    }


def _compared(run: ImportRun) -> list[dict[str, Any]]:
    """What a file that waits has, beside what the one before it had."""
    passed = run.guard.get("passed", [])
    if not passed:
        return []
    lines = [
        (_("Rows"), run.guard["rows_before"], run.valid, run.guard["rows_percent"], "rows"),
        (_("Units"), run.guard["units_before"], run.units, run.guard["units_percent"], "units"),
        (_("Rejected rows"), 0, run.rejected, run.guard["rows_percent"], "rejected"),
    ]
    return [
        {
            "label": label,
            "before": before,
            "now": now,
            "limit": NO_LIMIT if limit is None else formats.percent(limit / WHOLE, 0),
            "passed": name in passed,
        }
        for label, before, now, limit, name in lines
        if name in passed or name != "rejected"
    ]
