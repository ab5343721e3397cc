"""The pages of the stock, as a browser without JavaScript uses them."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from django.utils import timezone

from inventory.models import Location, StockLevel, StockMovement, StockView
from inventory.services import move_stock, reserve, save_view, update_location
from inventory.types import Ask, Move
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import AuditEntry, new_id
from oms.tenancy.queries import legal_entities
from tests.factories import make_location, make_sku, make_stock
from tests.inventory.documents import make_purchase
from tests.web.conftest import make_person, signed_in


@pytest.fixture
def client(tenants):
    return signed_in(make_person(tenants[0], "LOGISTICS"), tenants[0])


@pytest.fixture
def rennes(tenant):
    return make_location("RENNES", name="Rennes Le Bastard")


@pytest.fixture
def mug(rennes):
    sku = make_sku("MUG", name="Mug Ouessant", category="Tableware")
    make_stock(sku, rennes, 10, now=timezone.now())
    return sku


def text(response) -> str:
    return " ".join(response.content.decode().split())


def level(code="MUG", place="RENNES") -> StockLevel:
    return StockLevel.objects.get(sku__code=code, location__code=place)


def keep(sku, place, quantity):
    ask = Ask(new_id(), sku.pk, place.pk, quantity, group=1, reference="basket 7")
    return reserve(asks=[ask], state="SOFT")


def rows(response) -> int:
    return text(response).count("data-row")


def test_the_list_shows_what_is_left_and_how_old_it_is(client, mug, rennes):
    move_stock(moves=[Move("MUG", "RENNES", -8, "SHRINKAGE")], now=timezone.now())

    page = text(client.get("/stock/levels/"))

    assert 'href="/stock/MUG/"' in page
    assert "Under the threshold of 3" in page
    assert re.search(r'<span class="bt-age" title="[^"]+">\d s</span>', page)


def test_the_list_is_narrowed_by_place_category_and_level(client, mug, rennes):
    make_stock(make_sku("HAT", category="Clothes"), make_location("BREST"), 1, now=timezone.now())

    assert rows(client.get("/stock/levels/")) == 2
    assert rows(client.get(f"/stock/levels/?location={rennes.pk}")) == 1
    assert "HAT" in text(client.get("/stock/levels/?category=Clothes"))
    assert rows(client.get("/stock/levels/?level=low")) == 1
    assert rows(client.get("/stock/levels/?level=negative")) == 0
    StockLevel.objects.filter(pk=level().pk).update(buffer=11)
    assert rows(client.get("/stock/levels/?level=negative")) == 0
    assert "MUG" in text(client.get("/stock/levels/?level=none"))
    StockLevel.objects.filter(pk=level().pk).update(reserved=11)
    assert "MUG" in text(client.get("/stock/levels/?level=negative"))


def test_the_list_is_exported_with_what_is_left(client, mug):
    content = b"".join(client.get("/stock/levels/?export=csv").streaming_content).decode()

    assert content.splitlines()[1].startswith("MUG,Rennes Le Bastard,10,0,0,10,")


@pytest.mark.parametrize("where", ["/stock/", "/stock/levels/", "/stock/movements/", "/locations/", "/views/"])
def test_each_list_costs_the_same_for_one_row_and_three(client, mug, where, django_assert_max_num_queries):
    save_view(code="one", name="One")
    client.get(where)
    with django_assert_max_num_queries(30) as one:
        client.get(where)
    for code in ("BREST", "NANTES"):
        make_stock(make_sku(code), make_location(code), 5, now=timezone.now())
        save_view(code=code, name=code)
    with django_assert_max_num_queries(30) as three:
        page = client.get(where)
    assert rows(page) == 3
    assert len(three.captured_queries) == len(one.captured_queries)


def test_the_page_of_a_sku_explains_what_each_view_can_sell(client, mug, rennes):
    save_view(code="web", name="Web shops", percentage=50, buffer=2, cap=9)
    keep(mug, rennes, 2)

    page = text(client.get("/stock/MUG/"))

    figures = {}
    for name in ("All locations", "Web shops"):
        formula = re.search(rf'aria-label="{name}">(?:(?!</section>).)*', page)
        assert formula is not None, name
        figures[name] = re.findall(r"<b>([^<]+)</b>", formula[0])
    assert figures["Web shops"][:5] == ["8", "50%", "2", "9", "2"]
    assert figures["All locations"][0] == "8"
    for words in ("Mug Ouessant", "basket 7", "Opening stock", "Reservation"):
        assert words in page


def ledger(response) -> list[list[str]]:
    """The rows of the ledger's card: their heads, then the figures of each bucket."""
    card = text(response).split('id="ledger"')[1].split("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", card)[1:]
    plain = lambda cell: " ".join(re.sub(r"<svg.*?</svg>|<[^>]+>", " ", cell).split())  # noqa: E731 -- once
    return [[plain(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)] for row in rows]


