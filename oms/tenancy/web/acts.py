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
    "active": gettext_lazy("Active"),
    "address": gettext_lazy("Address"),
    "amount": gettext_lazy("How much"),
    "before": gettext_lazy("Before"),
    "brands": gettext_lazy("Brands"),
    "buffer": gettext_lazy("Buffer"),
    "cap": gettext_lazy("At most"),
    "categories": gettext_lazy("Categories"),
    "changes": gettext_lazy("Changed"),
    "city": gettext_lazy("City"),
    "closures": gettext_lazy("Closed on"),
    "code": gettext_lazy("Code"),
    "collects": gettext_lazy("Customers collect here"),
    "columns": gettext_lazy("Columns"),
    "confidence_below": gettext_lazy("Only where confidence is under, in %"),
    "count": gettext_lazy("Count"),
    "country": gettext_lazy("Country"),
    "daily_capacity": gettext_lazy("Orders a day"),
    "ends_on": gettext_lazy("Last day"),
    "groups": gettext_lazy("Groups"),
    "horizon": gettext_lazy("Days ahead"),
    "inherited": gettext_lazy("Taken from the parent"),
    "kind": gettext_lazy("Kind"),
    "kinds": gettext_lazy("Kinds of location"),
    "latitude": gettext_lazy("Latitude"),
    "least": gettext_lazy("At least, in units"),
    "legal_entity": gettext_lazy("Legal entity"),
    "location_codes": gettext_lazy("Locations"),
    "locations": gettext_lazy("Locations"),
    "longitude": gettext_lazy("Longitude"),
    "measure": gettext_lazy("Held back"),
    "mfa_required": gettext_lazy("Everybody needs a second factor"),
    "minutes_to_accept": gettext_lazy("Minutes to accept"),
    "minutes_to_prepare": gettext_lazy("Minutes to prepare"),
    "most": gettext_lazy("At most, in units"),
    "movements": gettext_lazy("Movements"),
    "name": gettext_lazy("Name"),
    "opening": gettext_lazy("Opening hours"),
    "parcel_cost": gettext_lazy("Cost of a parcel"),
    "parent": gettext_lazy("Parent"),
    "percentage": gettext_lazy("Share sold, in %"),
    "pool": gettext_lazy("Ring-fence"),
    "pool_only": gettext_lazy("Sell the ring-fence alone"),
    "postcode": gettext_lazy("Postcode"),
    "priority": gettext_lazy("Priority"),
    "query": gettext_lazy("Filter"),
    "reason": gettext_lazy("Reason"),
    "role": gettext_lazy("Role"),
    "rows": gettext_lazy("Rows"),
    "scopes": gettext_lazy("Scopes"),
    "settings": gettext_lazy("Settings"),
    "ships": gettext_lazy("Ships parcels"),
    "sku_codes": gettext_lazy("SKUs"),
    "slug": gettext_lazy("Code"),
    "starts_on": gettext_lazy("First day"),
    "supply": gettext_lazy("Units to come"),
    "subscriber": gettext_lazy("Owed to"),
    "takes_returns": gettext_lazy("Takes returns"),
    "time_zone": gettext_lazy("Time zone"),
    "units": gettext_lazy("Units"),
    "version": gettext_lazy("Version"),
    "view_id": gettext_lazy("Stock view"),
}
# What is kept as a code, by the name it is kept under. These rooms are above this one: their words are only repeated here.
WORDS: dict[str, dict[str, StrOrPromise]] = {
    "changes": NAMES,
    "inherited": NAMES,
    "kinds": {
        "STORE": gettext_lazy("Store"),
        "WAREHOUSE": gettext_lazy("Warehouse"),
        "THREE_PL": gettext_lazy("3PL"),
        "SUPPLIER": gettext_lazy("Supplier"),
        "VIRTUAL": gettext_lazy("Virtual location"),
    },
    "role": {role.value: role.label for role in Role},
    "supply": {"PURCHASE": gettext_lazy("Purchase orders"), "TRANSFER": gettext_lazy("Transfers")},
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
        return _("; ").join(f"{NAMES.get(key, key)} {_change(key, of)}" for key, of in value.items())
    if isinstance(value, list):
        return ", ".join(_value(name, each) for each in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return "" if value is None else str(WORDS.get(name, {}).get(str(value), value))


def _change(name: str, value: object) -> str:
    """`80 → 90`, where the value is what was and what is."""
    if isinstance(value, list) and len(value) == len(("before", "after")):
        return " \N{RIGHTWARDS ARROW} ".join(_value(name, each) or "\N{EM DASH}" for each in value)
    return _value(name, value)
