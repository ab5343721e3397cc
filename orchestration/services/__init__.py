"""Writes of the room, one verb each."""

from orchestration.services.exclude import exclude
from orchestration.services.force import force_location, reroute
from orchestration.services.place import place_orders
from orchestration.services.publish import publish_ruleset, rollback_ruleset, save_draft
from orchestration.services.retry import route_parked, route_refused, route_settled, route_waiting
from orchestration.services.route import route_orders
from orchestration.services.short import serve_short

__all__ = [
    "exclude",
    "force_location",
    "place_orders",
    "publish_ruleset",
    "reroute",
    "rollback_ruleset",
    "route_orders",
    "route_parked",
    "route_refused",
    "route_settled",
    "route_waiting",
    "save_draft",
    "serve_short",
]
