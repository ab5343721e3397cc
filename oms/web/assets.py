"""Addresses of static files that may be absent: without the browser libraries, pages look plain but work."""

from __future__ import annotations

from functools import lru_cache

from django.contrib.staticfiles import finders
from django.contrib.staticfiles.storage import staticfiles_storage


@lru_cache(maxsize=256)
def asset_url(path: str) -> str:
    """The file's address, or nothing when there is no such file."""
    if hasattr(staticfiles_storage, "manifest_name"):
        try:
            return staticfiles_storage.url(path)
        except ValueError:
            return ""
    return staticfiles_storage.url(path) if finders.find(path) else ""
