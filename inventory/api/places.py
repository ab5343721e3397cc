"""Locations and SKUs as requests name them, and what a credential bound to locations may see of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from inventory.errors import DocumentNotFound, UnknownLocation, UnknownSku
from inventory.queries import locations_by_code, skus_by_code
from oms.rest.errors import InvalidParameters
from oms.rest.filters import values_of

if TYPE_CHECKING:
    from uuid import UUID

    from oms.rest.requests import ApiRequest
    from oms.tenancy.types import Access

MOST_CODES = 500


def location_of(code: str) -> UUID:
    """The location of that code. Raises UnknownLocation."""
    known = locations_by_code([code])
    if code not in known:
        raise UnknownLocation([code])
    return known[code]


def skus_of(codes: list[str]) -> dict[str, UUID]:
    """The SKUs of these codes. Raises UnknownSku."""
    known = skus_by_code(codes)
    unknown = sorted(set(codes) - set(known))
    if unknown:
        raise UnknownSku(unknown)
    return known


def refuse_elsewhere(access: Access, *location_ids: UUID) -> None:
    """To a credential bound to locations, documents that concern none of them do not exist. Raises DocumentNotFound."""
    if access.locations is not None and not access.locations & set(location_ids):
        raise DocumentNotFound(_("There is no such document."))


def codes_in_query(request: ApiRequest, name: str) -> list[UUID]:
    """The SKUs that a parameter names, at least one. Raises InvalidParameters, UnknownSku."""
    codes = values_of(request.query_params, name)
    if not 1 <= len(codes) <= MOST_CODES:
        raise InvalidParameters({name: [f"Name 1 to {MOST_CODES} SKUs."]})
    _refuse_strange(name, codes)
    return list(skus_of(codes).values())


def locations_in_query(request: ApiRequest, access: Access) -> list[UUID] | None:
    """The locations that `location` names, None for every one; a bound credential sees its own. Raises UnknownLocation."""
    codes = values_of(request.query_params, "location")
    if len(codes) > MOST_CODES:
        raise InvalidParameters({"location": [f"Name at most {MOST_CODES} locations."]})
    _refuse_strange("location", codes)
    if not codes:
        return None if access.locations is None else sorted(access.locations)
    known = locations_by_code(codes)
    mine = {code: place for code, place in known.items() if access.locations is None or place in access.locations}
    if len(mine) < len(codes):
        raise UnknownLocation([code for code in codes if code not in mine])
    return list(mine.values())


def _refuse_strange(name: str, codes: list[str]) -> None:
    if any("\0" in code for code in codes):
        raise InvalidParameters({name: ["The character NUL is in no code."]})