def test_the_ledger_of_a_sku_sums_to_its_level(client, mug, rennes):
    brest = make_location("BREST", name="Brest Siam")
    make_stock(mug, brest, 5, now=timezone.now())
    keep(mug, rennes, 2)
    move_stock(moves=[Move("MUG", "RENNES", -3, "DAMAGE")], now=timezone.now())

    everywhere, there = ledger(client.get("/stock/MUG/")), ledger(client.get("/stock/MUG/?place=RENNES"))

    assert [(row[0].split()[0], *row[-2:]) for row in everywhere] == [
        ("Damage", "\N{MINUS SIGN}3 After 7", ""),
        ("Reservation", "", "+2 After 2"),
        ("Opening", "+5 After 5", ""),
        ("Opening", "+10 After 10", ""),
        ("Sum", "12", "2"),
        ("Level", "12", "2"),
    ]
    assert [row[-2:] for row in there[-2:]] == [["7", "2"], ["7", "2"]]
    assert everywhere[-1][0] == "Level equal to the sum"


def test_a_long_ledger_still_adds_up(client, mug, monkeypatch):
    monkeypatch.setattr("inventory.web.ledger.SHOWN", 2)
    for units in (1, 2, 3):
        move_stock(moves=[Move("MUG", "RENNES", units, "RECEIPT")], now=timezone.now())

    rows = ledger(client.get("/stock/MUG/"))

    assert [row[-1] for row in rows] == ["+3 After 16", "+2 After 13", "+11", "16", "16"]
    assert rows[2][0] == "Earlier movements"


def test_a_level_that_its_ledger_does_not_explain_is_told(client, mug):
    StockLevel.objects.filter(pk=level().pk).update(on_hand=11)

    rows = ledger(client.get("/stock/MUG/"))

    assert [row[-1] for row in rows[-2:]] == ["10", "11"]
    assert rows[-1][0] == "Level not equal to the sum"


def test_the_page_of_a_sku_costs_the_same_for_one_level_and_three(client, mug, rennes, django_assert_max_num_queries):
    keep(mug, rennes, 1)
    client.get("/stock/MUG/")
    with django_assert_max_num_queries(34) as one:
        client.get("/stock/MUG/")
    for code in ("BREST", "NANTES"):
        place = make_location(code)
        make_stock(mug, place, 5, now=timezone.now())
        keep(mug, place, 1)
    with django_assert_max_num_queries(34) as three:
        client.get("/stock/MUG/")
    assert len(three.captured_queries) == len(one.captured_queries)


def test_a_code_with_odd_characters_has_its_page(client, rennes):
    make_stock(make_sku("A/B C"), rennes, 1, now=timezone.now())

    where = re.search(r'data-href="([^"]+)"', text(client.get("/stock/levels/")))

    assert where is not None
    assert "A/B C" in text(client.get(where[1]))


def movement(**changes):
    return {"location": "RENNES", "quantity": "-3", "reason": "DAMAGE", "bucket": "ON_HAND", "key": "k1", **changes}


def test_a_movement_by_hand_is_written_once_with_its_reason(client, mug):
    first = client.post("/stock/MUG/move/", movement(note="Broken on arrival"))
    client.post("/stock/MUG/move/", movement(note="Broken on arrival"))

    assert first.url == "/stock/MUG/"
    assert level().on_hand == 7
    row = StockMovement.objects.get(reason="DAMAGE")
    assert (row.quantity, row.note, row.actor["label"]) == (-3, "Broken on arrival", "Marie Le Goff")


