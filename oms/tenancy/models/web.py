from __future__ import annotations

from django.db import models

from oms.tenancy.models.base import TenantModel


class SavedView(TenantModel):
    """A named query string of a list page; without an owner it is shared with the whole tenant."""

    owner = models.ForeignKey("tenancy.User", models.CASCADE, null=True, related_name="+")
    page = models.CharField(max_length=60)
    name = models.CharField(max_length=60)
    query = models.TextField(blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "page", "owner", "name"], name="savedview_name", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return self.name


class IdempotentRequest(TenantModel):
    """The answer given to a request with an Idempotency-Key; written in the transaction of its effect."""

    credential = models.CharField(max_length=80)
    operation = models.CharField(max_length=200)
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.BinaryField(default=b"")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "credential", "operation", "key"], name="idempotentrequest_key"),
        ]
        indexes = [models.Index(fields=["tenant", "created_at"], name="idempotentrequest_created")]

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"
