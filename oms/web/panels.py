"""Cards that a room adds to the page of another one: the page names the place, rooms above it say what stands there.

from oms.web import panels

def publications(request, sku):
    return render_to_string("channels/sku.html", {…}, request)

panels.register(panels.SKU, publications, permission=Permission.CHANNELS_READ)      # in the room's AppConfig.ready
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from oms.tenancy.permissions import Permission
    from oms.tenancy.requests import TenantRequest

# The wide and the narrow column of a SKU's page; the subject is the SKU.
SKU, SKU_ASIDE = "sku", "sku-aside"


class Panel(Protocol):
    """Draws a card about the page's subject as safe HTML, or nothing."""

    def __call__(self, request: TenantRequest, subject: Any, /) -> str: ...


_PANELS: dict[str, list[tuple[Panel, Permission | None]]] = {}


def register(place: str, panel: Panel, *, permission: Permission | None = None) -> None:
    """Show the panel at that place to people who have the permission. Registering twice is once."""
    known = _PANELS.setdefault(place, [])
    if (panel, permission) not in known:
        known.append((panel, permission))


def drawn(place: str, request: TenantRequest, subject: object) -> list[str]:
    """What stands at that place for this person, in the order of the rooms."""
    may = [panel for panel, permission in _PANELS.get(place, ()) if not permission or request.access.may(permission)]
    return [html for panel in may if (html := panel(request, subject))]
