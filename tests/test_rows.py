"""Many rows in one statement are what they would be if each had been saved."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.db import DataError, IntegrityError, transaction

from inventory.models import Sku
from oms.database.rows import insert_rows

pytestmark = pytest.mark.django_db
THEN = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC)


def sku(code, **fields):
    return Sku(code=code, name=code, created_at=THEN, updated_at=THEN, **fields)


def test_rows_are_read_as_they_were_given(tenant):
    made = [
        sku("A", cost=Decimal("1234567.8901"), barcodes=["3760000000017", 'with "quotes", {braces}'], weight_g=250),
        sku("Ö’\\n", attributes={"size": None, "tags": ["é", 1.5, True]}, active=False),
    ]

    assert insert_rows(made) == {row.pk for row in made}

    for row in made:
        read = Sku.objects.get(pk=row.pk)
        assert {f.attname: getattr(read, f.attname) for f in Sku._meta.concrete_fields} == {
            f.attname: getattr(row, f.attname) for f in Sku._meta.concrete_fields
        }
        assert not row._state.adding


def test_rows_that_another_holds_already_are_left_out_when_asked(tenant):
    insert_rows([sku("A")])
    first, second = sku("A"), sku("B")

    assert insert_rows([first, second], ignore_conflicts=True) == {second.pk}
    assert first._state.adding
    with pytest.raises(IntegrityError), transaction.atomic():
        insert_rows([sku("C"), sku("A")])
    assert sorted(Sku.objects.values_list("code", flat=True)) == ["A", "B"]


def test_a_value_too_long_is_refused_and_not_cut(tenant):
    with pytest.raises(DataError), transaction.atomic():
        insert_rows([sku("A" * 101)])


def test_nothing_is_inserted_from_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert insert_rows([]) == set()
