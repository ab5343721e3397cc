"""The one permission table: what each role may do. What is not listed is refused."""

from __future__ import annotations

from enum import StrEnum

from oms.tenancy.enums import Role


class Permission(StrEnum):
    """Also the names of API scopes."""

    ORDERS_READ = "orders:read"
    ORDERS_WRITE = "orders:write"
    STOCK_READ = "stock:read"
    STOCK_WRITE = "stock:write"
    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_WRITE = "catalogue:write"
    FULFILMENT_READ = "fulfilment:read"
    FULFILMENT_WRITE = "fulfilment:write"
    ROUTING_READ = "routing:read"
    ROUTING_WRITE = "routing:write"
    CHANNELS_READ = "channels:read"
    CHANNELS_WRITE = "channels:write"
    EVENTS_READ = "events:read"
    EVENTS_WRITE = "events:write"
    ANALYTICS_READ = "analytics:read"
    PERSONAL_DATA_EXPORT = "personal_data:export"
    TENANT_ADMIN = "tenant:admin"


P = Permission
_READ = frozenset(
    {
        P.ORDERS_READ,
        P.STOCK_READ,
        P.CATALOGUE_READ,
        P.FULFILMENT_READ,
        P.ROUTING_READ,
        P.CHANNELS_READ,
        P.ANALYTICS_READ,
    }
)
_OPERATE = _READ | {
    P.ORDERS_WRITE,
    P.STOCK_WRITE,
    P.CATALOGUE_WRITE,
    P.FULFILMENT_WRITE,
    P.EVENTS_READ,
    P.PERSONAL_DATA_EXPORT,
}

TABLE: dict[Role, frozenset[Permission]] = {
    Role.OWNER: frozenset(Permission),
    Role.MANAGER: _OPERATE | {P.ROUTING_WRITE, P.CHANNELS_WRITE, P.EVENTS_WRITE},
    Role.LOGISTICS: _OPERATE | {P.ROUTING_WRITE},
    Role.CUSTOMER_SERVICE: _READ | {P.ORDERS_WRITE, P.EVENTS_READ},
    Role.STORE_STAFF: frozenset({P.FULFILMENT_READ, P.FULFILMENT_WRITE}),
    Role.PARTNER: frozenset({P.FULFILMENT_READ, P.FULFILMENT_WRITE}),
    Role.ANALYST: _READ,
    Role.INTEGRATOR: _OPERATE | {P.ROUTING_WRITE, P.CHANNELS_WRITE, P.EVENTS_WRITE},
}

# These roles see only the locations of their membership.
BOUND_TO_LOCATIONS = frozenset({Role.STORE_STAFF, Role.PARTNER})


def permissions_of(role: Role) -> frozenset[Permission]:
    """What the role may do."""
    return TABLE[role]
