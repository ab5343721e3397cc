"""Lists arrive in the database as they were given."""

from uuid import UUID

import pytest
from django.db import DataError, connection

pytestmark = pytest.mark.django_db
FIRST, SECOND = UUID(int=0), UUID("f81d4fae-7dec-11d0-a765-00a0c91e6bf6")


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("uuid", [FIRST, SECOND]),
        ("uuid", [SECOND, None]),
        ("uuid", [None]),
        ("uuid", []),
        ("int", [0, -1, 2**31 - 1]),
        ("bigint", [-(2**63), 2**63 - 1]),
        ("int", [1, None, 3]),
        ("boolean", [True, False, None]),
        ("text", ["", "NULL", "null", 'with "quotes", {braces}', "back\\slash", "é\n", None]),
        ("text", ["", "NULL", "null", 'with "quotes", {braces}', "back\\slash", "\\", "é\n", " a ", "1,2"]),
    ],
)
def test_a_list_is_read_as_it_was_written(db, kind, values):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::{kind}[]", [values])
        assert cursor.fetchone() == (values,)


def test_a_list_of_identifiers_or_numbers_needs_no_cast(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT %s = ANY(%s), pg_typeof(%s)::text, pg_typeof(%s)::text", [SECOND, [FIRST, SECOND], [FIRST], [1]]
        )
        assert cursor.fetchone() == (True, "uuid[]", "smallint[]")


def test_a_text_that_cannot_be_kept_is_refused_not_cut(db):
    with connection.cursor() as cursor, pytest.raises(DataError):
        cursor.execute("SELECT %s::text[]", [["before\0after"]])
