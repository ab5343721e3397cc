"""Read untrusted JSON: every value is checked, every complaint is a sentence that names the field."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from channels.connectors.errors import MappingError

_LARGEST = Decimal("1e12")
_LARGEST_COUNT = 1_000_000


def record(value: object, what: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    raise MappingError(f"{what} is missing or not an object.")


def records(body: Mapping[str, Any], key: str) -> list[Mapping[str, Any]]:
    """A list of objects; absent is empty."""
    value = body.get(key)
    if value is None:
        return []
    if not isinstance(value, list):
        raise MappingError(f"{key} is not a list.")
    return [record(each, f"An entry of {key}") for each in value]


def part(body: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """An object inside; absent is empty."""
    value = body.get(key)
    return {} if value is None or value == [] else record(value, key)


def text(body: Mapping[str, Any], key: str) -> str:
    """A text or number as text, trimmed; absent is empty."""
    value = body.get(key)
    if value is None or value is False:
        return ""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    raise MappingError(f"{key} is not a text.")


def required(body: Mapping[str, Any], key: str) -> str:
    value = text(body, key)
    if not value:
        raise MappingError(f"{key} is missing.")
    return value


def flag(body: Mapping[str, Any], key: str) -> bool:
    value = body.get(key)
    if isinstance(value, bool):
        return value
    if value is None:
        return False
    raise MappingError(f"{key} is neither true nor false.")


def count(body: Mapping[str, Any], key: str) -> int:
    """A whole number of units; absent is refused."""
    value = body.get(key)
    amount = money(body, key) if value is not None else None
    if amount is None:
        raise MappingError(f"{key} is missing.")
    if amount != amount.to_integral_value() or abs(amount) > _LARGEST_COUNT:
        raise MappingError(f"{key} is not a whole number of units: {value}.")
    return int(amount)


def money(body: Mapping[str, Any], key: str) -> Decimal:
    """An amount; absent or empty is zero."""
    return amount_of(body.get(key), key)


def amount_of(value: object, what: str) -> Decimal:
    if value is None or value == "":
        return Decimal(0)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise MappingError(f"{what} is not an amount.")
    try:
        amount = Decimal(str(value).strip())
    except InvalidOperation:
        raise MappingError(f"{what} is not an amount: {str(value)[:40]!r}.") from None
    if not amount.is_finite() or abs(amount) > _LARGEST:
        raise MappingError(f"{what} is not an amount: {str(value)[:40]!r}.")
    return amount


def moment(body: Mapping[str, Any], key: str) -> datetime | None:
    """An instant in UTC; a time without zone is read as UTC."""
    value = text(body, key)
    if not value:
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise MappingError(f"{key} is not a date: {value[:40]!r}.") from None


def required_moment(body: Mapping[str, Any], key: str) -> datetime:
    found = moment(body, key)
    if found is None:
        raise MappingError(f"{key} is missing.")
    return found


def currency(body: Mapping[str, Any], key: str) -> str:
    value = required(body, key).upper()
    if len(value) != 3 or not value.isalpha() or not value.isascii():  # noqa: PLR2004 -- ISO 4217 codes have 3 letters
        raise MappingError(f"{key} is not a currency: {value[:20]!r}.")
    return value