@pytest.mark.parametrize(
    "change", [{"quantity": "-11"}, {"quantity": "0"}, {"reason": ""}, {"reason": "DISPATCH"}, {"location": "GHOST"}]
)
def test_a_movement_that_cannot_be_is_refused_in_words_and_changes_nothing(client, mug, change):
    answer = client.post("/stock/MUG/move/", movement(**change))

    assert answer.status_code == 422
    assert 'role="alert"' in text(answer)
    assert level().on_hand == 10
    assert StockMovement.objects.count() == 1


def fields(**changes):
    return {"name": "Web shops", "percentage": "80", "buffer": "1", "cap": "", "groups": "west, north", **changes}


def test_a_view_is_tried_on_a_sku_before_it_is_saved(client, mug):
    tried = client.post("/views/new/", fields(code="web", groups="", preview="1", **{"try": "MUG"}))
    assert re.findall(r"<b>([^<]+)</b>", text(tried).split('class="bt-formula"')[1])[:4] == ["10", "80%", "1", "7"]
    assert not StockView.objects.exists()

    saved = client.post("/views/new/", fields(code="web", save="1"))
    assert saved.url == "/views/edit/web/"
    view = StockView.objects.get()
    assert (view.percentage, view.buffer, view.groups) == (80, 1, ["west", "north"])


def test_a_view_is_changed_and_a_code_is_used_once(client, tenant):
    save_view(code="web", name="Web shops")

    client.post("/views/edit/web/", fields(save="1", kinds=["STORE"], cap="5"))
    taken = client.post("/views/new/", fields(code="web", save="1", name="Other"))
    wrong = client.post("/views/edit/web/", fields(save="1", percentage="120"))

    view = StockView.objects.get()
    assert (view.name, view.kinds, view.cap, view.percentage) == ("Web shops", ["STORE"], 5, 80)
    assert (taken.status_code, wrong.status_code) == (422, 422)
    assert "There is a stock view web already." in text(taken)


def location_form(**changes):
    return {
        "name": "Rennes Centre",
        "kind": "STORE",
        "legal_entity": str(legal_entities()[0].pk),
        "postcode": "35000",
        "city": "Rennes",
        "country": "FR",
        "time_zone": "Europe/Paris",
        "parcel_cost": "6.40",
        "active": "on",
        "ships": "on",
        "daily_capacity": "30",
        "minutes_to_accept": "45",
        "minutes_to_prepare": "90",
        "priority": "1",
        "groups": "west",
        "closures": "2026-12-25",
        "day-1": "09:00-12:30, 14:00-19:00",
        **changes,
    }


def test_a_location_is_created_where_its_postcode_is(client, tenant):
    answer = client.post("/locations/new/", location_form(code="RENNES", collects="on"))

    place = Location.objects.get()
    assert answer.url == f"/locations/{place.pk}/"
    assert (place.code, place.kind, place.collects, place.ships) == ("RENNES", "STORE", True, True)
    assert place.parcel_cost == Decimal("6.40")
    assert (place.latitude, place.longitude) == pytest.approx((48.11, -1.68), abs=0.05)


def test_a_location_moves_with_its_postcode_unless_its_coordinates_are_given(client, rennes):
    client.post(f"/locations/{rennes.pk}/change/", location_form(postcode="29200", city="Brest"))
    moved = Location.objects.get()
    client.post(f"/locations/{rennes.pk}/change/", location_form(latitude="48.5", longitude="-4.4"))

    assert moved.latitude == pytest.approx(48.4, abs=0.05)
    placed = Location.objects.get()
    assert (placed.latitude, placed.longitude) == (48.5, -4.4)


@pytest.mark.parametrize(
    "change",
    [{"code": "RENNES"}, {"code": ""}, {"code": "B", "latitude": "48"}, {"code": "B", "time_zone": "Paris"}],
)
def test_a_location_that_makes_no_sense_is_not_created(client, rennes, change):
    answer = client.post("/locations/new/", location_form(**change))

    assert answer.status_code == 422
    assert [place.name for place in Location.objects.all()] == ["Rennes Le Bastard"]


