from oms.tenancy.models.access import ApiKey, Membership, User
from oms.tenancy.models.audit import AuditEntry
from oms.tenancy.models.base import TenantForeignKey, TenantModel, new_id
from oms.tenancy.models.tenant import LegalEntity, NumberSequence, Tenant
from oms.tenancy.models.web import IdempotentRequest, SavedView

__all__ = [
    "ApiKey",
    "AuditEntry",
    "IdempotentRequest",
    "LegalEntity",
    "Membership",
    "NumberSequence",
    "SavedView",
    "Tenant",
    "TenantForeignKey",
    "TenantModel",
    "User",
    "new_id",
]
