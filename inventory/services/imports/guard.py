"""Whether a snapshot differs from what came before it by more than the tenant lets pass unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from inventory.enums import SNAPSHOTS, ImportKind, ImportState
from inventory.models import ImportRun
from inventory.queries.imports import threshold_of
from inventory.services.imports.stock import present

if TYPE_CHECKING:
    from collections.abc import Sequence

WHOLE = 100


def look_at(run: ImportRun, places: Sequence[Any]) -> dict[str, Any]:
    """What the file was compared with; `passed` names the limits it passes, when it passes any.

    A file is measured by the last one of its kind, mode, source and location that was applied; the first one of stock by what its
    locations have. Files that only change what they name say nothing about the whole, and pass.
    """
    if run.mode not in SNAPSHOTS:
        return {}
    limits = threshold_of(run.kind)
    before = (
        ImportRun.objects.filter(
            kind=run.kind, mode=run.mode, source=run.source, location=run.location, state=ImportState.DONE
        )
        .order_by("-created_at", "-pk")
        .values_list("valid", "units")
        .first()
    )
    compared_with = "run" if before else "stock"
    if before is None:
        before = present(places) if run.kind == ImportKind.STOCK else (0, 0)
    told: dict[str, Any] = {
        "compared_with": compared_with,
        "rows_before": before[0],
        "units_before": before[1],
        "rows_percent": limits.rows_percent,
        "units_percent": limits.units_percent,
    }
    passed = [
        name
        for name, was, now, limit in (
            ("rows", before[0], run.valid, limits.rows_percent),
            ("units", before[1], run.units, limits.units_percent),
            ("rejected", run.rows, run.rows - run.rejected, limits.rows_percent),
        )
        if limit is not None and was and abs(now - was) * WHOLE > was * limit
    ]
    return {**told, "passed": passed} if passed else told
