from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from channels.models import ExchangeLog, Publication

if TYPE_CHECKING:
    from datetime import datetime

EXCHANGES_KEPT = timedelta(days=7)
PUBLICATIONS_KEPT = timedelta(days=90)


def prune(*, now: datetime) -> int:
    """Forget exchanges after a week and publications after ninety days; return how many rows went."""
    exchanges, _by_model = ExchangeLog.objects.filter(at__lt=now - EXCHANGES_KEPT).delete()
    publications, _by_model = Publication.objects.filter(sent_at__lt=now - PUBLICATIONS_KEPT).delete()
    return exchanges + publications
