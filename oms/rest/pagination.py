"""Pages by key: each page begins after the last row of the one before, whatever is added meanwhile."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any, cast

import orjson
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Q
from rest_framework.pagination import BasePagination
from rest_framework.response import Response
from rest_framework.utils.urls import remove_query_param, replace_query_param

from oms.rest.errors import InvalidParameters
from oms.rest.formats import to_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Field, Model, QuerySet
    from rest_framework.request import Request

DEFAULT_LIMIT = 50
LARGEST_LIMIT = 200
NAMES = ("limit", "cursor")


@dataclass(frozen=True, slots=True)
class Key:
    """One term of a queryset's ordering."""

    path: str
    descending: bool
    field: Field[Any, Any]

    @property
    def attribute(self) -> str:
        return self.path.replace("__", ".")


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows: the ordering's values of the row next to it, and the way to read from there."""

    backwards: bool
    values: list[Any]

    def encode(self) -> str:
        return base64.urlsafe_b64encode(to_json([int(self.backwards), self.values])).rstrip(b"=").decode()

    @classmethod
    def decode(cls, text: str, keys: Sequence[Key]) -> Cursor:
        """Raises InvalidParameters."""
        strange = InvalidParameters({"cursor": ["Take the cursor from `next` or `previous` of an answer."]})
        try:
            backwards, given = orjson.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
            values = [key.field.to_python(value) for key, value in zip(keys, given, strict=True)]
        except (ValueError, TypeError, binascii.Error, ValidationError) as error:
            raise strange from error
        if backwards not in {0, 1} or any(value is None or "\0" in str(value) for value in values):
            raise strange
        return cls(bool(backwards), values)


def limit_of(request: Request) -> int:
    """How many rows a page has. Raises InvalidParameters."""
    given = request.query_params.get("limit", "")
    if not given:
        return DEFAULT_LIMIT
    if given.isascii() and given.isdecimal() and 1 <= int(given[:6]) <= LARGEST_LIMIT:
        return int(given[:6])
    raise InvalidParameters({"limit": [f"Choose 1 to {LARGEST_LIMIT}."]})


class CursorPagination(BasePagination):
    """Answers `{"results", "next", "previous"}`. The queryset's own ordering must be total and without NULLs."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:  # noqa: ARG002 -- REST framework's signature
        self._url = request.build_absolute_uri()
        self._keys = _keys(queryset)
        limit = limit_of(request)
        given = request.query_params.get("cursor", "")
        self._cursor = Cursor.decode(given, self._keys) if given else None
        backwards = self._cursor is not None and self._cursor.backwards
        if self._cursor is not None:
            queryset = queryset.filter(_beyond(self._keys, self._cursor))
        rows = list((queryset.reverse() if backwards else queryset)[: limit + 1])
        more, rows = len(rows) > limit, rows[:limit]
        self._rows = rows[::-1] if backwards else rows
        self._has_next = backwards or more
        self._has_previous = more if backwards else self._cursor is not None
        return self._rows

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"results": data, "next": self._link(backwards=False), "previous": self._link(backwards=True)})

    def _link(self, *, backwards: bool) -> str | None:
        if not (self._has_previous if backwards else self._has_next):
            return None
        if self._rows:
            row = self._rows[0 if backwards else -1]
            values = [attrgetter(key.attribute)(row) for key in self._keys]
        elif self._cursor is not None:
            # An empty page: what is on the other side of it begins where this one was asked to begin.
            values = self._cursor.values
        else:
            return None
        return str(
            replace_query_param(remove_query_param(self._url, "cursor"), "cursor", Cursor(backwards, values).encode())
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        link = {"type": ["string", "null"], "format": "uri"}
        return {
            "type": "object",
            "required": ["results", "next", "previous"],
            "properties": {"results": schema, "next": link, "previous": link},
        }

    def get_schema_operation_parameters(self, _view: Any) -> list[dict[str, Any]]:
        limit = {"type": "integer", "minimum": 1, "maximum": LARGEST_LIMIT, "default": DEFAULT_LIMIT}
        return [
            {"name": "limit", "in": "query", "required": False, "schema": limit, "description": "Rows of a page."},
            {
                "name": "cursor",
                "in": "query",
                "required": False,
                "schema": {"type": "string"},
                "description": "Where the page begins; take it from `next` or `previous`.",
            },
        ]


def _keys(queryset: QuerySet[Any]) -> list[Key]:
    model: type[Model] = queryset.model
    return [
        Key(term.removeprefix("-"), term.startswith("-"), _field(model, term.removeprefix("-")))
        for term in queryset.query.order_by
        if isinstance(term, str)
    ]


def _field(model: type[Model], path: str) -> Field[Any, Any]:
    head, _, rest = path.partition("__")
    field = model._meta.pk if head == "pk" else model._meta.get_field(head)
    if field is None:
        raise FieldDoesNotExist(path)
    if rest and field.related_model is not None:
        return _field(field.related_model, rest)
    return cast("Field[Any, Any]", field)


def _beyond(keys: Sequence[Key], cursor: Cursor) -> Q:
    """Rows after the cursor: greater in the first key that differs. The first key also bounds the index scan."""
    after = Q()
    equal = Q()
    for key, value in zip(keys, cursor.values, strict=True):
        less = key.descending != cursor.backwards
        after |= equal & Q(**{f"{key.path}__{'lt' if less else 'gt'}": value})
        equal &= Q(**{key.path: value})
    first = keys[0]
    less = first.descending != cursor.backwards
    return Q(**{f"{first.path}__{'lte' if less else 'gte'}": cursor.values[0]}) & after
