from __future__ import annotations

from oms.tenancy.errors import NotFound


class DeadLetterNotFound(NotFound):
    code = "events.dead_letter_not_found"
