from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from inventory.enums import ImportState
from inventory.errors import ImportRunNotFound
from inventory.models import ImportReject, ImportRun, ImportThreshold

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet

# What holds as long as the tenant has set nothing.
ROWS_PERCENT, UNITS_PERCENT = 20, 50


def import_runs() -> QuerySet[ImportRun]:
    """Every import, newest first."""
    return ImportRun.objects.order_by("-created_at", "-pk")


def get_import(run_id: UUID) -> ImportRun:
    """One import. Raises ImportRunNotFound."""
    found = ImportRun.objects.filter(pk=run_id).first()
    if found is None:
        raise ImportRunNotFound(_("There is no such import."))
    return found


def rejected_rows(run_id: UUID) -> QuerySet[ImportReject]:
    """The rows of an import that were not applied, by line."""
    return ImportReject.objects.filter(run_id=run_id).order_by("line", "pk")


def threshold_of(kind: str) -> ImportThreshold:
    """How far a file of a kind may differ unseen: as the tenant set it, or as it is from the start."""
    found = ImportThreshold.objects.filter(kind=kind).first()
    return found or ImportThreshold(kind=kind, rows_percent=ROWS_PERCENT, units_percent=UNITS_PERCENT)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: the share of the file read, then the share of the changes applied."""

    share: float
    over: bool


def progress_of(run: ImportRun) -> Progress:
    """How far a run is."""
    over = run.state in {ImportState.DONE, ImportState.CHECKED, ImportState.FAILED, ImportState.DISCARDED}
    if run.state == ImportState.APPLYING:
        return Progress(run.applied / run.to_apply if run.to_apply else 1.0, over)
    return Progress(1.0 if run.read_at else min(run.read_bytes / run.file_size, 1.0), over)
