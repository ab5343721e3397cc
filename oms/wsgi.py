"""What a WSGI server imports."""

from __future__ import annotations

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")

application = get_wsgi_application()

# What was loaded at start lives for ever: the collector need not look at it again, and requests make few cycles.
gc.freeze()
gc.set_threshold(50_000, 20, 20)
