"""The French postcode table: where a postcode is, and how many people live there."""

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from statistics import fmean

from inventory.geo.distance import Point

# ISO codes of the territories that La Poste serves with French postcodes.
FRENCH_POSTCODE_COUNTRIES = frozenset(
    {"FR", "GP", "MQ", "GF", "RE", "YT", "PM", "BL", "MF", "NC", "PF", "WF", "MC"},
)
POSTCODE_LENGTH = 5


@dataclass(frozen=True, slots=True)
class Postcode:
    """One French postcode; `population` is a weight (see data/README.md)."""

    code: str
    commune: str
    insee: str
    point: Point
    population: int


@cache
def french_postcodes() -> Mapping[str, Postcode]:
    """Return every French postcode by code, in the order of the codes."""
    table = files("inventory.geo").joinpath("data/fr_postcodes.csv").read_text(encoding="utf-8")
    return {row["postcode"]: _parse_row(row) for row in csv.DictReader(table.splitlines())}


@lru_cache(maxsize=65_536)
def locate(country: str, postcode: str) -> Point | None:
    """Return where a postcode is; an unknown French one (CEDEX…) is at its department's centre.

    None for a country without a table, or a department that does not exist.
    """
    if country.strip().upper() not in FRENCH_POSTCODE_COUNTRIES:
        return None
    code = normalise_postcode(postcode)
    found = french_postcodes().get(code)
    return found.point if found else _department_centres().get(department(code))


def normalise_postcode(postcode: str) -> str:
    """Return a French postcode as five digits: spaces, `F-` and a lost leading zero are mended."""
    code = "".join(postcode.split()).upper().removeprefix("FR").removeprefix("F").removeprefix("-")
    return code.zfill(POSTCODE_LENGTH) if code.isdigit() else code


def department(postcode: str) -> str:
    """Return the department of a normalised French postcode: `35`, `2A`, `974`."""
    if postcode.startswith(("97", "98")):
        return postcode[:3]
    if postcode.startswith("20"):
        return "2A" if postcode < "20200" else "2B"
    return postcode[:2]


def _parse_row(row: Mapping[str, str]) -> Postcode:
    return Postcode(
        code=row["postcode"],
        commune=row["commune"],
        insee=row["insee"],
        point=Point(float(row["latitude"]), float(row["longitude"])),
        population=int(row["population"]),
    )


@cache
def _department_centres() -> Mapping[str, Point]:
    points: defaultdict[str, list[Point]] = defaultdict(list)
    for row in french_postcodes().values():
        points[department(row.code)].append(row.point)
    return {name: _centre(places) for name, places in points.items()}


def _centre(points: Iterable[Point]) -> Point:
    places = tuple(points)
    return Point(fmean(place.latitude for place in places), fmean(place.longitude for place in places))
