from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from oms.tenancy.models import TenantModel


class RulesetState(models.TextChoices):
    DRAFT = "DRAFT", _("Draft")
    PUBLISHED = "PUBLISHED", _("Published")
    ARCHIVED = "ARCHIVED", _("Archived")


class RulesetVersion(TenantModel):
    """One version of the tenant's rules; once published its document never changes again."""

    version = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    state = models.CharField(max_length=10, choices=RulesetState.choices, default=RulesetState.DRAFT)
    document = models.JSONField()
    author = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    published_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tenant", "version"], name="rulesetversion_version"),
            models.UniqueConstraint(
                fields=["tenant"], condition=models.Q(state="PUBLISHED"), name="rulesetversion_published"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
