from __future__ import annotations

from django.db import models

from oms.tenancy.enums import LegalEntityKind
from oms.tenancy.models.base import TenantModel, new_id


class Tenant(models.Model):
    """One merchant. Not tenant-owned itself: it is what rows are owned by."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, default="FR")
    currency = models.CharField(max_length=3, default="EUR")
    time_zone = models.CharField(max_length=50, default="Europe/Paris")
    language = models.CharField(max_length=5, default="fr")
    mfa_required = models.BooleanField(default=False)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class LegalEntity(TenantModel):
    code = models.CharField(max_length=40)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=LegalEntityKind.choices, default=LegalEntityKind.OWN)
    vat_number = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "code"], name="legalentity_code")]

    def __str__(self) -> str:
        return self.name


class NumberSequence(TenantModel):
    """The last number given to people for one kind of object, e.g. CMD-2026-000123."""

    kind = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "kind", "year"], name="numbersequence_kind_year")]

    def __str__(self) -> str:
        return f"{self.kind} {self.year}: {self.last}"
