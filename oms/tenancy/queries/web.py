from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from oms.tenancy.models import ApiKey, AuditEntry, SavedView

if TYPE_CHECKING:
    from uuid import UUID

    from django.db.models import QuerySet


def saved_views(*, page: str, user_id: UUID) -> QuerySet[SavedView]:
    """The views of a list page that the person sees: their own and the shared ones, in order."""
    return SavedView.objects.filter(Q(owner_id=user_id) | Q(owner=None), page=page).order_by("position", "name", "pk")


def api_keys() -> QuerySet[ApiKey]:
    """The open tenant's API keys, newest first."""
    return ApiKey.objects.order_by("-created_at", "pk")


def audit_entries() -> QuerySet[AuditEntry]:
    """The audit trail, newest first."""
    return AuditEntry.objects.order_by("-at", "-pk")
