"""What people decide about a file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from inventory.enums import ImportState
from inventory.errors import ImportOver, ImportRunNotFound
from inventory.models import ImportChunk, ImportPiece, ImportRun, ImportThreshold
from oms.tenancy.services import audit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from oms.tenancy.types import Actor


@transaction.atomic
def start_import(*, run_id: UUID, mapping: Mapping[str, str], location: str, dry_run: bool, actor: Actor) -> ImportRun:
    """Queue a file that a person has looked at, with the columns as they said. Raises ImportRunNotFound, ImportOver."""
    run = _locked(run_id, ImportState.DRAFT)
    run.mapping, run.location, run.dry_run, run.state = dict(mapping), location, dry_run, ImportState.QUEUED
    run.actor = actor.to_json()
    run.save(update_fields=["mapping", "location", "dry_run", "state", "actor"])
    return run


@transaction.atomic
def apply_import(*, run_id: UUID, actor: Actor) -> ImportRun:
    """Apply a file that waits, as it was read: levels that moved since are set to what it says as well.

    Raises ImportRunNotFound, ImportOver.
    """
    run = _locked(run_id, ImportState.WAITING)
    run.state, run.decided_by = ImportState.APPLYING, actor.to_json()
    run.save(update_fields=["state", "decided_by"])
    audit(action="import.applied", object_type="import", object_id=run.pk, actor=actor, file=run.file_name)
    return run


@transaction.atomic
def discard_import(*, run_id: UUID, now: datetime, actor: Actor) -> ImportRun:
    """Give up a file that was not applied. Raises ImportRunNotFound, ImportOver."""
    run = _locked(run_id, ImportState.WAITING, ImportState.DRAFT, ImportState.QUEUED, ImportState.READING)
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
