"""Periodic work, with the settings as production has them."""

from __future__ import annotations

import pytest

from oms.events.jobs import EVERY_TENANT, due_now, jobs


@pytest.mark.parametrize("each", [each for each in jobs() if each.due == EVERY_TENANT], ids=lambda each: each.name)
def test_a_job_of_every_tenant_runs_for_one_that_has_nothing(each, tenant):
    each.run(tenant.pk, "")


@pytest.mark.parametrize("each", jobs(), ids=lambda each: each.name)
def test_what_is_due_can_be_asked(each, db):
    assert due_now(each) == []
