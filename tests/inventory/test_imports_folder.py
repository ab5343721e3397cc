"""Files that systems drop into a folder."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from inventory.models import ImportPiece, ImportReject, ImportRun, StockLevel
from inventory.services.imports import collect_files, save_threshold, tidy_imports, work_on
from oms.events.jobs import job
from oms.tenancy.types import SYSTEM
from tests.factories import make_location, make_sku, make_stock


@pytest.fixture
def inbox(tenant, settings, tmp_path, now):
    settings.IMPORT_FOLDER = tmp_path
    make_stock(make_sku("MUG"), make_location("RENNES"), 10, now=now)
    save_threshold(kind="STOCK", rows_percent=None, units_percent=None, actor=SYSTEM)
    folder = tmp_path / tenant.slug / "stock" / "full"
    folder.mkdir(parents=True)
    return folder


def drop(folder, name="levels.csv", content="sku;location;on_hand\nMUG;RENNES;4\nGHOST;RENNES;1\n", age=60):
    path = folder / name
    path.write_text(content)
    moment = timezone.now().timestamp() - age
    os.utime(path, (moment, moment))
    return path


def collect(tenant) -> int:
    return collect_files(tenant_id=tenant.pk, folder=tenant.slug, now=timezone.now())


def work(tenant) -> None:
    for run_id in ImportRun.objects.filter(state="QUEUED").values_list("pk", flat=True):
        work_on(tenant_id=tenant.pk, run_id=run_id)


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


def test_a_dropped_file_is_taken_in_once_and_put_away_with_its_rejected_rows(tenant, inbox, tmp_path):
    drop(inbox)

    assert (collect(tenant), collect(tenant)) == (1, 0)
    assert names(inbox) == ["levels.csv"]
    work(tenant)
    collect(tenant)

    run = ImportRun.objects.get()
    assert (run.source, run.mode, run.state, run.file_name) == ("FOLDER", "FULL", "DONE", "levels.csv")
    assert StockLevel.objects.get().on_hand == 4
    done = tmp_path / tenant.slug / "done"
    assert (names(inbox), names(done)) == ([], ["levels.csv", "levels.csv.rejected.csv"])
    assert "GHOST" in (done / "levels.csv.rejected.csv").read_text()

    drop(inbox, content="sku;location;on_hand\nMUG;RENNES;5\n", age=50)
    collect(tenant)
    work(tenant)
    collect(tenant)
    assert StockLevel.objects.get().on_hand == 5
    assert "1-levels.csv" in names(done)


def test_what_is_still_written_or_no_file_is_left_alone(tenant, inbox, tmp_path):
    drop(inbox, age=1)
    for name in ("levels.csv.part", ".hidden"):
        drop(inbox, name)
    (inbox / "link.csv").symlink_to(drop(tmp_path, "outside.csv"))

    assert collect(tenant) == 0
    assert not ImportRun.objects.exists()


def test_what_cannot_be_read_is_rejected(tenant, inbox, tmp_path):
    drop(inbox, content="colour\nblue\n")
    drop(inbox, "empty.csv", content="")
    collect(tenant)
    work(tenant)
    collect(tenant)

    assert names(inbox) == []
    assert names(tmp_path / tenant.slug / "rejected") == ["empty.csv", "empty.csv.txt", "levels.csv"]


def test_a_tenant_without_a_folder_has_nothing_to_take_in(tenant, settings, tmp_path):
    settings.IMPORT_FOLDER = tmp_path / "nowhere"

    assert collect(tenant) == 0


def test_files_that_nobody_went_on_with_are_given_up(tenant, inbox):
    drop(inbox)
    collect(tenant)
    ImportRun.objects.update(state="DRAFT")

    tidy_imports(now=timezone.now())
    assert ImportPiece.objects.exists()
    tidy_imports(now=timezone.now() + timedelta(days=3))

    assert ImportRun.objects.get().state == "DISCARDED"
    assert not ImportPiece.objects.exists()
    assert not ImportReject.objects.exists()


def test_the_job_that_collects_finds_the_folder_as_it_is_configured(tenant):
    assert isinstance(settings.IMPORT_FOLDER, Path)

    job("inventory.collect_files").run(tenant.pk, tenant.slug)

    assert not ImportRun.objects.exists()
