"""Buffer rules, and what the history has taught of the stock they look at."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from inventory.services import create_buffer_rule, sweep_buffers
from oms.local.retailer.documents import WHO
from oms.tenancy.context import tenant_scope

if TYPE_CHECKING:
    from uuid import UUID


def buffers(tenant_id: UUID) -> None:
    """A rule for what is doubtful, one for warehouses, one that is to begin; every level follows at once."""
    now = timezone.now()
    rules: list[dict[str, Any]] = [
        {
            "name": "Stock douteux : une unité de plus",
            "priority": 10,
            "measure": "UNITS",
            "amount": 1,
            "kinds": ["STORE"],
            "confidence_below": 80,
        },
        {
            "name": "Entrepôts : 5 %, au plus 3",
            "priority": 50,
            "measure": "PERCENT",
            "amount": 5,
            "most": 3,
            "kinds": ["WAREHOUSE"],
        },
        {
            "name": "Soldes : deux unités en magasin",
            "priority": 20,
            "measure": "UNITS",
            "amount": 2,
            "kinds": ["STORE"],
            "starts_on": (now + timedelta(days=30)).date(),
            "ends_on": (now + timedelta(days=58)).date(),
        },
    ]
    with tenant_scope(tenant_id):
        for rule in rules:
            create_buffer_rule(now=now, actor=WHO, **rule)
    more = True
    while more:
        with tenant_scope(tenant_id):
            more = sweep_buffers(now=now)
