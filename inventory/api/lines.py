"""Lines of documents as bodies name them: by id, or by SKU where one line has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from rest_framework import serializers
from rest_framework.serializers import ValidationError

from oms.rest.serializers import In, Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from uuid import UUID

    from inventory.models import Sku

MOST_LINES = 1000
MOST_UNITS = 999_999_999


class NamedLineIn(In):
    line = serializers.UUIDField(required=False, help_text="Id of the line.")
    sku = Text(max_length=100, required=False, help_text="Instead of `line`, when one line has this SKU.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("line" in attrs) == ("sku" in attrs):
            raise serializers.ValidationError("Name either the line or its SKU.")
        return attrs


class Line(Protocol):
    pk: UUID
    sku: Sku


def named(lines: Sequence[Line], asked: Iterable[dict[str, Any]]) -> Iterator[tuple[UUID, dict[str, Any]]]:
    """Each body with the id of the line it names. Raises ValidationError."""
    for index, each in enumerate(asked):
        mine = [line.pk for line in lines if line.pk == each.get("line") or line.sku.code == each.get("sku")]
        if len(mine) != 1:
            sentence = "There is no such line." if not mine else "Several lines have this SKU: name the line."
            raise ValidationError({"lines": [{} for _before in range(index)] + [{"line": [sentence]}]})
        yield mine[0], each
