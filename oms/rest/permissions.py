"""Deny by default: an action that a viewset does not list is refused to everyone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission

from oms.rest.requests import marked

if TYPE_CHECKING:
    from rest_framework.request import Request

DESCRIBES = "metadata"


class DeclaredPermission(BasePermission):
    """The view's `permissions` names what each action needs; `open_to_bound` the actions of credentials bound to locations."""

    def has_permission(self, request: Request, view: Any) -> bool:
        access = marked(request).access
        if access is None:
            raise NotAuthenticated
        if view.action in {None, DESCRIBES}:
            # No such method (405 follows), or OPTIONS.
            return True
        needed = view.permissions.get(view.action)
        if needed is None:
            raise PermissionDenied("Nobody may do this.")
        if not access.may(needed):
            raise PermissionDenied(f"This needs the permission {needed}.")
        if access.locations is not None and view.action not in view.open_to_bound:
            raise PermissionDenied("A credential that is bound to locations may not do this.")
        return True
