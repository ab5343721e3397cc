"""Filters of lists: a wrong value is refused, never ignored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django_filters import rest_framework as filters

from oms.rest.errors import InvalidParameters

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.db.models import QuerySet
    from django.http import QueryDict
    from rest_framework.request import Request

MOST_VALUES = 500


class StrictFilterBackend(filters.DjangoFilterBackend):  # type: ignore[misc]  # django-filter has no types
    """Raises InvalidParameters, which names the parameter, instead of a fault of the body."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset(request, queryset, view)
        if filterset is None:
            return queryset
        _refuse_strange(request.query_params, filterset)
        if not filterset.is_valid():
            raise InvalidParameters({name: [str(text) for text in texts] for name, texts in filterset.errors.items()})
        filtered: QuerySet[Any] = filterset.qs
        return filtered


def _refuse_strange(query: QueryDict, filterset: Any) -> None:
    """Empty values and repetitions, which would otherwise filter nothing and say nothing."""
    faults = {}
    for name, each in filterset.filters.items():
        given = query.getlist(name)
        if "" in given:
            faults[name] = ["Give a value, or leave the parameter out."]
        elif len(given) > 1 and not isinstance(each, AnyOf):
            faults[name] = ["Give it once."]
    if faults:
        raise InvalidParameters(faults)


def values_of(query: QueryDict, name: str) -> list[str]:
    """The values of a parameter that may be repeated or hold several separated by commas, each once."""
    return list(dict.fromkeys(part for given in query.getlist(name) for part in given.split(",") if part))


class _ManyWidget(forms.Widget):
    def value_from_datadict(self, data: Any, _files: Any, name: str) -> list[str]:
        return values_of(data, name)


class ManyField(forms.Field):
    """Several values; with `choices`, each one of them."""

    widget = _ManyWidget

    def __init__(self, *, choices: Collection[str] | None = None, **options: Any) -> None:
        self.allowed = choices
        super().__init__(**options)

    def clean(self, value: list[str]) -> list[str]:
        if len(value) > MOST_VALUES:
            raise forms.ValidationError(f"At most {MOST_VALUES} values.")
        for each in value:
            ProhibitNullCharactersValidator()(each)
            if self.allowed is not None and each not in self.allowed:
                raise forms.ValidationError(f"Choose among {', '.join(self.allowed)}.")
        return value


class Filters(filters.FilterSet):  # type: ignore[misc]  # django-filter has no types
    """The filters of one list."""


class AnyOf(filters.Filter):  # type: ignore[misc]  # django-filter has no types
    """Rows whose field is one of the values given."""

    field_class = ManyField

    def filter(self, queryset: QuerySet[Any], value: list[str]) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.field_name}__in": value}) if value else queryset


class Flag(filters.Filter):  # type: ignore[misc]  # django-filter has no types
    """Exactly `true` or `false`."""

    field_class = forms.ChoiceField

    def __init__(self, **options: Any) -> None:
        super().__init__(choices=[("true", "true"), ("false", "false")], **options)

    def filter(self, queryset: QuerySet[Any], value: str) -> QuerySet[Any]:
        return queryset.filter(**{f"{self.field_name}__{self.lookup_expr}": value == "true"}) if value else queryset
