"""A real browser on a live server."""

from __future__ import annotations

from tests.web.browser import chromium, live, open_browser  # noqa: F401 -- fixtures
