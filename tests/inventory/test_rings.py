from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from inventory.rules.rings import parts_first, rings

things = st.sampled_from("ABCDEFG")
made_of_anything = st.dictionaries(things, st.sets(things, max_size=3))


def reached(made_of: dict[str, set[str]], start: str) -> set[str]:
    """Everything that a thing is made of, step by step."""
    found: set[str] = set()
    while more := {part for thing in {start, *found} for part in made_of.get(thing, ())} - found:
        found |= more
    return found


@given(made_of_anything)
def test_a_ring_is_what_is_made_of_each_other(made_of):
    inside = {thing: reached(made_of, thing) for thing in made_of}
    wanted = {
        frozenset(other for other in made_of if other in inside[thing] and thing in inside[other])
        for thing in made_of
        if thing in inside[thing]
    }

    found = rings(made_of)

    assert {frozenset(ring) for ring in found} == wanted
    assert len(found) == len(wanted)


@given(made_of_anything)
def test_without_rings_parts_come_before_what_is_made_of_them(made_of):
    ringed = {thing for ring in rings(made_of) for thing in ring}
    straight = {thing: parts for thing, parts in made_of.items() if thing not in ringed}

    order = parts_first(straight)

    assert sorted(order) == sorted(straight)
    assert all(
        order.index(part) < order.index(thing) for thing in straight for part in straight[thing] if part in straight
    )


def test_a_chain_as_long_as_a_catalogue_is_no_burden():
    chain = {f"{at:06}": [f"{at + 1:06}"] for at in range(50_000)}

    assert parts_first(chain)[0] == "049999"
    assert rings(chain) == []
    assert [len(ring) for ring in rings({**chain, "050000": ["000000"]})] == [50_001]
