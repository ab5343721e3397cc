"""Customers who do not exist: French names and streets in real towns."""

import json
import random
import unicodedata
from pathlib import Path
from typing import TypedDict, cast


class Person(TypedDict):
    first_name: str
    last_name: str
    company: str
    email: str
    phone: str
    address1: str
    address2: str
    postcode: str
    city: str
    country: str


_WORDS: dict[str, list[str]] = json.loads(Path(__file__).with_name("people.json").read_text(encoding="utf-8"))
_BUSINESS_SHARE = 0.05
_SECOND_LINE_SHARE = 0.15


def draw_person(rng: random.Random) -> Person:
    """Someone new; the same generator draws the same people."""
    first, last = rng.choice(_WORDS["first_names"]), rng.choice(_WORDS["last_names"])
    postcode, _, city = rng.choice(_WORDS["towns"]).partition(" ")
    number = rng.randint(1, 180)
    return Person(
        first_name=first,
        last_name=last,
        company=rng.choice(_WORDS["companies"]) if rng.random() < _BUSINESS_SHARE else "",
        email=f"{_ascii(first)}.{_ascii(last)}{rng.randint(1, 99)}@example.com",
        phone=f"+33 6 39 98 {rng.randint(0, 99):02d} {rng.randint(0, 99):02d}",
        address1=f"{number}{rng.choice(('', '', '', ' bis'))} {rng.choice(_WORDS['streets'])}",
        address2=f"Bâtiment {rng.choice('ABC')}" if rng.random() < _SECOND_LINE_SHARE else "",
        postcode=postcode,
        city=city,
        country="FR",
    )


def complete_person(given: dict[str, str], rng: random.Random) -> Person:
    """A drawn person with what is given in place of what was drawn."""
    drawn = draw_person(rng)
    return cast("Person", drawn | {key: str(given[key]) for key in drawn if key in given})


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return plain.lower().replace("'", "").replace(" ", "")
