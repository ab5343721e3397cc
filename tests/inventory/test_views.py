"""Stock views: the function against a plain model, what a parent hands down, and who is told."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from inventory.enums import SupplyKind
from inventory.errors import InvalidView
from inventory.events import STOCK_CHANGED, VIEW_CHANGED
from inventory.models import Location, Sku, StockLevel, StockView
from inventory.queries import availability, availability_by_date, get_view, members_of, supply_reservations
from inventory.services import (
    announce_shipment,
    cancel_purchase_order,
    promise_supply,
    reckon_horizons,
    save_view,
    set_levels,
    update_location,
    with_terms,
)
from inventory.types import LevelSetting, NewNotice, SupplyAsk
from oms.events.models import Event
from oms.tenancy.models import AuditEntry
from tests.factories import make_location, make_sku, make_stock
from tests.inventory.documents import line_of, make_purchase, make_transfer

if TYPE_CHECKING:
    from collections.abc import Callable

SKUS = ("CAP", "HAT", "MUG")
PLACES: dict[str, dict[str, Any]] = {
    "BREST": {"kind": "WAREHOUSE", "groups": ["west"], "ships": True, "postcode": "29200", "city": "Brest"},
    "LILLE": {"kind": "STORE", "groups": ["north"], "ships": False, "postcode": "59000", "city": "Lille"},
    "PARIS": {"kind": "STORE", "groups": ["capital", "north"], "ships": True, "postcode": "75002", "city": "Paris"},
    "RENNES": {"kind": "STORE", "groups": ["west"], "ships": True, "postcode": "35000", "city": "Rennes"},
    "GENT": {"kind": "THREE_PL", "groups": [], "ships": True, "postcode": "9000", "city": "Gent", "country": "BE"},
    "SHUT": {"kind": "STORE", "groups": ["west"], "ships": True, "postcode": "35000", "active": False},
}


@dataclass(frozen=True)
class Ahead:
    """Units to come, as the plain model knows them."""

    sku: str
    place: str
    kind: str
    day: date | None
    units: int


@pytest.fixture
def world(tenant, now) -> list[Ahead]:
    """Every kind of level and of supply; some known, some not; a place that is shut."""
    skus = {code: make_sku(code) for code in SKUS}
    places = {code: make_location(code, **fields) for code, fields in PLACES.items()}
    for number, (code, place) in enumerate((code, place) for code in SKUS for place in PLACES):
        if number % 4 != 3:
            level = make_stock(skus[code], places[place], number * 7 % 23 + 4, now=now)
            StockLevel.objects.filter(pk=level.pk).update(
                reserved=number % 5, buffer=number % 9, known=number % 7 != 5, pool="CLUB" if number % 6 == 2 else ""
            )
    StockLevel.objects.filter(sku=skus["HAT"]).update(known=False)
    today = timezone.now().date()
    ahead = []
    for code, place, units, days in (
        ("MUG", "BREST", 12, 3),
        ("MUG", "PARIS", 5, -2),
        ("CAP", "RENNES", 9, 20),
        ("CAP", "SHUT", 40, 1),
        ("HAT", "BREST", 6, 2),
    ):
        day = today + timedelta(days=days)
        make_purchase(places[place], (skus[code], units), now=now, expected_date=day)
        ahead.append(Ahead(code, place, "PURCHASE", day, units))
    lacking = StockLevel.objects.get(sku=skus["MUG"], location=places["BREST"], pool="")
    StockLevel.objects.filter(pk=lacking.pk).update(reserved=lacking.on_hand + 4, buffer=1)
    undated = make_purchase(places["GENT"], (skus["MUG"], 8), now=now, expected_date=None)
    notice = NewNotice("N-1", today + timedelta(days=6), {line_of(undated, skus["MUG"]).pk: 3})
    announce_shipment(order_id=undated.pk, notice=notice, now=now)
    ahead += [Ahead("MUG", "GENT", "PURCHASE", notice.expected_date, 3), Ahead("MUG", "GENT", "PURCHASE", None, 5)]
    make_purchase(places["BREST"], (skus["MUG"], 100), now=now, confirmed=False)
    set_levels(levels=[LevelSetting("CAP", "BREST", 50)], now=now, reason="OPENING")
    StockLevel.objects.filter(sku=skus["CAP"], location=places["BREST"]).update(known=True)
    transfer = make_transfer(places["BREST"], places["LILLE"], (skus["CAP"], 4), now=now, upto="DISPATCHED")
    ahead.append(Ahead("CAP", "LILLE", "TRANSFER", transfer.expected_date, 4))
    return ahead


def answers(place: Location, query: dict[str, Any]) -> bool:
    """Whether a location answers a query, in plain Python."""
    tests = {
        "kind": lambda values: place.kind in values,
        "group": lambda values: bool(set(place.groups) & set(values)),
        "country": lambda values: place.country in values,
        "city": lambda values: place.city.lower() in {value.lower() for value in values},
        "postcode": lambda values: any(place.postcode.startswith(value) for value in values),
        "legal_entity": lambda values: place.legal_entity.code in values,
        "ships": lambda value: place.ships is value,
        "collects": lambda value: place.collects is value,
        "takes_returns": lambda value: place.takes_returns is value,
    }
    return all(tests[name](value) for name, value in query.items())


def chooses(view: StockView, place: Location) -> bool:
    if not (view.location_codes or view.kinds or view.groups or view.query):
        return True
    return (
        place.code in view.location_codes
        or place.kind in view.kinds
        or bool(set(view.groups) & set(place.groups))
        or (bool(view.query) and answers(place, view.query))
    )


def lineage(view: StockView) -> list[StockView]:
    return [view, *(lineage(view.parent) if view.parent else [])]


def places_of(view: StockView) -> set[str]:
    return {
        place.code
        for place in Location.objects.select_related("legal_entity")
        if place.active and all(chooses(each, place) for each in lineage(view))
    }


def left_of(ahead: list[Ahead]) -> list[int]:
    """What each delivery leaves after its place's lack and what is promised are filled, the earliest first."""
    left = [each.units for each in ahead]
    order = sorted(range(len(ahead)), key=lambda index: (ahead[index].day or date.max, index))
    lacks = {
        (level.sku.code, level.location.code): level.reserved + level.buffer - level.on_hand
        for level in StockLevel.objects.filter(pool="").select_related("sku", "location")
    }
    for index in order:
        each = ahead[index]
        filled = min(left[index], max(lacks.get((each.sku, each.place), 0), 0))
        left[index] -= filled
        lacks[each.sku, each.place] = lacks.get((each.sku, each.place), 0) - filled
    promised: Counter[str] = Counter()
    for row in supply_reservations().select_related("sku"):
        promised[row.sku.code] += row.quantity
    for code, units in promised.items():
        owed = units
        for index in order:
            if ahead[index].sku == code and ahead[index].place != "SHUT":
                taken = min(left[index], owed)
                left[index], owed = left[index] - taken, owed - taken
    return left


