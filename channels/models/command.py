from __future__ import annotations

from django.db import models
from django.db.models import Q

from channels.enums import CommandKind, CommandState
from oms.tenancy.models import TenantForeignKey, TenantModel


class ChannelCommand(TenantModel):
    """Something a channel must be told about an order; done only when the channel has said so."""

    connection = TenantForeignKey("channels.Connection")
    order = TenantForeignKey("orders.Order")
    kind = models.CharField(max_length=14, choices=CommandKind.choices)
    key = models.CharField(max_length=120)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=CommandState.choices, default=CommandState.NEW)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    error = models.CharField(max_length=1000, blank=True)
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "key"], name="channelcommand_key")]
        indexes = [
            models.Index(
                fields=["tenant", "connection", "due_at"],
                name="channelcommand_due",
                condition=Q(state__in=["NEW", "SENT"]),
            ),
            models.Index(fields=["tenant", "order"], name="channelcommand_order"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