def test_the_switches_hours_and_speed_of_a_location_are_changed(client, rennes):
    answer = client.post(f"/locations/{rennes.pk}/change/", location_form())

    assert answer.url == f"/locations/{rennes.pk}/"
    place = Location.objects.get()
    assert (place.name, place.ships, place.collects, place.daily_capacity) == ("Rennes Centre", True, False, 30)
    assert (place.opening, place.closures) == ({"1": [["09:00", "12:30"], ["14:00", "19:00"]]}, ["2026-12-25"])
    assert 'value="09:00-12:30, 14:00-19:00"' in text(client.get(answer.url))


def test_only_what_differs_of_a_location_is_an_act(tenant, rennes):
    update_location(location_id=rennes.pk, name=rennes.name, ships=not rennes.ships, priority=rennes.priority)
    update_location(location_id=rennes.pk, name=rennes.name)

    assert AuditEntry.objects.get(action="location.updated").data == {"changes": ["ships"]}


@pytest.mark.parametrize(
    "change",
    [
        {"day-1": "9 to 5"},
        {"day-1": "19:00-09:00"},
        {"day-1": "09:00-12:00, 11:00-13:00"},
        {"closures": "Christmas"},
        {"name": ""},
    ],
)
def test_hours_that_make_no_sense_are_refused_and_nothing_changes(client, rennes, change):
    answer = client.post(f"/locations/{rennes.pk}/change/", location_form(**change))

    assert answer.status_code == 422
    place = Location.objects.get()
    assert (place.name, place.opening, place.minutes_to_accept) == ("Rennes Le Bastard", {}, 60)


def test_the_palette_finds_skus_and_locations(client, mug, rennes):
    def found(query: str) -> list[str]:
        page = client.get(f"/palette/?q={query}", headers={"HX-Request": "true"}).content.decode()
        return re.findall(r'data-href="([^"]+)"', page)

    assert "/stock/MUG/" in found("ouessant")
    assert f"/locations/{rennes.pk}/" in found("bastard")
    assert found("mug")[0] == "/stock/MUG/"
    assert client.get("/palette/?q=rennes")["Location"] == f"/locations/{rennes.pk}/"


READS = [
    "/stock/",
    "/stock/levels/",
    "/stock/imports/",
    "/stock/movements/",
    "/stock/MUG/",
    "/views/",
    "/views/edit/web/",
    "/locations/",
]
WRITES = [
    "/locations/new/",
    "/stock/MUG/move/",
    "/stock/paste/",
    "/stock/imports/new/",
    "/stock/imports/limits/",
    "/views/new/",
    "/views/edit/web/",
]


@pytest.mark.parametrize("role", ["STORE_STAFF", "PARTNER"])
def test_people_of_one_place_see_no_page_of_the_stock(tenants, mug, rennes, role):
    save_view(code="web", name="Web")
    client = signed_in(make_person(tenants[0], role), tenants[0])

    assert {client.get(where).status_code for where in [*READS, f"/locations/{rennes.pk}/"]} == {403}
    assert {client.post(where, {"save": "1"}).status_code for where in WRITES} == {403}


def test_who_only_reads_may_change_nothing(tenants, mug, rennes):
    save_view(code="web", name="Web")
    client = signed_in(make_person(tenants[0], "ANALYST"), tenants[0])

    assert {client.get(where).status_code for where in [*READS, f"/locations/{rennes.pk}/"]} == {200}
    writes = [*WRITES, f"/locations/{rennes.pk}/change/"]
    assert {client.post(where, fields(save="1")).status_code for where in writes} == {403}
    assert "/stock/MUG/move/" not in text(client.get("/stock/MUG/"))
    assert StockView.objects.get().name == "Web"


