from datetime import UTC, datetime

import pytest
from django.db.models import Q
from django.http import QueryDict
from django.utils import timezone, translation

from oms.web.lists.filters import Asked, BadValue, ChoiceFilter, DateFilter, Option, RangeFilter, TextFilter

NOW = datetime(2026, 11, 19, 23, 30, tzinfo=UTC)
CHOICE = ChoiceFilter(
    "state",
    "State",
    options=(Option("new", "New"), Option("old", "Old"), Option("late", "Late", where=lambda now: Q(due__lt=now))),
    field="status",
)


class Spy:
    """Stands for a queryset; keeps the condition it was given."""

    def filter(self, where):
        return where


@pytest.fixture(autouse=True)
def _paris():
    with timezone.override("Europe/Paris"), translation.override("en"):
        yield


def read(each, query):
    return each.read(Asked(QueryDict(query), None, NOW))


def where(each, query):
    return read(each, query).narrow(Spy())


@pytest.mark.parametrize(
    ("query", "condition", "words"),
    [
        ("state=new", Q(status__in=["new"]), "New"),
        ("state=new&state=old&state=new", Q(status__in=["new", "old"]), "New, Old"),
        ("state=late&state=new", Q(due__lt=NOW) | Q(status__in=["new"]), "Late, New"),
    ],
)
def test_values_of_one_choice_mean_or(query, condition, words):
    assert where(CHOICE, query) == condition
    assert read(CHOICE, query).words == words


@pytest.mark.parametrize(
    "each",
    [CHOICE, DateFilter("at", "At", field="at"), RangeFilter("n", "N", field="n"), TextFilter("t", "T", field="t")],
)
def test_nothing_asked_is_no_filter(each):
    assert read(each, "other=1&state=&at=&t=+") is None


@pytest.mark.parametrize(
    ("each", "query"),
    [
        (CHOICE, "state=unknown"),
        (DateFilter("at", "At", field="at"), "at=always"),
        (DateFilter("at", "At", field="at"), "at_from=2026-02-30"),
        (RangeFilter("n", "N", field="n"), "n_min=many"),
        (RangeFilter("n", "N", field="n"), "n_max=NaN"),
        (RangeFilter("n", "N", field="n"), "n_max=Infinity"),
    ],
)
def test_a_value_that_means_nothing_is_reported(each, query):
    with pytest.raises(BadValue):
        read(each, query)


def test_a_preset_follows_the_day_of_the_reader():
    # 23:30 UTC on the 19th is the 20th in Paris.
    condition = where(DateFilter("at", "At", field="at"), "at=today")

    assert condition == Q(at__gte=datetime(2026, 11, 19, 23, tzinfo=UTC)) & Q(
        at__lt=datetime(2026, 11, 20, 23, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("at_from=2026-11-01&at_to=2026-11-03", "1 Nov. 2026 to 3 Nov. 2026"),
        ("at_from=2026-11-01", "from 1 Nov. 2026"),
        ("at_to=2026-11-03", "until 3 Nov. 2026"),
        ("at=7d", "last 7 days"),
    ],
)
def test_periods_in_words(query, words):
    assert read(DateFilter("at", "At", field="at"), query).words.replace("\N{NO-BREAK SPACE}", " ") == words


@pytest.mark.parametrize(
    ("query", "condition", "words"),
    [
        ("n_min=3&n_max=7", Q(n__gte=3) & Q(n__lte=7), "3 € to 7 €"),
        ("n_min=2,5", Q(n__gte=2.5), "at least 2.5 €"),
        ("n_max=7", Q(n__lte=7), "at most 7 €"),
    ],
)
def test_ranges(query, condition, words):
    each = RangeFilter("n", "N", field="n", unit="€")

    assert read(each, query).words == words
    assert [child[0] for child in where(each, query).children] == [child[0] for child in condition.children]


def test_commas_separate_texts():
    each = TextFilter("sku", "SKU", where=lambda value: Q(lines__sku=value))

    assert where(each, "sku=A,+B") == Q(lines__sku="A") | Q(lines__sku="B")
