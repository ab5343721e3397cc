from __future__ import annotations

from django.urls import path

from oms.tenancy.web import settings

app_name = "tenancy"
urlpatterns = [
    path("", settings.people, name="settings"),
    path("people/<uuid:member_id>/", settings.member, name="member"),
    path("people/<uuid:member_id>/deactivate/", settings.deactivate, name="deactivate"),
    path("keys/", settings.keys, name="keys"),
    path("keys/<uuid:key_id>/revoke/", settings.revoke, name="revoke"),
    path("safety/", settings.safety, name="safety"),
    path("audit/", settings.audit_trail, name="audit"),
]
