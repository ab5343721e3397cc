"""The root of every refusal, and the refusals of this room."""

from __future__ import annotations

from typing import Any


class OmsError(Exception):
    """A refusal: a stable code, a sentence for people, data for machines. Anything else that is raised is a bug."""

    code = "oms.refused"
    http_status = 409
    # What was written before the refusal stays written, e.g. the count of wrong attempts.
    keeps_writes = False

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.data = data


class NotFound(OmsError):
    code = "oms.not_found"
    http_status = 404


class InvalidInput(OmsError):
    code = "oms.invalid"
    http_status = 422


class Forbidden(OmsError):
    code = "tenancy.forbidden"
    http_status = 403


class NoTenant(Exception):
    """Tenant-owned data was asked for outside `tenant_scope`."""


class OtherTenantOpen(Exception):
    """A scope of another tenant is open already; scopes do not nest across tenants."""
