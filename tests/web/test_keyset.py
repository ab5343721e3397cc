"""Pages by the last row seen: complete, in order, stable while rows arrive, in both directions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oms.tenancy.models import ApiKey
from oms.web.lists import keyset
from oms.web.lists.keyset import BadCursor, Order

NOW = datetime(2026, 11, 19, 10, 42, tzinfo=UTC)
ORDERS = [
    Order("name"),
    Order("name", descending=True),
    Order("last_used_at", nullable=True),
    Order("last_used_at", descending=True, nullable=True),
]


def make_keys(rows):
    """One key per (name, minutes since it was used or None)."""
    ApiKey.objects.bulk_create(
        ApiKey(
            name=name,
            prefix="x",
            digest=f"{number:064}",
            scopes=[],
            last_used_at=None if used is None else NOW - timedelta(minutes=used),
        )
        for number, (name, used) in enumerate(rows)
    )


def forward(order, size):
    pages, after = [], ""
    while True:
        page = keyset.fetch(ApiKey.objects.all(), order, size, after=after)
        pages.append(page)
        if not page.after:
            return pages
        after = page.after


def expected(order):
    return list(ApiKey.objects.order_by(*order.terms()))


@pytest.mark.parametrize("order", ORDERS)
@settings(max_examples=15)
@given(
    rows=st.lists(st.tuples(st.sampled_from("abc"), st.one_of(st.none(), st.integers(0, 3))), max_size=12),
    size=st.integers(1, 5),
)
def test_pages_forward_hold_every_row_once_and_in_order(tenant, order, rows, size):
    ApiKey.objects.all().delete()
    make_keys(rows)

    pages = forward(order, size)

    assert [row for page in pages for row in page.rows] == expected(order)
    assert all(len(page.rows) == size for page in pages[:-1])


@pytest.mark.parametrize("order", ORDERS)
def test_pages_backward_are_the_same_pages(tenant, order):
    make_keys([("abc"[n % 3], None if n % 4 == 0 else n % 5) for n in range(11)])
    pages = forward(order, 3)

    back, cursor = [], pages[-1].before
    while cursor:
        page = keyset.fetch(ApiKey.objects.all(), order, 3, before=cursor)
        back.append(page.rows)
        cursor = page.before

    assert back[::-1] == [page.rows for page in pages[:-1]]


def test_a_row_that_arrives_shifts_nothing(tenant):
    make_keys([("b", 0), ("c", 0), ("d", 0), ("e", 0)])
    order = Order("name")
    first = keyset.fetch(ApiKey.objects.all(), order, 2)

    ApiKey.objects.create(name="a", prefix="x", digest="new", scopes=[])
    second = keyset.fetch(ApiKey.objects.all(), order, 2, after=first.after)

    assert [row.name for row in second.rows] == ["d", "e"]


@pytest.mark.parametrize("cursor", ["x", "bm90IGpzb24", "W10", "WzEsMl0", "W251bGwsIm5vdC1hbi1pZCJd", "!" * 900])
def test_a_cursor_that_is_not_ours_is_refused(tenant, cursor):
    with pytest.raises(BadCursor):
        keyset.fetch(ApiKey.objects.all(), Order("last_used_at", nullable=True), 2, after=cursor)


def test_a_cursor_of_another_column_is_refused(tenant):
    make_keys([("b", 0), ("c", 0), ("d", 0)])
    page = keyset.fetch(ApiKey.objects.all(), Order("name"), 1)

    with pytest.raises(BadCursor):
        keyset.fetch(ApiKey.objects.all(), Order("created_at"), 1, after=page.after)
