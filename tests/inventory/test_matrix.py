"""The stock matrix: figures under their places, sums under their products, a movement from a cell."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from inventory.models import StockLevel, StockMovement
from inventory.queries import availability, get_view
from inventory.rules.names import own_words, shared_words
from inventory.services import create_buffer_rule, fence_stock, move_stock, reserve
from inventory.services.buffers import apply_buffers
from inventory.types import Ask, Fence, Move
from inventory.web import matrix
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import new_id
from tests.factories import make_location, make_sku, make_stock
from tests.web.conftest import make_person, signed_in

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(tenants):
    return signed_in(make_person(tenants[0], "LOGISTICS"), tenants[0])


@pytest.fixture
def places(tenant):
    """A warehouse and two stores, in the order of their columns."""
    return [
        make_location("DEPOT", name="Saint-Malo", kind="WAREHOUSE", groups=["west"]),
        make_location("BREST", name="Brest Siam", kind="STORE", groups=["west"]),
        make_location("RENNES", name="Rennes Le Bastard", kind="STORE"),
    ]


@pytest.fixture
def coats(places):
    """Three variants of one product, with what each place has of them."""
    made = [
        make_sku(f"CIR-{size}", name=f"Ciré Ouessant, jaune, {size}", product="CIR", price="129.00") for size in "SML"
    ]
    for number, sku in enumerate(made):
        for place, units in zip(places, (30, 6, 1), strict=True):
            make_stock(sku, place, units + number, now=timezone.now())
    return made


def text(response) -> str:
    return " ".join(response.content.decode().split())


def table(response) -> dict[str, list[str]]:
    """The figures of each row by its SKU, and of a product's head by its code: network, places, others."""
    found = {}
    for row in re.findall(r"<tr (?:class=\"bt-group\"|data-row).*?</tr>", text(response)):
        cells = re.findall(r"<td[^>]*>(.*?)</td>", row)
        sku = re.search(r'data-sku="([^"]+)"', row)
        name = sku[1] if sku else "sum"
        found[name] = [re.sub(r"<svg.*?</svg>|<span.*?</span>|<[^>]+>", "", cell) for cell in cells]
    return found


def heads(response) -> list[str]:
    return re.findall(r'data-place="([^"]+)"', text(response))


def at(sku, place) -> str:
    return f"/stock/{sku.code}/at/{place.pk}/"


def level(code, place) -> StockLevel:
    return StockLevel.objects.get(sku__code=code, location__code=place, pool="")


def test_variants_stand_under_their_product_with_its_sums(client, places, coats):
    make_stock(make_sku("MUG", name="Mug"), places[0], 9, now=timezone.now())

    page = client.get("/stock/")

    assert heads(page) == ["DEPOT", "BREST", "RENNES"]
    assert table(page) == {
        "sum": ["120", "93", "21", "6"],
        "CIR-S": ["37", "30", "6", "1"],
        "CIR-M": ["40", "31", "7", "2"],
        "CIR-L": ["43", "32", "8", "3"],
        "MUG": ["9", "9", "0", "0"],
    }
    assert 'Ciré Ouessant, jaune <span class="bt-3">CIR</span> <span class="bt-meta">3 variants</span>' in text(page)


def test_a_virtual_kit_has_no_row(client, places, coats):
    make_sku("SET", product="CIR", kind="VIRTUAL")

    assert "SET" not in table(client.get("/stock/"))
    assert "3 variants" in text(client.get("/stock/"))


def test_a_product_that_a_filter_cuts_says_so_and_keeps_its_sums(client, places, coats):
    page = client.get("/stock/?q=CIR-S")

    assert list(table(page)) == ["sum", "CIR-S"]
    assert table(page)["sum"][0] == "120"
    assert "1 of 3 variants" in text(page)


def test_each_mode_shows_its_figure(client, places, coats):
    move_stock(moves=[Move("CIR-S", "DEPOT", 4, "RECEIPT", bucket="DAMAGED")], now=timezone.now())
    move_stock(moves=[Move("CIR-S", "DEPOT", -14, "STORE_SALE")], now=timezone.now())
    reserve(asks=[Ask(new_id(), coats[0].pk, places[0].pk, 2, group=1)], state="SOFT")
    StockLevel.objects.filter(pk=level("CIR-S", "DEPOT").pk).update(buffer=3)

    def depot(mode):
        return table(client.get(f"/stock/?mode={mode}"))["CIR-S"][1]

    modes = ("available", "on_hand", "reserved", "buffer", "aside", "in_transit", "cover")
    assert [depot(mode) for mode in modes] == ["11", "16", "2", "3", "4", "0", "22"]
    assert table(client.get("/stock/?mode=cover"))["CIR-S"][2] == "∞"
    assert depot("nonsense") == "11"