def expected(view: StockView, code: str, ahead: list[Ahead]) -> tuple[int | None, int, int]:
    """What the model says: available to sell, the sum of the locations, what is to come."""
    places = places_of(view)
    levels = [
        level
        for level in StockLevel.objects.select_related("location", "sku")
        if level.sku.code == code and level.location.code in places and level.pool in view.pools
    ]
    total = sum(max(level.on_hand - level.reserved - level.buffer, 0) for level in levels if level.known)
    latest = None if view.horizon is None else timezone.now().date() + timedelta(days=view.horizon)
    inbound = sum(
        free
        for each, free in zip(ahead, left_of(ahead), strict=True)
        if (each.sku, each.kind in view.supply, each.place in places) == (code, True, True)
        and (latest is None or (each.day is not None and each.day <= latest))
    )
    if levels and not any(level.known for level in levels):
        return None, total, inbound
    share = (total + inbound) * view.percentage // 100 - view.buffer
    return max(share if view.cap is None else min(share, view.cap), 0), total, inbound


def some(values: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True)


QUERIES = st.fixed_dictionaries(
    {},
    optional={
        "kind": some(["STORE", "WAREHOUSE"]),
        "group": some(["west", "north"]),
        "country": some(["FR", "BE"]),
        "city": some(["rennes", "PARIS"]),
        "postcode": some(["35", "7500"]),
        "legal_entity": st.just(["nobody"]),
        "ships": st.booleans(),
        "collects": st.booleans(),
        "takes_returns": st.booleans(),
    },
)
CHOICES = st.fixed_dictionaries(
    {},
    optional={
        "location_codes": some(list(PLACES)),
        "kinds": some(["STORE", "WAREHOUSE", "THREE_PL"]),
        "groups": some(["west", "north", "capital"]),
        "query": QUERIES,
    },
)
VIEWS = st.fixed_dictionaries(
    {
        "percentage": st.integers(0, 100),
        "buffer": st.integers(0, 12),
        "cap": st.none() | st.integers(0, 30),
        "pool": st.sampled_from(["", "", "CLUB"]),
        "supply": some(list(SupplyKind.values)),
        "horizon": st.none() | st.integers(0, 30),
        "inherited": st.lists(st.sampled_from(["percentage", "buffer", "cap", "pool", "supply"]), unique=True),
        "choice": CHOICES,
    }
)


