"""The product's addresses, and a list page whose every part the tests exercise."""

from __future__ import annotations

from django.urls import include, path

from oms.urls import urlpatterns as product
from oms.web import views
from oms.web.errors import bad_request, forbidden, not_found, server_error
from tests.web import pages

handler400, handler403, handler404, handler500 = bad_request, forbidden, not_found, server_error

urlpatterns = [
    *product,
    path("", include("oms.web.urls")),
    path("test/audit/", pages.audit_list, name="test-audit"),
    path("test/keys/", pages.key_list, name="test-keys"),
    path("test/scan/", pages.scan, name="test-scan"),
    path("test/refusal/", pages.refusing, name="test-refusal"),
    path("test/owner/", pages.owner_only, name="test-owner"),
    path("test-start/", views.start, name="start"),
]
