"""The postcode table and distances."""

from math import asin, cos, radians, sin, sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inventory.geo.distance import Point, distance_km
from inventory.geo.postcodes import department, french_postcodes, locate, normalise_postcode

RENNES, NANTES, PARIS = (locate("FR", code) for code in ("35000", "44000", "75001"))


@pytest.mark.parametrize(
    ("one", "other", "km"),
    [(RENNES, NANTES, 98), (RENNES, PARIS, 308), (PARIS, locate("FR", "13001"), 661), (PARIS, PARIS, 0)],
)
def test_known_distances(one, other, km):
    assert distance_km(one, other) == pytest.approx(km, abs=4)


points = st.builds(Point, st.floats(-90, 90), st.floats(-180, 180))


@given(points, points)
def test_distance_agrees_with_the_haversine_formula(one, other):
    half_lat = sin(radians(other.latitude - one.latitude) / 2) ** 2
    half_lon = sin(radians(other.longitude - one.longitude) / 2) ** 2
    chord = sqrt(half_lat + cos(radians(one.latitude)) * cos(radians(other.latitude)) * half_lon)

    assert distance_km(one, other) == pytest.approx(2 * 6371.0088 * asin(min(1, chord)), abs=0.5)
    assert distance_km(one, other) == distance_km(other, one)


@pytest.mark.parametrize("postcode", ["35000", " 35 000 ", "F-35000", "FR35000", "fr-35000"])
def test_postcodes_are_found_however_they_are_written(postcode):
    assert locate("fr", postcode) == RENNES


def test_a_leading_zero_lost_by_a_spreadsheet_is_put_back():
    assert normalise_postcode("1000") == "01000"
    assert locate("FR", "1000") == locate("FR", "01000")


def test_a_cedex_is_somewhere_in_its_department():
    assert "35069" not in french_postcodes()
    assert distance_km(locate("FR", "35069"), RENNES) < 60


@pytest.mark.parametrize(
    ("country", "postcode"), [("DE", "10115"), ("FR", "00000"), ("FR", ""), ("FR", "ABCDE"), ("", "35000")]
)
def test_nowhere_is_none(country, postcode):
    assert locate(country, postcode) is None


@pytest.mark.parametrize(
    ("postcode", "expected"),
    [("35000", "35"), ("01000", "01"), ("20000", "2A"), ("20200", "2B"), ("97400", "974"), ("98800", "988")],
)
def test_departments(postcode, expected):
    assert department(postcode) == expected


@pytest.mark.parametrize(
    ("country", "postcode", "latitude", "longitude"),
    [("RE", "97400", -21, 55), ("BL", "97133", 18, -63), ("MF", "97150", 18, -63), ("PF", "98714", -17.5, -149.6)],
)
def test_overseas_points_are_where_they_should_be(country, postcode, latitude, longitude):
    assert distance_km(locate(country, postcode), Point(latitude, longitude)) < 60


def test_the_table_is_complete_and_weighted():
    table = french_postcodes()

    assert len(table) == 6328
    assert list(table) == sorted(table)
    assert table["35000"].commune == "RENNES"
    assert table["35000"].population > 200_000
    assert all(-90 <= row.point.latitude <= 90 and -180 <= row.point.longitude <= 180 for row in table.values())