@given(lines=st.lists(VIEWS, min_size=1, max_size=3))
@settings(max_examples=60)
def test_the_function_is_the_model_on_every_view(world, lines):
    views: list[StockView] = []
    for number, terms in enumerate(lines):
        fields = {name: value for name, value in terms.items() if name != "choice"} | terms["choice"]
        made = StockView(code=f"v{number}", parent=views[-1] if views else None)
        by_id = {view.pk: view for view in views}
        views.append(with_terms(made, by_id, **fields))

    ids = list(Sku.objects.order_by("code").values_list("pk", flat=True))
    for view in views:
        short = availability(view=view, sku_ids=ids)
        long = availability(view=view, sku_ids=ids, explain=True)
        assert [(each.quantity, each.total, each.inbound) for each in short] == [
            expected(view, code, world) for code in SKUS
        ]
        for brief, whole in zip(short, long, strict=True):
            assert (whole.quantity, whole.total, whole.at_once) == (brief.quantity, brief.total, brief.at_once)
            assert whole.total == sum(row.available for row in whole.contributions if row.known)
            assert whole.inbound == sum(each.adds for each in whole.coming)
            assert not brief.contributions


@given(terms=VIEWS, sold=st.lists(st.integers(0, 9), min_size=3, max_size=3), days=st.none() | st.integers(-3, 30))
@settings(max_examples=40)
def test_what_can_be_promised_by_a_day_is_the_model(world, now, terms, sold, days):
    fields = {name: value for name, value in terms.items() if name not in {"choice", "inherited"}} | terms["choice"]
    view = with_terms(StockView(code="v"), {}, **fields)
    ids = list(Sku.objects.order_by("code").values_list("pk", flat=True))
    anything = StockView(supply=list(SupplyKind.values))
    asks = [
        SupplyAsk(UUID(int=index), sku_id, units, anything, now)
        for index, (sku_id, units) in enumerate(zip(ids, sold, strict=True))
    ]
    promise_supply(asks=[ask for ask in asks if ask.quantity], holder_ids=[ask.holder_id for ask in asks], now=now)
    today = timezone.now().date()
    by = None if days is None else today + timedelta(days=days)

    found = availability_by_date(view=view, sku_ids=ids, today=today, by=by)

    kinds, places = view.supply or list(SupplyKind.values), places_of(view)
    for code, outlook in zip(SKUS, found, strict=True):
        at_once = with_terms(StockView(code="v"), {}, **{**fields, "supply": []})
        assert outlook.at_once == expected(at_once, code, world)[0]
        days_of = {
            max(each.day, today)
            for each in world
            if (each.sku, each.kind in kinds, each.place in places, bool(each.day)) == (code, True, True, True)
        }
        assert [step.day for step in outlook.steps] == sorted(day for day in days_of if by is None or day <= by)
        for step in outlook.steps:
            ahead = with_terms(
                StockView(code="v"), {}, **{**fields, "supply": kinds, "horizon": (step.day - today).days}
            )
            assert step.available == expected(ahead, code, world)[0]


def numbers(*codes: str) -> dict[str, tuple[int, int, int | None]]:
    found = {code: get_view(code) for code in codes}
    return {code: (view.percentage, view.buffer, view.cap) for code, view in found.items()}


