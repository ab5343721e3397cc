from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from inventory.enums import ImportState
from inventory.models import ImportPiece, ImportReject, ImportRun

if TYPE_CHECKING:
    from datetime import datetime

DRAFTS_FOR = timedelta(days=2)
REJECTS_FOR = timedelta(days=90)


@transaction.atomic
def tidy_imports(*, now: datetime) -> None:
    """Give up files that nobody went on with, and forget the rejected rows of long ago; the runs and their counts stay."""
    old = ImportRun.objects.filter(created_at__lt=now - DRAFTS_FOR)
    old.filter(state=ImportState.DRAFT).update(state=ImportState.DISCARDED, finished_at=now)
    over = old.filter(state__in=[ImportState.DISCARDED, ImportState.CHECKED]).values("pk")
    ImportPiece.objects.filter(run_id__in=over).delete()
    long_ago = ImportRun.objects.filter(created_at__lt=now - REJECTS_FOR, rejected__gt=0).values("pk")
    ImportReject.objects.filter(run_id__in=long_ago).delete()
