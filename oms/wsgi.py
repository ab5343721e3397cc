"""What a WSGI server imports."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")
# A few connections serve all the threads, and each knows the plans of the statements that come again and again.
os.environ.setdefault("DATABASE_SHARED_CONNECTIONS", "24")

application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 -- imports all views now, not while the first request waits

# What was loaded at start lives for ever: the collector need not look at it again, and requests make few cycles.
gc.freeze()
gc.set_threshold(50_000, 20, 20)