def test_the_network_is_what_all_locations_can_sell_and_a_deficit_is_no_part_of_it(client, places, coats):
    reserve(asks=[Ask(new_id(), coats[0].pk, places[1].pk, 5, group=1)], state="SOFT")
    move_stock(moves=[Move("CIR-S", "BREST", -4, "SHRINKAGE")], now=timezone.now())
    fence_stock(fences=[Fence("CIR-S", "DEPOT", "SALE", 10)])
    StockLevel.objects.filter(pk=level("CIR-M", "RENNES").pk).update(known=False)

    page = client.get("/stock/")

    assert table(page)["CIR-S"] == ["21", "20", "\N{MINUS SIGN}3", "1"]
    assert table(page)["CIR-M"] == ["38", "31", "7", "?"]
    assert ("(Deficit)" in text(page), "(Unknown, not told)" in text(page)) == (True, True)
    sold = availability(view=get_view(), sku_ids=[sku.pk for sku in coats])
    assert [int(table(page)[each.sku][0]) for each in sold] == [each.quantity for each in sold]
    assert int(table(page)["sum"][0]) == sum(each.quantity or 0 for each in sold)


def test_a_low_number_is_marked_in_words(client, places, coats):
    page = text(client.get("/stock/"))

    assert page.count("(Under the threshold of 3)") == 2


def test_locations_are_chosen_by_kind_group_and_name_and_the_rest_is_summed(client, places, coats):
    stores = client.get("/stock/?kind=STORE")
    west = client.get("/stock/?group=west")
    one = client.get("/stock/?place=RENNES&mode=on_hand")

    assert (heads(stores), heads(west), heads(one)) == (["BREST", "RENNES"], ["DEPOT", "BREST"], ["RENNES"])
    assert table(stores)["CIR-S"] == ["37", "6", "1", "30"]
    assert table(one)["sum"] == ["120", "6", "114"]
    assert heads(client.get("/stock/?place=GHOST")) == ["DEPOT", "BREST", "RENNES"]


def test_more_locations_than_fit_are_summed_and_said(client, tenant):
    now, sku = timezone.now(), make_sku("MUG")
    for number in range(23):
        make_stock(sku, make_location(f"S{number:02}", name=f"Store {number:02}", kind="STORE"), 1, now=now)

    usual, asked = client.get("/stock/"), client.get("/stock/?kind=STORE&mode=on_hand")

    assert (len(heads(usual)), table(usual)["MUG"][-1]) == (12, "11")
    assert (len(heads(asked)), table(asked)["MUG"][0], table(asked)["MUG"][-1]) == (20, "23", "3")
    assert "At most 20 locations have a column" in text(asked)


def test_the_age_of_each_source_is_told(client, places, coats):
    now = timezone.now()
    for place, age in zip(places, (timedelta(seconds=3), timedelta(minutes=7), None), strict=True):
        place.stock_as_of = age and now - age
        place.save()
    StockLevel.objects.update(as_of=None)

    ages = re.findall(r'<span class="bt-age([^"]*)"[^>]*>(?:<svg.*?</svg>)?(.*?)</span>', text(client.get("/stock/")))

    assert ages[1][0] == ""
    assert (ages[2][0], "7 min" in ages[2][1]) == (" bt-age-warn", True)
    assert ages[3] == (" bt-age-bad", "never")


def test_rows_are_narrowed_by_level_category_and_barcode(client, places, coats):
    mug = make_sku("MUG", category="Tableware", barcodes=["3701200000000"])
    make_stock(mug, places[0], 0, now=timezone.now())
    StockLevel.objects.filter(sku=coats[2], location=places[0]).update(buffer=40, reserved=33)

    def found(query):
        return [name for name in table(client.get(f"/stock/?{query}")) if name != "sum"]

    assert found("category=Tableware") == ["MUG"]
    assert found("q=3701200000000") == ["MUG"]
    assert found("product=CIR") == ["CIR-S", "CIR-M", "CIR-L"]
    assert found("level=none") == ["MUG"]
    assert found("level=low") == ["CIR-S", "CIR-M"]
    assert found("level=negative") == ["CIR-L"]
    assert found("level=unknown") == []


def test_pages_follow_each_other_without_a_gap(client, places, monkeypatch):
    monkeypatch.setattr(matrix, "MATRIX", replace(matrix.MATRIX, page_size=2))
    for code in ("A", "B", "C"):
        make_stock(make_sku(code), places[0], 1, now=timezone.now())
    seen, where = [], "/stock/?mode=on_hand"
    while where:
        page = client.get(where)
        seen += list(table(page))
        after = re.search(r'rel="next" href="([^"]+)"', text(page))
        where = "/stock/" + after[1].replace("&amp;", "&") if after else ""

    assert seen == ["A", "B", "C"]


