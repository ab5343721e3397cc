from __future__ import annotations

import secrets

from django.db import models

from channels.enums import ConnectionState
from oms.tenancy.models import TenantForeignKey, TenantModel


def new_webhook_token() -> str:
    """The unguessable end of a connection's webhook address."""
    return secrets.token_urlsafe(24)


class Connection(TenantModel):
    """The technical connection of one sales channel. Secrets are encrypted; `settings` holds the rest.

    `polled_until` is the watermark: every change before it was read. The leases keep two workers from the same work.
    """

    channel = TenantForeignKey("orders.SalesChannel")
    kind = models.CharField(max_length=40)
    settings = models.JSONField(default=dict)
    secrets = models.BinaryField(default=b"")
    state = models.CharField(max_length=12, choices=ConnectionState.choices, default=ConnectionState.ACTIVE)
    webhook_token = models.CharField(max_length=64, default=new_webhook_token)
    polled_until = models.DateTimeField(null=True)
    last_polled_at = models.DateTimeField(null=True)
    next_poll_at = models.DateTimeField()
    poll_seconds = models.PositiveSmallIntegerField(default=15)
    # Each poll reads again what changed in the last so many seconds: channels index late and page over moving sets.
    overlap_seconds = models.PositiveIntegerField(default=600)
    first_days = models.PositiveSmallIntegerField(default=14)
    poll_leased_until = models.DateTimeField(null=True)
    publish_leased_until = models.DateTimeField(null=True)
    rescanned_at = models.DateTimeField(null=True)
    listed_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    retry_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)
    last_error_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "channel"], name="connection_channel")]

    def __str__(self) -> str:
        return f"{self.kind} {self.channel_id}"


class ExchangeLog(TenantModel):
    """One call to a channel. Bodies are kept only of calls that failed, shortened, without credentials."""

    connection = TenantForeignKey("channels.Connection")
    operation = models.CharField(max_length=60)
    method = models.CharField(max_length=8)
    url = models.CharField(max_length=500)
    status = models.PositiveSmallIntegerField(null=True)
    elapsed_ms = models.FloatField()
    request_body = models.TextField(blank=True)
    response_body = models.TextField(blank=True)
    error = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes = [models.Index(fields=["tenant", "connection", "-at"], name="exchangelog_at")]

    def __str__(self) -> str:
        return f"{self.method} {self.operation} {self.status}"
