"""Tenancy: who the tenants are, who may do what in each, and the walls between them.

Owns: Tenant, LegalEntity, User, Membership, ApiKey, AuditEntry, SavedView, IdempotentRequest, NumberSequence.
Promises: outside `tenant_scope` no tenant-owned row can be read or written; a view without a permission is refused.
Knows nothing of: stock, orders, channels. A membership's locations are plain ids.
"""