def test_the_export_has_the_figures_of_the_screen(client, places, coats):
    answer = client.get("/stock/?mode=on_hand&kind=STORE&export=csv")

    lines = list(csv.reader(b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()))

    assert lines[0] == ["SKU", "Product", "Name", "Network", "Brest Siam", "Rennes Le Bastard", "Other locations"]
    assert lines[1] == ["CIR-S", "CIR", "Ciré Ouessant, jaune, S", "37", "6", "1", "30"]
    assert len(lines) == 4


def test_a_view_keeps_the_figure_and_the_locations(client, places, coats):
    page = client.get("/stock/?mode=on_hand&kind=STORE&q=CIR")
    query = re.search(r'name="query" value="([^"]+)"', text(page))
    assert query is not None
    client.post(
        "/views/save/",
        {"page": "stock-matrix", "query": query[1].replace("&amp;", "&"), "name": "Stores", "next": "/stock/"},
    )

    tab = re.search(r'href="(\?[^"]*view=[^"]+)"[^>]*>Stores', text(client.get("/stock/")))

    assert tab is not None
    shown = client.get("/stock/" + tab[1].replace("&amp;", "&"))
    assert (heads(shown), table(shown)["CIR-S"]) == (["BREST", "RENNES"], ["37", "6", "1", "30"])


@pytest.mark.parametrize("mode", ["available", "cover"])
def test_fifty_skus_at_twenty_locations_cost_as_many_queries_as_one_at_one(
    client, tenant, mode, django_assert_max_num_queries
):
    now = timezone.now()
    make_stock(make_sku("P00-0", product="P00"), make_location("L00"), 1, now=now)
    make_stock(make_sku("P00-1", product="P00"), make_location("L01"), 1, now=now)
    client.get("/stock/")
    with django_assert_max_num_queries(25) as one:
        client.get(f"/stock/?mode={mode}")
    places = [make_location(f"L{number:02}") for number in range(2, 20)]
    skus = [make_sku(f"P{number // 5:02}-{number}", product=f"P{number // 5:02}") for number in range(2, 50)]
    StockLevel.objects.bulk_create(StockLevel(sku=sku, location=place, on_hand=5) for sku in skus for place in places)

    with django_assert_max_num_queries(25) as many:
        page = client.get(f"/stock/?mode={mode}")

    assert (text(page).count("data-row"), len(heads(page))) == (50, 20)
    assert len(many.captured_queries) == len(one.captured_queries)


def test_a_cell_explains_its_number_and_what_is_to_come(client, places, coats):
    reserve(asks=[Ask(new_id(), coats[0].pk, places[0].pk, 2, group=1)], state="SOFT")
    fence_stock(fences=[Fence("CIR-S", "DEPOT", "SALE", 5)])

    page, part = client.get(at(coats[0], places[0])), client.get(at(coats[0], places[0]), headers=HTMX)

    assert re.findall(r"<b>([^<]+)</b>", text(page).split('class="bt-formula"')[1])[:4] == ["25", "2", "0", "23"]
    for words in ("Ciré Ouessant, jaune, S at Saint-Malo", "Ring-fence SALE", "Last movement"):
        assert words in text(page)
        assert words in text(part)
    assert ("<html" in text(page), "<html" in text(part)) == (True, False)


def move(**changes):
    return {"quantity": "-3", "reason": "DAMAGE", "bucket": "ON_HAND", "key": "k1", **changes}


def test_a_movement_from_a_cell_is_written_once_with_its_reason(client, places, coats):
    where = at(coats[0], places[0])

    first = client.post(where, move(note="Torn"))
    again = client.post(where, move(note="Torn"), headers=HTMX)

    assert (first.status_code, first["Location"]) == (302, where)
    assert (again.status_code, "matrix:moved" in again["HX-Trigger"]) == (204, True)
    assert level("CIR-S", "DEPOT").on_hand == 27
    row = StockMovement.objects.get(reason="DAMAGE")
    assert (row.quantity, row.note, row.actor["label"]) == (-3, "Torn", "Marie Le Goff")


@pytest.mark.parametrize("change", [{"quantity": "-31"}, {"quantity": "0"}, {"reason": ""}, {"reason": "DISPATCH"}])
def test_a_movement_that_cannot_be_is_refused_on_the_cell(client, places, coats, change):
    answer = client.post(at(coats[0], places[0]), move(**change), headers=HTMX)

    assert (answer.status_code, 'role="alert"' in text(answer)) == (422, True)
    assert level("CIR-S", "DEPOT").on_hand == 30
    assert not StockMovement.objects.exclude(reason="OPENING").exists()