def test_the_stock_of_another_company_does_not_exist(tenants):
    with tenant_scope(tenants[1].pk):
        place = make_location("SECRET")
        make_stock(make_sku("RIVAL"), place, 7, now=timezone.now())
        save_view(code="rivals", name="Rivals")
    client = signed_in(make_person(tenants[0]), tenants[0])

    for where in ("/stock/RIVAL/", "/views/edit/rivals/", f"/locations/{place.pk}/"):
        assert client.get(where).status_code == 404
    assert client.post("/stock/RIVAL/move/", movement(location="SECRET")).status_code == 404
    for where in ("/stock/", "/stock/levels/", "/stock/movements/", "/views/", "/locations/"):
        assert rows(client.get(where)) == 0


def test_units_are_ring_fenced_on_the_page_and_shown_there(client, mug):
    wanted = {"location": "RENNES", "pool": "SALE", "quantity": "4"}
    answer = client.post("/stock/MUG/fence/", wanted, follow=True)

    assert "SALE" in text(answer)
    assert sorted(StockLevel.objects.values_list("pool", "on_hand")) == [("", 6), ("SALE", 4)]
    refused = client.post("/stock/MUG/fence/", wanted | {"quantity": "11"})
    assert (refused.status_code, "Not enough stock for MUG." in text(refused)) == (422, True)
    assert client.post("/stock/MUG/fence/", {"location": "RENNES", "pool": "", "quantity": "1"}).status_code == 422


def test_a_view_that_sells_a_ring_fence_alone_names_it(client, mug):
    fields = {"code": "sale", "name": "Sale", "percentage": "100", "buffer": "0", "pool_only": "on", "save": "1"}

    assert client.post("/views/new/", fields).status_code == 422
    assert client.post("/views/new/", fields | {"pool": "SALE"}).status_code == 302
    assert StockView.objects.get().pools == ["SALE"]


def test_a_view_says_before_it_is_saved_what_would_change(client, mug, rennes):
    save_view(code="top", name="Top")
    save_view(code="heir", name="Heir", parent_id=StockView.objects.get().pk, inherited=["percentage"])
    make_purchase(rennes, (mug, 7), now=timezone.now())
    body = {"view": "top", "name": "Top", "percentage": "50", "buffer": "0", "supply": ["PURCHASE"], "try": "MUG"}

    part = text(client.post("/views/preview/", body, headers={"HX-Request": "true"}))

    assert re.findall(r"<b>([^<]+)</b>", part.split('class="bt-formula"')[1])[:4] == ["10", "7", "50%", "8"]
    assert re.findall(
        r'<th scope="row">MUG</th><td class="bt-right">(\d+)</td><td class="bt-right">(\d+)</td>', part
    ) == [("10", "8")]
    assert "Heir." in part
    assert "<html" not in part
    assert StockView.objects.get(code="top").percentage == 100


def test_a_view_takes_its_terms_from_a_parent_and_asks_locations(client, mug, rennes):
    save_view(code="top", name="Top", percentage=60, buffer=2)
    body = fields(
        code="child",
        groups="",
        parent="top",
        inherited=["percentage", "buffer"],
        query_postcode="35, 44",
        query_ships="true",
        save="1",
    )

    assert client.post("/views/new/", body).status_code == 302

    child = StockView.objects.get(code="child")
    assert (child.percentage, child.buffer, child.query) == (60, 2, {"postcode": ["35", "44"], "ships": True})
    page = text(client.get("/views/edit/child/"))
    assert 'value="35, 44"' in page
    assert re.search(r'<option value="top" selected', page)
    client.post("/views/edit/top/", {**fields(save="1"), "name": "Top", "percentage": "70", "groups": ""})
    assert StockView.objects.get(code="child").percentage == 70
    assert "60 \N{RIGHTWARDS ARROW} 70" in text(client.get("/views/edit/top/"))


def test_a_view_that_cannot_be_is_refused_in_words(client, tenant):
    save_view(code="top", name="Top")
    save_view(code="child", name="Child", parent_id=StockView.objects.get().pk)

    looped = client.post("/views/edit/top/", fields(parent="child", save="1"))
    fenced = client.post("/views/new/", fields(code="f", pool="P", pool_only="on", supply=["PURCHASE"], save="1"))

    assert (looped.status_code, fenced.status_code) == (422, 422)
    assert "belongs to none" in text(fenced)
    assert StockView.objects.get(code="top").parent_id is None
