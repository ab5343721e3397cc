"""An import on its way: read piece by piece, compared, applied piece by piece, each piece one transaction.

What is done is written in the transaction that does it. A worker that dies loses the piece it was at; the next one goes on from there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import structlog
from django.db import DatabaseError, transaction
from django.db.models import F, Q
from django.utils import timezone

from inventory.enums import RUNNING_IMPORTS, SNAPSHOTS, ImportKind, ImportPart, ImportState
from inventory.events import IMPORT_FINISHED, IMPORT_WAITING
from inventory.imports.errors import BadFile
from inventory.models import ImportChunk, ImportPiece, ImportRun, Location
from inventory.services.imports.content import KeptFile, columns_of, table_of
from inventory.services.imports.documents import PIECE_ROWS as DOCUMENT_ROWS
from inventory.services.imports.documents import apply_documents, close_documents, stage_documents
from inventory.services.imports.guard import look_at
from inventory.services.imports.merge import merge_chunk
from inventory.services.imports.payload import next_payload
from inventory.services.imports.stock import COLUMNS, Counts, close, stage
from oms.events.services import record
from oms.tenancy.context import tenant_scope
from oms.tenancy.types import Actor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from uuid import UUID

    from inventory.imports.tables import Row

logger = structlog.get_logger(__name__)
PIECE_ROWS = 200_000
MOST_REJECTED = 200_000
MOST_ATTEMPTS = 5
LEASE = timedelta(seconds=40)
SECONDS = 30


class _Overtaken(Exception):
    """Another worker has the run now, or a person ended it."""


@dataclass
class _OpenFile:
    """What is left of the rows, where their fields stand, and how far the file was read."""

    rows: Iterator[Row]
    places: dict[str, int]
    kept: KeptFile

    @classmethod
    def of(cls, run: ImportRun) -> _OpenFile:
        kept = KeptFile(run)
        table = table_of(run, kept)
        last = run.last_line
        return cls((row for row in table.rows if row[0] > last) if last else table.rows, columns_of(run, table), kept)


@dataclass
class _Turn:
    """One worker's time with a run; the open file lives as long."""

    tenant_id: UUID
    run_id: UUID
    number: int
    file: _OpenFile | None = None

    def note(self, run: ImportRun, **changes: Any) -> None:
        """Write what was done, and keep the lease; first in its transaction, since runs are locked before levels."""
        rows = ImportRun.objects.filter(pk=self.run_id, turn=self.number, state=run.state)
        if not rows.update(leased_until=clock() + LEASE, **changes):
            raise _Overtaken


def clock() -> datetime:
    """The moment after a piece of work, which is not the moment before it."""
    return timezone.now()  # lint: now -- a turn lasts long, and its lease and its steps are dated as they happen


def work_on(*, tenant_id: UUID, run_id: UUID, seconds: float = SECONDS) -> bool:
    """Bring a run on its way for so many seconds; True when nothing is left to do for a worker.

    Safe to run twice and at once: one worker has the lease, and who lost it writes nothing. What cannot be read fails the run;
    what the database refuses is tried again, and fails it in the end.
    """
    turn = _take(tenant_id, run_id)
    if turn is None:
        return True
    until = time.monotonic() + seconds
    try:
        while _step(turn):
            if time.monotonic() > until:
                return False
    except _Overtaken:
        return True
    except BadFile as mistake:
        _fail(turn, mistake.code, mistake.detail)
    except DatabaseError as error:
        _stumble(turn, error)
        return False
    else:
        return True
    finally:
        _give_back(turn)
    return True


def _take(tenant_id: UUID, run_id: UUID) -> _Turn | None:
    now = clock()
    with tenant_scope(tenant_id):
        free = Q(leased_until=None) | Q(leased_until__lt=now)
        rows = ImportRun.objects.filter(free, pk=run_id, state__in=RUNNING_IMPORTS)
        if not rows.update(turn=F("turn") + 1, leased_until=now + LEASE):
            return None
        return _Turn(tenant_id, run_id, ImportRun.objects.values_list("turn", flat=True).get(pk=run_id))


def _give_back(turn: _Turn) -> None:
    with tenant_scope(turn.tenant_id):
        ImportRun.objects.filter(pk=turn.run_id, turn=turn.number).update(leased_until=None)


def _step(turn: _Turn) -> bool:
    """One transaction of work; False when there is none left."""
    with tenant_scope(turn.tenant_id), transaction.atomic():
        run = ImportRun.objects.get(pk=turn.run_id)
        if run.state == ImportState.QUEUED:
            turn.note(run, state=ImportState.READING, started_at=clock())
        elif run.state == ImportState.READING:
            _read(turn, run)
        elif run.state == ImportState.APPLYING:
            _apply(turn, run)
        else:
            return False
        return True


def _read(turn: _Turn, run: ImportRun) -> None:
    file = turn.file = turn.file or _OpenFile.of(run)
    counts, last_line = _staged(turn, run, file)
    if counts is None:
        _finish_reading(turn, run)
        return
    if run.rejected + counts.rejected > MOST_REJECTED:
        raise BadFile("too_many_rejected", str(MOST_REJECTED))
    turn.note(
        run,
        last_line=last_line,
        read_bytes=file.kept.done,
        rows=run.rows + counts.rows,
        valid=run.valid + counts.valid,
        changed=run.changed + counts.changed,
        rejected=run.rejected + counts.rejected,
        ignored=run.ignored + counts.ignored,
        units=run.units + counts.units,
    )


