"""The locations at which a person works."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.queries import locations
from oms.tenancy.errors import NotFound

if TYPE_CHECKING:
    from datetime import datetime

    from django.db.models import QuerySet

    from inventory.models import Location
    from oms.tenancy.types import Access


def places_of(access: Access) -> QuerySet[Location]:
    """The locations whose work the person may see, by name."""
    rows = locations().order_by("name", "code")
    return rows if access.locations is None else rows.filter(pk__in=access.locations)


def find_place(access: Access, code: str) -> Location:
    """One of the person's locations. Raises NotFound, for somebody else's as well."""
    found = places_of(access).filter(code=code).first()
    if found is None:
        raise NotFound(_("There is no such location, or you do not work there."))
    return found


def opening_words(place: Location, now: datetime) -> str:
    """`Open until 19:30`, by the location's own clock; nothing for one that never closes."""
    if not place.opening:
        return ""
    local = timezone.localtime(now)
    clock = local.strftime("%H:%M")
    if local.date().isoformat() in place.closures:
        return _("Closed today")
    spans = place.opening.get(str(local.isoweekday()), ())
    closing = next((closes for opens, closes in spans if opens <= clock < closes), None)
    if closing is not None:
        return _("Open until %(time)s") % {"time": closing}
    opening = next((opens for opens, _closes in spans if clock < opens), None)
    return _("Closed, opens at %(time)s") % {"time": opening} if opening else _("Closed now")
