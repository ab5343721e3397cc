"""Bodies in and out. In: strict, a fault for everything that is not understood. Out: straight from the rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from rest_framework import serializers

if TYPE_CHECKING:
    from collections.abc import Iterable

UNKNOWN = "Unknown field."
_UNKNOWN = serializers.ErrorDetail(UNKNOWN, "unknown_field")
Getter = Callable[[Any], Any]
# A serializer class; mypy takes the class for unhashable because its instances are.
Shape = Any


class _Reader(NamedTuple):
    """How one field of a body is read: `absent` gives its value when it is left out, None when that is a fault or skips it."""

    name: str
    field: Any
    check: Callable[[Any], Any] | None
    absent: Callable[[], Any] | None


class In(serializers.Serializer[Any]):
    """A body that refuses fields it does not know, so that a misspelt one is not lost.

    What is left out, most of a body, is not validated: REST framework would take as long for it as for what is there.
    """

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, Mapping):
            return super().to_internal_value(data)
        value: dict[str, Any] = {}
        faults: dict[str, Any] = {}
        for name, field, check, absent in self._readers():
            if absent is not None and name not in data:
                value[field.source] = absent()
                continue
            try:
                read = field.run_validation(data.get(name, serializers.empty))
                value[field.source] = read if check is None else check(read)
            except serializers.SkipField:
                pass
            except serializers.ValidationError as error:
                faults[name] = error.detail
        faults |= {str(name): [_UNKNOWN] for name in data if name not in self.fields}
        if faults:
            raise serializers.ValidationError(faults)
        return value

    def run_validators(self, value: Any) -> None:
        # The parent first looks through all fields for read-only ones; a body has none.
        if self.validators:
            super().run_validators(value)

    def _readers(self) -> list[_Reader]:
        made: list[_Reader] | None = self.__dict__.get("_made_readers")
        if made is None:
            made = [self._reader(name, field) for name, field in self.fields.items()]
            self.__dict__["_made_readers"] = made
        return made

    def _reader(self, name: str, field: Any) -> _Reader:
        optional = not field.required and field.default is not serializers.empty
        return _Reader(name, field, getattr(self, f"validate_{name}", None), field.get_default if optional else None)


class Out(serializers.Serializer[Any]):
    """An answer read from a row by the fields' sources; the renderer knows times, decimals and ids.

    REST framework's own way costs ten times as much, for the same bytes.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        return {name: get(instance) for name, get in self._getters()}

    def _getters(self) -> list[tuple[str, Getter]]:
        made: list[tuple[str, Getter]] | None = self.__dict__.get("_made_getters")
        if made is None:
            made = [(name, _getter(field)) for name, field in self.fields.items()]
            self.__dict__["_made_getters"] = made
        return made


def _getter(field: Any) -> Getter:
    if isinstance(field, serializers.SerializerMethodField):
        bound: Getter = getattr(field.parent, field.method_name)
        return bound
    get: Getter = _itself if field.source == "*" else attrgetter(field.source)
    if isinstance(field, serializers.ListSerializer):
        child: Any = field.child
        one = child.to_representation
        return lambda instance: [one(each) for each in get(instance)]
    if isinstance(field, Out):
        return lambda instance: None if (inner := get(instance)) is None else field.to_representation(inner)
    if "." in field.source:
        return lambda instance: _or_none(get, instance)
    return get


def _itself(instance: Any) -> Any:
    return instance


def _or_none(get: Getter, instance: Any) -> Any:
    try:
        return get(instance)
    except AttributeError:
        return None


@cache
def _shared(kind: Shape) -> Any:
    """One instance for all requests: copying its fields would cost more than using them, and neither use changes it."""
    return kind()


def parse(kind: type[In], body: Any) -> dict[str, Any]:
    """The valid content of a body. Raises ValidationError."""
    valid: dict[str, Any] = _shared(kind).run_validation(body)
    return valid


def many(kind: type[In], *, at_most: int, required: bool = True) -> serializers.ListSerializer[Any]:
    """A list of at least one and at most so many bodies of one kind."""
    return serializers.ListSerializer(child=kind(), allow_empty=False, max_length=at_most, required=required)


def show(kind: Shape, row: Any) -> dict[str, Any]:
    """One row as its answer."""
    shown: dict[str, Any] = _shared(kind).to_representation(row)
    return shown


def show_each(kind: Shape, rows: Iterable[Any]) -> list[dict[str, Any]]:
    """Rows as their answers."""
    one = _shared(kind).to_representation
    return [one(row) for row in rows]


class Text(serializers.CharField):
    """A JSON string; a number is not one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    """A JSON whole number; a string, a fraction or a boolean is not one. At most what the database can hold."""

    def __init__(self, **options: Any) -> None:
        options.setdefault("max_value", 2_147_483_647)
        options.setdefault("min_value", -2_147_483_648)
        super().__init__(**options)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, float) and data.is_integer():
            data = int(data)
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("invalid")
        return data


class Switch(serializers.BooleanField):
    """A JSON boolean; nothing else is one."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Money(serializers.DecimalField):
    """A decimal string such as "12.50", or a number; never negative."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"max_digits": 14, "decimal_places": 2, "min_value": 0, **options})
        whole = (self.max_digits or 0) - (self.decimal_places or 0)
        self.pattern = re.compile(rf"^[0-9]{{1,{whole}}}(\.[0-9]{{1,{self.decimal_places}}})?$")

    def validate_empty_values(self, data: Any) -> tuple[bool, Any]:
        # REST framework takes an empty text for null.
        return (False, data) if data == "" else super().validate_empty_values(data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str) and not self.pattern.match(data) and not data.startswith("-"):
            self.fail("invalid")
        if not isinstance(data, str | int | float) or isinstance(data, bool):
            self.fail("invalid")
        return super().to_internal_value(data)