def _staged(turn: _Turn, run: ImportRun, file: _OpenFile) -> tuple[Counts | None, int]:
    """Understand the next piece of the file; None when there is none."""
    if run.kind == ImportKind.STOCK:
        payload = next_payload(file.rows, file.places, COLUMNS, most=PIECE_ROWS)
        turn.note(run)
        return (stage(run, payload.parts, rows=payload.rows) if payload.rows else None), payload.last_line
    rows = list(islice(file.rows, DOCUMENT_ROWS))
    turn.note(run)
    return (stage_documents(run, rows, file.places), rows[-1][0]) if rows else (None, 0)


def _finish_reading(turn: _Turn, run: ImportRun) -> None:
    """The whole file is known: what is said twice, what a snapshot leaves out, and whether it may be applied unseen."""
    end = close(run) if run.kind == ImportKind.STOCK else close_documents(run)
    run.valid -= end.twice
    run.changed -= end.twice_changed
    run.rejected += end.twice
    run.units -= end.twice_units
    run.zeroed = end.zeroed
    run.covers = end.covers
    guard = look_at(run, end.places)
    state = ImportState.CHECKED if run.dry_run else ImportState.WAITING if guard.get("passed") else ImportState.APPLYING
    now = clock()
    turn.note(
        run,
        state=state,
        valid=run.valid,
        changed=run.changed,
        rejected=run.rejected,
        units=run.units,
        zeroed=run.zeroed,
        covers=run.covers,
        guard=guard,
        read_at=now,
        finished_at=now if run.dry_run else None,
    )
    if state == ImportState.WAITING:
        record(IMPORT_WAITING, "import", run.pk, {"kind": run.kind, "file": run.file_name})
    ImportChunk.objects.filter(run_id=run.pk, part=ImportPart.NAMED).delete()
    if run.dry_run:
        ImportChunk.objects.filter(run_id=run.pk).delete()
    # What was tried may be applied, and is read again then.
    if state == ImportState.APPLYING:
        ImportPiece.objects.filter(run_id=run.pk).delete()


def _apply(turn: _Turn, run: ImportRun) -> None:
    waiting = ImportChunk.objects.filter(run_id=run.pk).order_by("pk").annotate(size=F("quantities__len"))
    stock = run.kind == ImportKind.STOCK
    # The arrays of a chunk of stock never leave the database.
    chunk = (waiting.only("pk") if stock else waiting).first()
    if chunk is None:
        _finish(turn, run)
        return
    turn.note(run, applied=F("applied") + chunk.size)
    actor = Actor.from_json(run.actor)
    if stock:
        merge_chunk(chunk_id=chunk.pk, size=chunk.size, run_id=run.pk, reason=run.reason, as_of=run.as_of, actor=actor)
    else:
        apply_documents(chunk=chunk, run=run, actor=actor)
    ImportChunk.objects.filter(pk=chunk.pk).delete()


def _finish(turn: _Turn, run: ImportRun) -> None:
    turn.note(run, state=ImportState.DONE, finished_at=clock(), applied=run.changed + run.zeroed)
    if run.kind == ImportKind.STOCK and run.mode in SNAPSHOTS:
        older = Q(stock_as_of=None) | Q(stock_as_of__lt=run.as_of)
        Location.objects.filter(older, code__in=run.covers).update(stock_as_of=run.as_of)
    ImportPiece.objects.filter(run_id=run.pk).delete()
    told = {"kind": run.kind, "mode": run.mode, "file": run.file_name, "changed": run.changed, "rejected": run.rejected}
    record(IMPORT_FINISHED, "import", run.pk, told)


def _fail(turn: _Turn, code: str, detail: str) -> None:
    with tenant_scope(turn.tenant_id):
        fail_run(ImportRun.objects.filter(pk=turn.run_id, turn=turn.number, state__in=RUNNING_IMPORTS), code, detail)


def fail_run(rows: Any, code: str, detail: str) -> None:
    """End runs that cannot go on; what was applied of them stays, and is told."""
    for run_id in rows.values_list("pk", flat=True):
        rows.filter(pk=run_id).update(
            state=ImportState.FAILED, failure=code, failure_detail=detail[:500], finished_at=clock()
        )
        ImportChunk.objects.filter(run_id=run_id).delete()
        ImportPiece.objects.filter(run_id=run_id).delete()


def _stumble(turn: _Turn, error: DatabaseError) -> None:
    logger.warning("inventory.import_stumbled", run=str(turn.run_id), error=repr(error))
    with tenant_scope(turn.tenant_id):
        rows = ImportRun.objects.filter(pk=turn.run_id, turn=turn.number)
        rows.update(attempts=F("attempts") + 1)
        fail_run(rows.filter(attempts__gte=MOST_ATTEMPTS), "interrupted", str(error).strip().splitlines()[0])
