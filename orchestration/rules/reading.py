"""Reading untrusted JSON: each function returns a checked value or raises InvalidRules with its path."""

from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches

from orchestration.rules.errors import InvalidRules

MAX_ITEMS = 500
MAX_TEXT = 200
MAX_SHOWN = 60
MAX_NUMBER = Decimal(10) ** 12
MAX_PLACES = 6


def read_object(
    data: object, where: str, *, required: Collection[str], optional: Collection[str] = ()
) -> Mapping[str, object]:
    """Check that `data` is an object with every required key and no unknown one."""
    if not isinstance(data, Mapping):
        raise InvalidRules(where, "not_an_object", got=_shown(data))
    known = (*required, *optional)
    for key in data:
        if key not in known:
            raise unknown(where, "key", key, known)
    for key in required:
        if key not in data:
            raise InvalidRules(where, "missing_key", key=key)
    return data


def read_list(data: object, where: str, *, at_least: int = 0, at_most: int = MAX_ITEMS) -> list[object]:
    if not isinstance(data, list | tuple):
        raise InvalidRules(where, "not_a_list", got=_shown(data))
    if not at_least <= len(data) <= at_most:
        raise InvalidRules(where, "wrong_length", low=str(at_least), high=str(at_most), got=str(len(data)))
    return list(data)


def read_text(data: object, where: str) -> str:
    if not isinstance(data, str) or not data.strip() or len(data) > MAX_TEXT:
        raise InvalidRules(where, "not_a_text", got=_shown(data), most=str(MAX_TEXT))
    return data.strip()


def read_texts(data: object, where: str) -> tuple[str, ...]:
    items = read_list(data, where, at_least=1)
    return tuple(read_text(item, f"{where}[{index}]") for index, item in enumerate(items))


def read_choice(data: object, where: str, known: Collection[str], what: str) -> str:
    if not isinstance(data, str) or data not in known:
        raise unknown(where, what, data, known)
    return data


def read_bool(data: object, where: str) -> bool:
    if not isinstance(data, bool):
        raise InvalidRules(where, "not_a_boolean", got=_shown(data))
    return data


def read_int(data: object, where: str, *, low: int, high: int) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or not low <= data <= high:
        raise InvalidRules(where, "not_an_integer", low=str(low), high=str(high), got=_shown(data))
    return data


def read_decimal(data: object, where: str, *, low: Decimal | None = None) -> Decimal:
    """Read a number, or a number written as text (money)."""
    number = _to_decimal(data)
    if number is None or not _is_sane(number):
        raise InvalidRules(where, "not_a_number", got=_shown(data))
    if low is not None and number < low:
        raise InvalidRules(where, "too_low", low=str(low), got=_shown(data))
    return number


def read_moment(data: object, where: str) -> datetime:
    try:
        moment = datetime.fromisoformat(data) if isinstance(data, str) else None
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise InvalidRules(where, "not_a_moment", got=_shown(data))
    return moment


def unknown(where: str, what: str, got: object, known: Collection[str]) -> InvalidRules:
    """Refuse a word that is not in the vocabulary, with the nearest one that is."""
    close = get_close_matches(got, known, n=1) if isinstance(got, str) else []
    code = f"unknown_{what}_close" if close else f"unknown_{what}"
    return InvalidRules(where, code, got=_shown(got), known=", ".join(known), close="".join(close))


def _is_sane(number: Decimal) -> bool:
    """Refuse infinities, and figures that would take a page to write."""
    if not number.is_finite() or abs(number) > MAX_NUMBER:
        return False
    exponent = number.as_tuple().exponent
    return isinstance(exponent, int) and exponent >= -MAX_PLACES


def _to_decimal(data: object) -> Decimal | None:
    if isinstance(data, bool) or not isinstance(data, int | float | str | Decimal):
        return None
    try:
        return Decimal(str(data))
    except InvalidOperation:
        return None


def _shown(data: object) -> str:
    text = repr(data)
    return text if len(text) <= MAX_SHOWN else f"{text[:MAX_SHOWN]}..."
