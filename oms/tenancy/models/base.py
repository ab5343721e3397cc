"""What every tenant-owned model is made of. `oms.tenancy.walls.Isolate` puts the same into the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import uuid_utils.compat as uuid_utils
from django.db import models
from django_scopes import ScopedManager

from oms.tenancy.context import current_tenant_id

if TYPE_CHECKING:
    from uuid import UUID


def new_id() -> UUID:
    """A UUIDv7: unique everywhere, roughly in order of creation."""
    return uuid_utils.uuid7()


class TenantForeignKey(models.ForeignKey):  # type: ignore[type-arg]  # the stubs' type arguments are not known at run time
    """A key to a row of the same tenant. The constraint in the database is (tenant_id, x_id) -> (tenant_id, id)."""

    def __init__(self, to: Any, on_delete: Any = models.DO_NOTHING, **options: Any) -> None:
        options["db_constraint"] = False
        options["db_index"] = False
        options.setdefault("related_name", "+")
        super().__init__(to, on_delete, **options)


class TenantModel(models.Model):
    """A row that belongs to one tenant; outside `tenant_scope` queries raise and the database shows nothing."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    tenant = models.ForeignKey(
        "tenancy.Tenant",
        models.DO_NOTHING,
        db_constraint=False,
        default=current_tenant_id,
        editable=False,
        related_name="+",
        db_index=False,
    )

    objects: ClassVar[models.Manager[Self]] = ScopedManager(tenant="tenant_id")

    class Meta:
        abstract = True
