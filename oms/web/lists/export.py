"""The list as a CSV file: what the screen shows, all pages of it, streamed."""

from __future__ import annotations

import csv
import io
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.http import StreamingHttpResponse
from django.utils import timezone, translation

from oms.tenancy.context import tenant_scope
from oms.tenancy.services import audit
from oms.web.lists import keyset

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.db.models import QuerySet

    from oms.tenancy.requests import TenantRequest
    from oms.web.lists.spec import ListSpec
    from oms.web.lists.state import ListState

BATCH = 1000
BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
# A spreadsheet would run a cell that begins with one of these as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def export(
    request: TenantRequest, spec: ListSpec[Any], queryset: QuerySet[Any], state: ListState
) -> StreamingHttpResponse:
    """Answer with the file. The rows are read batch by batch, each in a scope of its own, at the pace of the reader."""
    if spec.personal_data:
        columns = [column.key for column in state.columns]
        audit(
            action="list.exported",
            object_type="list",
            object_id=spec.key,
            actor=request.access.actor,
            query=state.query(),
            columns=columns,
        )
    language, zone = translation.get_language() or "en", timezone.get_current_timezone()
    lines = _lines(spec, queryset, state, language)

    def paced() -> Iterator[bytes]:
        while True:
            with tenant_scope(request.tenant_id), translation.override(language), timezone.override(zone):
                batch = next(lines, None)
            if batch is None:
                return
            yield batch.encode()

    name = f"{spec.key}-{timezone.localdate():%Y-%m-%d}.csv"
    return StreamingHttpResponse(
        paced(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )


def _lines(spec: ListSpec[Any], queryset: QuerySet[Any], state: ListState, language: str) -> Iterator[str]:
    """Pieces of the file, one batch of rows each; the reader resumes it inside the tenant's scope."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, delimiter=delimiter_of(language))
    buffer.write(BYTE_ORDER_MARK)
    writer.writerow([str(column.label) for column in state.columns])
    after = ""
    while True:
        page = keyset.fetch(queryset, state.order, BATCH, after=after)
        if spec.prepare is not None:
            spec.prepare(page.rows)
        writer.writerows([as_text(column.value(row), language) for column in state.columns] for row in page.rows)
        yield _drained(buffer)
        after = page.after
        if not after:
            return


def delimiter_of(language: str) -> str:
    """French spreadsheets expect semicolons, since their comma is decimal."""
    return ";" if language.startswith("fr") else ","


def as_text(value: object, language: str) -> str:
    """A value as a spreadsheet of that language reads it; text can never become a formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M:%S}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, (int, float, Decimal)):
        return str(value).replace(".", ",") if language.startswith("fr") else str(value)
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _drained(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text
