"""What this room itself tells; the subject is the check."""

from __future__ import annotations

from oms.events.registry import declare

INVARIANT_BROKEN = declare("invariant.broken", "The monitor found a first difference from what must always be true.")
INVARIANT_HOLDS = declare("invariant.holds", "The monitor went over every row and found no difference any more.")
