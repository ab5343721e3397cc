from __future__ import annotations

from django.urls import path

from orchestration.web.rulesets import draft, trial, views

app_name = "orchestration"
urlpatterns = [
    path("", views.index, name="rulesets"),
    path("draft/", views.new_draft, name="new-draft"),
    path("compare/", views.compare, name="compare"),
    path("try/", trial.trial, name="trial"),
    path("<uuid:version_id>/", views.version_page, name="version"),
    path("<uuid:version_id>/edit/", draft.draft_page, name="draft"),
    path("<uuid:version_id>/publish/", views.publish, name="publish"),
    path("<uuid:version_id>/rollback/", views.rollback, name="rollback"),
]
