from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from oms.tenancy.context import current_tenant_id, tenant_scope
from oms.tenancy.enums import LegalEntityKind
from oms.tenancy.errors import InvalidInput
from oms.tenancy.models import LegalEntity, Tenant
from oms.tenancy.services.audit import audit

if TYPE_CHECKING:
    from oms.tenancy.types import Actor


@transaction.atomic
def create_tenant(*, slug: str, name: str, actor: Actor, **options: Any) -> Tenant:
    """Create a merchant with one legal entity of its own. Raises InvalidInput when the slug is taken."""
    if Tenant.objects.filter(slug=slug).exists():
        raise InvalidInput(_("The slug %(slug)s is taken.") % {"slug": slug}, slug=slug)
    tenant = Tenant.objects.create(slug=slug, name=name, **options)
    with tenant_scope(tenant.pk):
        LegalEntity.objects.create(code="main", name=name)
        audit(action="tenant.created", object_type="tenant", object_id=tenant.pk, actor=actor, slug=slug)
    return tenant


def create_legal_entity(*, code: str, name: str, kind: str = LegalEntityKind.OWN, vat_number: str = "") -> LegalEntity:
    """Create a legal entity, or return the one that has this code."""
    entity, _created = LegalEntity.objects.get_or_create(
        code=code, defaults={"name": name, "kind": kind, "vat_number": vat_number}
    )
    return entity


@transaction.atomic
def update_tenant(*, actor: Actor, **changes: Any) -> None:
    """Change the open tenant's own facts (name, language, mfa_required, …)."""
    Tenant.objects.filter(pk=current_tenant_id()).update(**changes)
    audit(
        action="tenant.updated",
        object_type="tenant",
        object_id=current_tenant_id(),
        actor=actor,
        changes=sorted(changes),
    )
