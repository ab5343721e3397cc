"""What people decide about a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inventory.enums import ImportState
from inventory.errors import ImportOver, ImportRunNotFound
from inventory.models import ImportChunk, ImportPiece, ImportReject, ImportRun, ImportThreshold
from oms.tenancy.services import audit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from oms.tenancy.types import Actor


@transaction.atomic
def start_import(*, run_id: UUID, mapping: Mapping[str, str], dry_run: bool, actor: Actor) -> ImportRun:
    """Queue a file that a person has looked at, with the columns as they said. Raises ImportRunNotFound, ImportOver."""
    run = _locked(run_id, ImportState.DRAFT)
    run.mapping, run.actor = dict(mapping), actor.to_json()
    return _queued(run, dry_run=dry_run)


@transaction.atomic
def apply_import(*, run_id: UUID, actor: Actor) -> ImportRun:
    """Apply a file that waits, as it was read; or one that was tried, which is read again.

    Raises ImportRunNotFound, ImportOver.
    """
    run = _locked(run_id, ImportState.WAITING, ImportState.CHECKED)
    audit(action="import.applied", object_type="import", object_id=run.pk, actor=actor, file=run.file_name)
    run.decided_by = actor.to_json()
    if run.state == ImportState.CHECKED:
        ImportReject.objects.filter(run_id=run.pk).delete()
        return _queued(run, dry_run=False)
    run.state = ImportState.APPLYING
    run.save(update_fields=["state", "decided_by"])
    return run


def _queued(run: ImportRun, *, dry_run: bool) -> ImportRun:
    """The run at its beginning."""
    counts = (
        "read_bytes",
        "last_line",
        "rows",
        "valid",
        "changed",
        "rejected",
        "ignored",
        "zeroed",
        "applied",
        "units",
    )
    for name in counts:
        setattr(run, name, 0)
    run.state, run.dry_run = ImportState.QUEUED, dry_run
    run.guard, run.covers, run.read_at, run.finished_at = {}, [], None, None
    try:
        with transaction.atomic():
            run.save()
    except IntegrityError as error:
        raise ImportOver(_("The same file is being imported already."), state=run.state) from error
    return run


@transaction.atomic
def discard_import(*, run_id: UUID, now: datetime, actor: Actor) -> ImportRun:
    """Give up a file that was not applied. Raises ImportRunNotFound, ImportOver."""
    run = _locked(
        run_id, ImportState.WAITING, ImportState.DRAFT, ImportState.QUEUED, ImportState.READING, ImportState.CHECKED
    )
    run.state, run.decided_by, run.finished_at = ImportState.DISCARDED, actor.to_json(), now
    run.save(update_fields=["state", "decided_by", "finished_at"])
    ImportChunk.objects.filter(run_id=run.pk).delete()
    ImportPiece.objects.filter(run_id=run.pk).delete()
    audit(action="import.discarded", object_type="import", object_id=run.pk, actor=actor, file=run.file_name)
    return run


@transaction.atomic
def save_threshold(*, kind: str, rows_percent: int | None, units_percent: int | None, actor: Actor) -> None:
    """Set how far a file of a kind may differ from the one before it unseen; None is without limit."""
    ImportThreshold.objects.update_or_create(
        kind=kind, defaults={"rows_percent": rows_percent, "units_percent": units_percent}
    )
    audit(
        action="import.threshold_set",
        object_type="import",
        object_id=kind,
        actor=actor,
        rows=rows_percent,
        units=units_percent,
    )


def _locked(run_id: UUID, *states: str) -> ImportRun:
    run = ImportRun.objects.select_for_update(of=("self",), no_key=True).filter(pk=run_id).first()
    if run is None:
        raise ImportRunNotFound(_("There is no such import."))
    if run.state not in states:
        raise ImportOver(
            _("The import is in the state “%(state)s”.") % {"state": ImportState(run.state).label}, state=run.state
        )
    return run
