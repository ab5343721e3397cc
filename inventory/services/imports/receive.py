from __future__ import annotations

import zlib
from dataclasses import asdict, dataclass
from typing import IO, TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from inventory.enums import OPEN_IMPORTS, SNAPSHOTS, ImportKind, ImportMode, ImportSource, ImportState, MovementReason
from inventory.errors import BadImport
from inventory.imports.probe import probe
from inventory.models import ImportPiece, ImportRun
from oms.tenancy.types import SYSTEM, Actor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

PIECE = 1_048_576


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is to be done with a file. `location` is where its rows belong that have no column for it."""

    kind: str = ImportKind.STOCK
    mode: str = ImportMode.DELTA
    source: str = ImportSource.UPLOAD
    dry_run: bool = False
    reason: str = MovementReason.SYNC
    location: str = ""
    as_of: datetime | None = None
    # A file that a key was given for before is never taken in again.
    key: str = ""
    # A person looks at it first.
    draft: bool = False


@transaction.atomic
def receive_file(
    *, content: IO[bytes], name: str, wanted: ImportRequest, now: datetime, actor: Actor = SYSTEM
) -> tuple[ImportRun, bool]:
    """Keep a file and queue its import; the run, and whether it is new.

    The same content for the same purpose joins the run that is not over yet: a file that is sent twice is read once. Raises BadImport.
    """
    _check(wanted, now)
    content.seek(0)
    found = probe(_chunks(content))
    if not found.size:
        raise BadImport(_("The file is empty."))
    row = ImportRun(
        kind=wanted.kind,
        mode=wanted.mode,
        source=wanted.source,
        state=ImportState.DRAFT if wanted.draft else ImportState.QUEUED,
        dry_run=wanted.dry_run,
        reason=wanted.reason,
        file_name=name[-200:] or "-",
        file_size=found.size,
        digest=found.digest,
        key=wanted.key,
        layout=asdict(found.layout),
        location=wanted.location,
        as_of=wanted.as_of or now,
        actor=actor.to_json(),
        created_at=now,
    )
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        return _joined(row, error), False
    content.seek(0)
    for number, piece in enumerate(_chunks(content)):
        ImportPiece.objects.create(run=row, number=number, content=zlib.compress(piece, 1))
    return row, True


def _check(wanted: ImportRequest, now: datetime) -> None:
    if wanted.kind == ImportKind.LOCATIONS and wanted.mode != ImportMode.DELTA:
        raise BadImport(_("A file of locations only creates and changes the locations it names."))
    if wanted.kind == ImportKind.CATALOGUE and wanted.mode == ImportMode.NON_ZERO:
        raise BadImport(_("Only a file of stock can name what has stock."))
    if wanted.mode not in SNAPSHOTS and wanted.mode != ImportMode.DELTA:
        raise BadImport(_("There is no such mode."))
    if wanted.as_of is not None and wanted.as_of > now:
        raise BadImport(_("The file cannot tell the stock of a moment that is still to come."))


def _joined(row: ImportRun, error: IntegrityError) -> ImportRun:
    rows = ImportRun.objects.filter(key=row.key) if row.key else ImportRun.objects.none()
    found = rows.first() or (
        ImportRun.objects.filter(
            digest=row.digest,
            kind=row.kind,
            mode=row.mode,
            location=row.location,
            dry_run=row.dry_run,
            state__in=OPEN_IMPORTS,
        ).first()
    )
    if found is None:
        raise error
    return found


def _chunks(content: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: content.read(PIECE), b"")
