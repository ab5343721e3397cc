"""The OpenAPI document: what DRF knows, plus problems, permissions, idempotency and stable names."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django_scopes import scope
from drf_spectacular.extensions import (
    OpenApiAuthenticationExtension,
    OpenApiFilterExtension,
    OpenApiSerializerFieldExtension,
)
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter

from oms.rest.filters import AnyOf, Flag, ManyField
from oms.rest.idempotency import HEADER, LONGEST
from oms.rest.problems import MEDIA_TYPE

if TYPE_CHECKING:
    from collections.abc import Iterator

SCHEME = "apiKey"
PROBLEM: dict[str, Any] = {
    "type": "object",
    "required": ["type", "title", "status", "code", "detail", "instance", "request_id"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; for machines."},
        "detail": {"type": "string", "description": "A sentence for people."},
        "instance": {"type": "string"},
        "request_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["detail"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into the body, as a fragment."},
                    "parameter": {"type": "string"},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
        "data": {"type": "object", "additionalProperties": True},
    },
}
_MEANINGS = {
    "400": "Malformed JSON, a wrong query parameter or Idempotency-Key.",
    "401": "No valid credential.",
    "403": "The credential lacks the permission.",
    "404": "No such object in this tenant.",
    "409": "In conflict with the present state, which `data` names; or the same request is in flight.",
    "413": "The body is too large.",
    "415": "The body is not `application/json`.",
    "422": "The body was understood and is not valid; `errors` says where.",
    "429": "Too many requests; `Retry-After` says when.",
    "503": "The database could not answer in time; try again.",
}
_WITH_BODY = frozenset({"409", "413", "415", "422"})


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of this process's code."""
    generator: Any = BatonGenerator
    made: dict[str, Any] = generator(urlconf="oms.urls").get_schema(request=None, public=True)
    return made


class BatonGenerator(SchemaGenerator):
    def get_schema(self, request: Any = None, public: bool = False) -> Any:  # noqa: FBT001, FBT002 -- drf-spectacular's signature
        # Querysets are built to read their models, never run: any scope will do.
        with scope(tenant=UUID(int=0)):
            schema = super().get_schema(request, public)  # type: ignore[no-untyped-call]  # drf-spectacular has no types here
        components = schema.setdefault("components", {})
        components.setdefault("schemas", {})["Problem"] = PROBLEM
        return schema


class BatonSchema(AutoSchema):
    def get_operation_id(self) -> str:
        return f"{'_'.join(self.get_tags())}_{self._action}".replace("-", "_")

    def get_tags(self) -> list[str]:
        return [part for part in self._tokenize_path() if part not in {self._action, "{id}"}][:2] or ["api"]

    def get_summary(self) -> str | None:
        return (
            super().get_summary()
            or f"{self._action.replace('_', ' ').capitalize()} {' '.join(self.get_tags())}".strip()
        )

    def get_override_parameters(self) -> list[Any]:
        given = list(super().get_override_parameters())
        if self.method == "POST":
            given.append(
                OpenApiParameter(
                    HEADER,
                    {"type": "string", "minLength": 1, "maxLength": LONGEST, "pattern": "^[ -~]+$"},
                    OpenApiParameter.HEADER,
                    required=False,
                    description="The same key with the same body gives the same answer and no second effect.",
                )
            )
        return given

    def get_extensions(self) -> dict[str, Any]:
        extensions: dict[str, Any] = dict(super().get_extensions())
        needed = getattr(self.view, "permissions", {}).get(self._action)
        if needed:
            extensions["x-required-permission"] = str(needed)
        return extensions

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        if self.method == "GET" and "200" in bodies:
            bodies["304"] = {"description": "Unchanged since the ETag in If-None-Match."}
        for status in self._refusals():
            content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
            bodies.setdefault(status, {"description": _MEANINGS[status], "content": content})
        return bodies

    def _refusals(self) -> Iterator[str]:
        for status in _MEANINGS:
            writes = self.method in {"POST", "PUT", "PATCH", "DELETE"}
            # A read may name codes in its query, which may not exist.
            names = status == "422" and self._action in getattr(self.view, "parameters", {})
            if status in _WITH_BODY and not (writes or names):
                continue
            if status == "404" and "{" not in self.path:
                continue
            yield status

    @property
    def _action(self) -> str:
        return str(getattr(self.view, "action", "") or self.method.lower())


class ApiKeyScheme(OpenApiAuthenticationExtension):
    target_class = "oms.rest.authentication.ApiKeyAuthentication"
    name = SCHEME

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        needed = getattr(auto_schema.view, "permissions", {}).get(getattr(auto_schema.view, "action", ""))
        return {SCHEME: [str(needed)] if needed else []}

    def get_security_definition(self, _auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "baton_…",
            "description": "An API key of the tenant.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    """The back office's own session is no way in for integrators, so it is not told."""

    target_class = "oms.rest.authentication.SessionAuthentication"
    name: list[str] = []

    def get_security_requirement(self, _auto_schema: Any) -> list[dict[str, list[Any]]]:
        return []

    def get_security_definition(self, _auto_schema: Any) -> list[Any]:
        return []


class ManyValues(OpenApiFilterExtension):
    """Tells that `AnyOf` parameters may be repeated, and their choices."""

    target_class = "oms.rest.filters.StrictFilterBackend"
    priority = 1

    def get_schema_operation_parameters(self, auto_schema: Any, *_args: Any, **_kwargs: Any) -> list[dict[str, Any]]:
        filterset = getattr(auto_schema.view, "filterset_class", None)
        return [_parameter(name, each) for name, each in (filterset.base_filters if filterset else {}).items()]


class MoneyField(OpenApiSerializerFieldExtension):
    """A decimal string, or a number for those whose language has no decimals."""

    target_class = "oms.rest.serializers.Money"

    def map_serializer_field(self, _auto_schema: Any, _direction: str) -> dict[str, Any]:
        return {
            "oneOf": [{"type": "string", "pattern": self.target.pattern.pattern}, {"type": "number", "minimum": 0}],
            **({"nullable": True} if self.target.allow_null else {}),
        }


def _parameter(name: str, each: Any) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "minLength": 1}
    if isinstance(each, AnyOf):
        field = each.field
        choices = sorted(field.allowed) if isinstance(field, ManyField) and field.allowed else None
        schema = {"type": "array", "minItems": 1, "items": {"enum": choices} if choices else schema}
    elif type(each).__name__ == "IsoDateTimeFilter":
        schema["format"] = "date-time"
    elif isinstance(each, Flag):
        schema = {"type": "boolean"}
    elif type(each).__name__ == "UUIDFilter":
        schema["format"] = "uuid"
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": schema,
        "description": str(each.extra.get("help_text", "")),
    }
