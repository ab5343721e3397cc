"""What import-linter cannot see: keys between tables point down, like imports."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.conf import settings

RANK = {
    "tenancy": 0,
    "events": 1,
    "inventory": 2,
    "orders": 3,
    "fulfilment": 4,
    "orchestration": 5,
    "returns": 6,
    "channels": 6,
    "analytics": 7,
}
OURS = [model for model in apps.get_models() if model._meta.app_label in RANK]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_foreign_keys_point_down(model):
    own = model._meta.app_label
    for field in model._meta.concrete_fields:
        if field.related_model is not None:
            target = field.related_model._meta.app_label
            assert target == own or RANK[target] < RANK[own], f"{field} points up"


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_no_room_is_reached_from_another_rooms_row(model):
    """Rows of one room do not grow attributes by which another room's rows are read."""
    for relation in model._meta.related_objects:
        if relation.related_model in OURS and relation.related_model._meta.app_label != model._meta.app_label:
            assert relation.hidden, f"{relation.field} adds {relation.name} to {model._meta.label}"


def test_every_room_has_a_rank():
    rooms = {
        config.label
        for config in apps.get_app_configs()
        if (settings.BASE_DIR / config.name.replace(".", "/")).is_dir()
    }
    assert rooms - set(RANK) == {"rest", "web", "local"}
