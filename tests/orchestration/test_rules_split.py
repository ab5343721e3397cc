"""The search for a few locations that together serve an order."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.rules.split import Puzzle, allocate


def puzzle(wanted, gives, allowed=lambda _members: True):
    return Puzzle(wanted, gives, allowed)


def test_the_scarcest_line_leads_the_search():
    found = puzzle((1, 1, 1), {0: (1, 0, 0), 1: (1, 1, 0), 2: (0, 0, 1), 3: (0, 1, 0)}).covers(2)

    assert found == [(1, 2)]


def test_preferred_locations_come_first():
    gives = {7: (1, 0), 3: (1, 0), 5: (0, 1), 4: (0, 1)}

    assert puzzle((1, 1), gives).covers(2)[0] == (5, 7)


def test_quantities_add_up_over_locations():
    gives = {0: (2,), 1: (2,), 2: (1,), 3: (4,)}

    assert sorted(puzzle((6,), gives).covers(2)) == [(0, 3), (1, 3)]
    assert puzzle((7,), gives).covers(2) == []
    assert (0, 1, 3) in puzzle((8,), gives).covers(3)


def test_sets_that_are_not_allowed_are_passed_over_and_remembered():
    search = puzzle((1, 1), {0: (1, 0), 1: (0, 1), 2: (0, 1)}, lambda members: 1 not in members)

    assert search.covers(2) == [(0, 2)]
    assert search.too_dear


def test_when_no_set_serves_everything_the_best_part_is_found():
    gives = {0: (3, 0, 0), 1: (2, 2, 0), 2: (0, 0, 3), 3: (0, 2, 2)}

    assert sorted(puzzle((3, 2, 4), gives).best_part(2)) in [[0, 3], [1, 2]]


def test_a_poor_first_choice_is_exchanged():
    # The greedy first choice gives most, but the other two together give more than it and either of them.
    gives = {0: (2, 2, 0, 0), 1: (3, 0, 0, 0), 2: (0, 3, 0, 0)}

    assert sorted(puzzle((3, 3, 0, 0), gives).best_part(2)) == [1, 2]


def test_a_part_that_is_not_allowed_is_left_out():
    gives = {0: (3, 0), 1: (0, 2), 2: (0, 1)}

    assert puzzle((3, 3), gives, lambda members: 1 not in members).best_part(2) == (0, 2)


def test_a_line_stays_whole_where_it_can():
    gives = {0: (2, 1), 1: (3, 0)}

    assert allocate([0, 1], (3, 1), gives) == {0: (0, 1), 1: (3, 0)}
    assert allocate([0, 1], (2, 1), gives) == {0: (2, 1)}
    assert allocate([0, 1], (5, 1), gives) == {0: (2, 1), 1: (3, 0)}


vectors = st.lists(st.integers(0, 3), min_size=3, max_size=3).map(tuple)


@settings(max_examples=100)
@given(vectors.filter(any), st.lists(vectors.filter(any), min_size=1, max_size=7), st.integers(2, 4))
def test_what_is_found_serves_everything(wanted, offers, size):
    gives = dict(enumerate(offers))

    for members in puzzle(wanted, gives).covers(size):
        assert len(members) <= size
        totals = [sum(column) for column in zip(*allocate(members, wanted, gives).values(), strict=True)]
        assert tuple(totals) == wanted


@pytest.mark.parametrize("size", [2, 3, 4])
def test_a_hopeless_search_over_many_locations_stops(size):
    gives = {index: tuple(int((index + line) % 7 == 0) for line in range(10)) for index in range(500)}
    search = puzzle((2,) * 10, gives)

    assert search.covers(size) == []
    assert search.tries < 7_000