@pytest.mark.usefixtures("tenant")
class TestInheritance:
    def test_a_child_has_the_terms_that_it_leaves_to_its_parent(self):
        top = save_view(code="top", name="Top", percentage=80, buffer=2, cap=9)
        child = save_view(code="child", name="Child", parent_id=top.pk, inherited=["percentage", "cap"], buffer=5)
        save_view(code="leaf", name="Leaf", parent_id=child.pk, inherited=["percentage", "buffer"], cap=3)

        save_view(code="top", name="Top", percentage=50, cap=None)

        assert numbers("top", "child", "leaf") == {"top": (50, 2, None), "child": (50, 5, None), "leaf": (50, 5, 3)}

    def test_a_child_narrows_the_parents_locations_and_follows_them(self):
        for code, fields in PLACES.items():
            make_location(code, **fields)
        top = save_view(code="top", name="Top", query={"country": ["FR"], "ships": True})
        child = save_view(code="child", name="Child", parent_id=top.pk, kinds=["STORE"])

        assert [place.code for place in members_of(child)] == ["PARIS", "RENNES"]
        save_view(code="top", name="Top", query={}, groups=["west"])
        assert [place.code for place in members_of(get_view("child"))] == ["RENNES"]

    def test_a_location_that_comes_to_answer_is_a_member_at_once(self):
        lille = make_location("LILLE", **PLACES["LILLE"])
        view = save_view(code="ships", name="Ships", query={"ships": True})

        assert members_of(view) == []
        update_location(location_id=lille.pk, ships=True)
        assert [place.code for place in members_of(view)] == ["LILLE"]

    def test_nobody_is_their_own_parent(self):
        top = save_view(code="top", name="Top")
        child = save_view(code="child", name="Child", parent_id=top.pk)
        leaf = save_view(code="leaf", name="Leaf", parent_id=child.pk)

        for parent in (top, child, leaf):
            with pytest.raises(InvalidView):
                save_view(code="top", name="Top", parent_id=parent.pk)

        assert get_view("top").parent_id is None

    def test_what_the_parent_makes_impossible_below_is_refused(self):
        top = save_view(code="top", name="Top")
        save_view(code="child", name="Child", parent_id=top.pk, inherited=["pool"], supply=["PURCHASE"])

        with pytest.raises(InvalidView):
            save_view(code="top", name="Top", pool="SALE", pool_only=True)

        assert get_view("child").pools == [""]

    def test_those_whose_terms_change_are_told_and_no_others(self, told):
        top = save_view(code="top", name="Top")
        save_view(code="heir", name="Heir", parent_id=top.pk, inherited=["buffer"])
        save_view(code="own", name="Own", parent_id=top.pk, buffer=4)
        told(VIEW_CHANGED)

        save_view(code="top", name="Top", buffer=3)
        save_view(code="top", name="Top", buffer=3)

        assert sorted(payload["code"] for payload in told(VIEW_CHANGED)) == ["heir", "top"]
        entries = AuditEntry.objects.filter(action="stock_view.saved", data__code="top").order_by("pk")
        assert [entry.data["changes"].get("buffer") for entry in entries] == [None, [0, 3]]


@pytest.fixture
def told(tenant) -> Callable[[str], list[dict[str, Any]]]:
    """Payloads of the events of a kind since the last question."""
    asked: set[Any] = set()

    def ask(kind: str) -> list[dict[str, Any]]:
        events = list(Event.objects.filter(kind=kind).exclude(pk__in=asked).order_by("pk"))
        asked.update(event.pk for event in events)
        return [event.payload for event in events]

    return ask


def skus_of(payloads: list[dict[str, Any]]) -> set[str]:
    return {sku for payload in payloads for sku in payload["skus"]}


def test_a_change_of_supply_tells_its_skus(told, now):
    mug, place = make_sku("MUG"), make_location("BREST")
    purchase = make_purchase(place, (mug, 5), now=now, confirmed=False)
    assert skus_of(told(STOCK_CHANGED)) == set()

    purchase = make_purchase(place, (mug, 5), now=now)
    assert skus_of(told(STOCK_CHANGED)) == {str(mug.pk)}
    notice = NewNotice("N-1", date(2026, 11, 20), {line_of(purchase, mug).pk: 2})
    announce_shipment(order_id=purchase.pk, notice=notice, now=now)
    assert skus_of(told(STOCK_CHANGED)) == {str(mug.pk)}
    cancel_purchase_order(order_id=purchase.pk, now=now)
    assert skus_of(told(STOCK_CHANGED)) == {str(mug.pk)}


def test_a_day_that_comes_within_the_horizon_tells_its_skus_once(told, now):
    today = date(2026, 11, 22)
    skus = [make_sku() for _sku in range(4)]
    for sku, days in zip(skus, (7, 8, 9, 30), strict=True):
        make_purchase(make_location(), (sku, 5), now=now, expected_date=today + timedelta(days=days))
    save_view(code="ahead", name="Ahead", supply=["PURCHASE"], horizon=7)
    told(STOCK_CHANGED)

    assert reckon_horizons(today=today) == 0
    assert reckon_horizons(today=today + timedelta(days=2)) == 2
    assert skus_of(told(STOCK_CHANGED)) == {str(skus[1].pk), str(skus[2].pk)}
    assert reckon_horizons(today=today + timedelta(days=2)) == 0