def test_who_only_reads_sees_cells_and_may_not_move(tenants, places, coats):
    analyst = signed_in(make_person(tenants[0], "ANALYST"), tenants[0])

    page, answer = analyst.get(at(coats[0], places[0])), analyst.post(at(coats[0], places[0]), move())

    assert (page.status_code, "<form" in text(page).split("<main")[1], answer.status_code) == (200, False, 403)
    assert "data-paste" not in text(analyst.get("/stock/"))
    assert level("CIR-S", "DEPOT").on_hand == 30


@pytest.fixture
def rival(tenants):
    """A SKU of another company and where it is."""
    with tenant_scope(tenants[1].pk):
        shop = make_location("SECRET", name="Rival shop")
        theirs = make_sku("RIVAL", product="CIR")
        make_stock(theirs, shop, 70, now=timezone.now())
    return theirs, shop


def test_cells_of_another_company_do_not_exist(rival, client, places, coats):
    theirs, shop = rival

    page = client.get("/stock/?place=SECRET")

    assert (heads(page), table(page)["sum"][0]) == (["DEPOT", "BREST", "RENNES"], "120")
    for where in (at(theirs, shop), at(theirs, places[0]), at(coats[0], shop)):
        assert (client.get(where).status_code, client.post(where, move()).status_code) == (404, 404)


@pytest.mark.parametrize(
    ("names", "shared", "own"),
    [
        (["Ciré Ouessant, jaune, S", "Ciré Ouessant, jaune, M"], "Ciré Ouessant, jaune", ["S", "M"]),
        (["Mug rouge", "Mug bleu"], "Mug", ["rouge", "bleu"]),
        (["Mug", "Mug bleu"], "", ["Mug", "Mug bleu"]),
        (["Bol", "Mug"], "", ["Bol", "Mug"]),
        (["Mug"], "", ["Mug"]),
    ],
)
def test_variants_are_called_by_what_they_do_not_share(names, shared, own):
    assert shared_words(names) == shared
    assert [own_words(name, shared) for name in names] == own


def hold(client, sku, place, units=2, **headers):
    return client.post(f"{at(sku, place)}buffer/", {"units": units, "note": "Broken display"}, headers=headers)


def test_units_are_held_back_by_hand_on_the_cell(client, places, coats):
    assert "Held back by hand: 0" in text(client.get(at(coats[0], places[1])))

    answer = hold(client, coats[0], places[1])

    assert answer.status_code == 302
    assert (level("CIR-S", "BREST").buffer, level("CIR-S", "BREST").own_buffer) == (2, 2)
    assert StockMovement.objects.order_by("version").last().note == "Broken display"
    assert "Held back by hand: 2" in text(client.get(at(coats[0], places[1])))
    assert "matrix:moved" in hold(client, coats[0], places[1], 3, **HTMX)["HX-Trigger"]


def test_a_rule_that_goes_first_is_named_on_the_cell(client, places, coats):
    now = timezone.now()
    create_buffer_rule(name="Stores", now=now, measure="UNITS", amount=1, kinds=["STORE"])
    apply_buffers(sku_ids=[coats[0].pk], now=now)

    hold(client, coats[0], places[1], 4)

    page = text(client.get(at(coats[0], places[1])))
    assert "The rule “Stores” holds back 1; set by hand: 4" in page
    assert "A rule goes first." in page
    assert (level("CIR-S", "BREST").buffer, level("CIR-S", "BREST").own_buffer) == (1, 4)


@pytest.mark.parametrize("change", [{"units": -1}, {"units": ""}, {"note": ""}, {"units": 1_000_000_000}])
def test_a_buffer_that_cannot_be_is_refused_on_the_cell(client, places, coats, change):
    body = {"units": 2, "note": "Broken display", **change}

    answer = client.post(f"{at(coats[0], places[1])}buffer/", body, headers=HTMX)

    assert answer.status_code == 422
    assert "is-invalid" in text(answer)
    assert "<html" not in text(answer)
    assert level("CIR-S", "BREST").own_buffer == 0


def test_who_may_only_read_holds_nothing_back(tenants, places, coats):
    analyst = signed_in(make_person(tenants[0], "ANALYST"), tenants[0])

    assert hold(analyst, coats[0], places[1]).status_code == 403
    assert "Hold back" not in text(analyst.get(at(coats[0], places[1])))
    assert level("CIR-S", "BREST").own_buffer == 0
