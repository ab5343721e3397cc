from __future__ import annotations

from uuid import UUID

from django.db import models
from django.db.models import Q

from oms.tenancy.models import TenantModel

FIRST = UUID(int=0)


class InvariantCheck(TenantModel):
    """How far the monitor is with one invariant over the tenant's rows, and what it found.

    A round goes once over all rows, a few at a time: those with an id up to `position` are done in this one. `broken_at`
    is when the first difference was seen that has been there since; it is empty again after a round without any.
    """

    name = models.CharField(max_length=60)
    position = models.UUIDField(default=FIRST)
    at_once = models.PositiveIntegerField(default=200)
    checked_at = models.DateTimeField()
    round_rows = models.PositiveBigIntegerField(default=0)
    round_found = models.PositiveBigIntegerField(default=0)
    rows = models.PositiveBigIntegerField(default=0)
    completed_at = models.DateTimeField(null=True)
    broken_at = models.DateTimeField(null=True)
    first_case = models.TextField(blank=True)
    last_broken_at = models.DateTimeField(null=True)
    last_case = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "name"], name="invariantcheck_name")]
        indexes = [models.Index(fields=["tenant"], name="invariantcheck_broken", condition=Q(broken_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.name}: {'broken' if self.broken_at else 'holds'}"
