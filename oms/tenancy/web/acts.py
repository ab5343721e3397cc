"""The audit trail in words: what was done, and with which values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.tenancy.enums import Role
from oms.tenancy.queries import memberships

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django_stubs_ext import StrOrPromise

    from oms.tenancy.models import AuditEntry

ACTIONS: dict[str, StrOrPromise] = {
    "api_key.created": gettext_lazy("API key created"),
    "api_key.revoked": gettext_lazy("API key revoked"),
    "buffer_rule.created": gettext_lazy("Buffer rule created"),
    "buffer_rule.deleted": gettext_lazy("Buffer rule deleted"),
    "buffer_rule.updated": gettext_lazy("Buffer rule changed"),
    "channel.created": gettext_lazy("Channel created"),
    "channel.updated": gettext_lazy("Channel changed"),
    "connection.created": gettext_lazy("Channel connected"),
    "connection.paused": gettext_lazy("Channel paused"),
    "connection.resumed": gettext_lazy("Channel resumed"),
    "connection.updated": gettext_lazy("Connection changed"),
    "dead_letter.all_replayed": gettext_lazy("Failed deliveries sent again"),
    "dead_letter.discarded": gettext_lazy("Failed delivery given up"),
    "dead_letter.replayed": gettext_lazy("Failed delivery sent again"),
    "import.applied": gettext_lazy("File applied"),
    "import.discarded": gettext_lazy("File given up"),
    "import.threshold_set": gettext_lazy("Limits of files set"),
    "ledger.pruned": gettext_lazy("Old movements removed"),
    "ledger.sealed": gettext_lazy("Ledger kept from a later day on"),
    "list.exported": gettext_lazy("List exported"),
    "location.created": gettext_lazy("Location created"),
    "location.updated": gettext_lazy("Location changed"),
    "member.added": gettext_lazy("Person added"),
    "member.changed": gettext_lazy("Role changed"),
    "member.deactivated": gettext_lazy("Person deactivated"),
    "parked_item.discarded": gettext_lazy("Parked order given up"),
    "ruleset.published": gettext_lazy("Rules published"),
    "stock_view.saved": gettext_lazy("Stock view saved"),
    "tenant.created": gettext_lazy("Company created"),
    "own_buffer.set": gettext_lazy("Buffer set by hand"),
    "tenant.updated": gettext_lazy("Company changed"),
}
NAMES: dict[str, StrOrPromise] = {
    "before": gettext_lazy("Before"),
    "buffer": gettext_lazy("Buffer"),
    "cap": gettext_lazy("At most"),
    "changes": gettext_lazy("Changed"),
    "code": gettext_lazy("Code"),
    "columns": gettext_lazy("Columns"),
    "count": gettext_lazy("Count"),
    "groups": gettext_lazy("Groups"),
    "horizon": gettext_lazy("Days ahead"),
    "inherited": gettext_lazy("Taken from the parent"),
    "kind": gettext_lazy("Kind"),
    "kinds": gettext_lazy("Kinds of location"),
    "location_codes": gettext_lazy("Locations"),
    "locations": gettext_lazy("Locations"),
    "movements": gettext_lazy("Movements"),
    "name": gettext_lazy("Name"),
    "parent": gettext_lazy("Parent"),
    "percentage": gettext_lazy("Share sold, in %"),
    "pool": gettext_lazy("Ring-fence"),
    "query": gettext_lazy("Filter"),
    "reason": gettext_lazy("Reason"),
    "role": gettext_lazy("Role"),
    "rows": gettext_lazy("Rows"),
    "scopes": gettext_lazy("Scopes"),
    "settings": gettext_lazy("Settings"),
    "slug": gettext_lazy("Code"),
    "supply": gettext_lazy("Units to come"),
    "subscriber": gettext_lazy("Owed to"),
    "version": gettext_lazy("Version"),
}
# A person is named by the object itself.
UNSAID = frozenset({"user"})


def action_words(row: AuditEntry) -> str:
    """What was done; an act that has no words yet is named as it is kept."""
    return str(ACTIONS.get(row.action, row.action))


def details(row: AuditEntry) -> str:
    """`Code: AMIENS, Reason: sales`."""
    who = getattr(row, "person", "")
    said = [
        _("%(name)s: %(value)s") % {"name": NAMES.get(name, name), "value": _value(name, value)}
        for name, value in row.data.items()
        if name not in UNSAID and value not in ("", [], None)
    ]
    return ", ".join([*([who] if who else []), *said])


def name_people(rows: Sequence[AuditEntry]) -> None:
    """Attach to each line about a membership whose it is."""
    wanted = {row.object_id for row in rows if row.object_type == "membership"}
    known = {str(each.pk): str(each.user) for each in memberships().filter(pk__in=wanted)} if wanted else {}
    for row in rows:
        vars(row)["person"] = known.get(row.object_id, "")


def _value(name: str, value: object) -> str:
    if isinstance(value, dict):
        return "; ".join(f"{NAMES.get(key, key)} {_change(of)}" for key, of in value.items())
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if name == "role" and value in Role.values:
        return str(Role(value).label)
    return str(value)


def _change(value: object) -> str:
    """`80 → 90`, where the value is what was and what is."""
    if isinstance(value, list) and len(value) == len(("before", "after")):
        return " \N{RIGHTWARDS ARROW} ".join(_value("", each) or "\N{EM DASH}" for each in value)
    return _value("", value)
