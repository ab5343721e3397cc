"""The store app's fixtures; test_work keeps smaller ones of its own."""

from __future__ import annotations

from tests.fulfilment.store import cap, channel, mug, new_job, shop, staff  # noqa: F401 -- fixtures
