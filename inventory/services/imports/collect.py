"""Files that systems drop into a folder: `<IMPORT_FOLDER>/<tenant>/<kind>/<mode>/`, e.g. `keravel/stock/full/levels.csv`.

A file stays where it is while its import runs, and is moved to `done` or `rejected` when that is over, with its rejected rows beside
it. Its name, size and moment of change are its key: it is taken in once, whatever is killed meanwhile.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings

from inventory.enums import ImportKind, ImportMode, ImportSource, ImportState
from inventory.errors import BadImport
from inventory.imports.writers import write_csv
from inventory.models import ImportRun
from inventory.queries.exports import rejected_headers, rejected_table
from inventory.services.imports.receive import ImportRequest, receive_file
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

logger = structlog.get_logger(__name__)
# A file that was just written may not be whole.
SETTLED = timedelta(seconds=5)
UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
ENDS = {
    ImportState.DONE: "done",
    ImportState.CHECKED: "done",
    ImportState.FAILED: "rejected",
    ImportState.DISCARDED: "rejected",
}


def collect_files(*, tenant_id: UUID, folder: str, now: datetime) -> int:
    """Take in what lies in a tenant's folder, and put away what is over; return how many files were taken in. Safe to run twice."""
    root = settings.IMPORT_FOLDER / folder
    return sum(_collect(tenant_id, root, path, wanted, now) for path, wanted in _dropped(root, now))


def _dropped(root: Path, now: datetime) -> Iterator[tuple[Path, ImportRequest]]:
    for kind in ImportKind:
        for mode in ImportMode:
            inbox = root / kind.lower() / mode.lower().replace("_", "-")
            for path in sorted(inbox.iterdir()) if inbox.is_dir() else ():
                if _is_whole(path, now):
                    yield path, ImportRequest(kind, mode, ImportSource.FOLDER)


def _is_whole(path: Path, now: datetime) -> bool:
    if path.name.startswith(".") or path.suffix.lower() in UNFINISHED or path.is_symlink() or not path.is_file():
        return False
    return datetime.fromtimestamp(path.stat().st_mtime, UTC) + SETTLED <= now


def _collect(tenant_id: UUID, root: Path, path: Path, wanted: ImportRequest, now: datetime) -> int:
    found = path.stat()
    key = f"folder:{path.relative_to(root)}:{found.st_mtime_ns}:{found.st_size}"
    with tenant_scope(tenant_id):
        run = ImportRun.objects.filter(key=key).first()
    if run is None:
        return _take(tenant_id, root, path, wanted, key, now)
    if run.state in ENDS:
        _put_away(tenant_id, root, path, run)
    return 0


def _take(tenant_id: UUID, root: Path, path: Path, wanted: ImportRequest, key: str, now: datetime) -> int:
    if path.stat().st_size > settings.IMPORT_MAX_BYTES:
        return _refuse(root, path, "The file is too large.")
    keyed = ImportRequest(wanted.kind, wanted.mode, wanted.source, key=key)
    try:
        with path.open("rb") as content, tenant_scope(tenant_id):
            receive_file(content=content, name=path.name, wanted=keyed, now=now)
    except BadImport as refusal:
        return _refuse(root, path, refusal.message)
    return 1


def _refuse(root: Path, path: Path, why: str) -> int:
    target = _free(root / "rejected", path.name)
    target.with_name(f"{target.name}.txt").write_text(f"{why}\n")
    path.rename(target)
    logger.warning("inventory.import_refused", file=path.name, why=why)
    return 0


def _put_away(tenant_id: UUID, root: Path, path: Path, run: ImportRun) -> None:
    target = _free(root / ENDS[ImportState(run.state)], path.name)
    if run.rejected:
        rows = rejected_table(run.pk, run.kind, tenant_id=tenant_id)
        with target.with_name(f"{target.name}.rejected.csv").open("wb") as file:
            file.writelines(write_csv(rejected_headers(run.kind), rows))
    path.rename(target)


def _free(folder: Path, name: str) -> Path:
    """A name in the folder that is not taken: files of one name come every night."""
    folder.mkdir(parents=True, exist_ok=True)
    target, number = folder / name, 1
    while target.exists():
        target, number = folder / f"{number}-{name}", number + 1
    return target
