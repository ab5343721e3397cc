"""What this room tells. The subject is the order; the payload names the stored decision."""

from __future__ import annotations

from oms.events.registry import declare

SUBJECT = "order"
ORDER_ROUTED = declare("order.routed", "Units were given to locations; the decision says why.")
ORDER_PARKED = declare("order.parked", "Units found no location; the decision says why.")
ORDER_FORCED = declare("order.forced", "A person chose the location, with a reason.")
MORE_WAITING = declare(
    "routing.more_waiting", "More orders wait for these SKUs than were tried at once; those that follow are due."
)
RULESET_PUBLISHED = declare("ruleset.published", "A version of the rules went live.")
