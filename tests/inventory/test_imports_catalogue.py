"""Files of SKUs and of locations."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest

from inventory.models import ImportReject, ImportRun, KitComponent, Location, Sku
from inventory.queries.exports import export_headers, export_rows
from inventory.services import save_kit
from inventory.services.imports import apply_import, receive_file, save_threshold, work_on
from inventory.services.imports.receive import ImportRequest
from inventory.types import NewPart
from oms.events.models import Event
from oms.tenancy.types import SYSTEM
from tests.factories import make_kit, make_location, make_sku, make_stock


@pytest.fixture
def shop(tenant):
    make_sku("MUG", name="Mug", price=Decimal("12.50"), barcodes=["37"], category="Tableware")
    make_sku("HAT", name="Hat")
    save_threshold(kind="CATALOGUE", rows_percent=None, units_percent=None, actor=SYSTEM)
    return tenant


def import_file(tenant, content, now, **options) -> ImportRun:
    order = ImportRequest(**{"kind": "CATALOGUE", **options})
    run, _new = receive_file(content=io.BytesIO(content.encode()), name="skus.csv", wanted=order, now=now)
    assert work_on(tenant_id=tenant.pk, run_id=run.pk)
    return ImportRun.objects.get(pk=run.pk)


def rejected() -> list[tuple[int, str, str]]:
    return list(ImportReject.objects.order_by("line").values_list("line", "code", "detail"))


def test_skus_are_created_and_changed_in_what_the_file_says(shop, now):
    rows = "MUG;;14,90;37|38\nTEA;Thé;3;\nHAT;Hat;;\n"
    run = import_file(shop, "Référence;Désignation;Prix TTC;Code-barres\n" + rows, now)

    assert (run.state, run.valid, run.changed, run.unchanged, run.rejected) == ("DONE", 3, 2, 1, 0)
    mug, tea = Sku.objects.get(code="MUG"), Sku.objects.get(code="TEA")
    assert (mug.name, mug.price, mug.barcodes, mug.category) == ("Mug", Decimal("14.90"), ["37", "38"], "Tableware")
    assert (tea.name, tea.price) == ("Thé", Decimal("3.00"))
    told = [event.payload["skus"] for event in Event.objects.filter(kind="sku.changed").order_by("pk")][-1]
    assert sorted(told) == sorted([str(mug.pk), str(tea.pk)])


def test_a_row_that_makes_no_sku_is_told(shop, now):
    rows = ["A,B;x;1", ";x;1", "NEW;;1", "MUG;x;cheap", "MUG;x;1", "MUG;y;2", f"{'X' * 101};x;1", "HAT;=x;1"]
    run = import_file(shop, "code;name;price\n" + "\n".join(rows) + "\n", now)

    assert run.changed == 1
    assert Sku.objects.get(code="MUG").name == "x"
    assert rejected() == [
        (2, "code_impossible", ""),
        (3, "code_empty", ""),
        (4, "name_empty", ""),
        (5, "value_price", "price=cheap"),
        (7, "duplicate", "6"),
        (8, "code_impossible", ""),
        (9, "value_name", "name==x"),
    ]


def test_a_full_catalogue_puts_out_of_use_what_it_leaves_out(shop, now):
    run = import_file(shop, "code;price\nMUG;cheap\n", now, mode="FULL")

    assert (run.zeroed, run.rejected) == (1, 1)
    assert dict(Sku.objects.values_list("code", "active")) == {"MUG": True, "HAT": False}


def test_a_trial_of_a_catalogue_writes_nothing(shop, now):
    run = import_file(shop, "code;name\nMUG;x\nTEA;Tea\n", now, dry_run=True)

    assert (run.state, run.changed) == ("CHECKED", 2)
    assert sorted(Sku.objects.values_list("name", flat=True)) == ["Hat", "Mug"]
    apply_import(run_id=run.pk, actor=SYSTEM)
    work_on(tenant_id=shop.pk, run_id=run.pk)
    assert sorted(Sku.objects.values_list("name", flat=True)) == ["Hat", "Tea", "x"]


def test_locations_are_created_and_changed(shop, now):
    make_location("RENNES", name="Rennes", city="Rennes", ships=True)

    rows = "RENNES;;;Rennes;35000;non\nBREST;Brest;magasin;Brest;29200;oui\nNANTES;Nantes;;Nantes;44000;\nLILLE;Lille;palace;;;\n"
    run = import_file(shop, "Code;Nom;Type;Ville;Code postal;Expédie\n" + rows, now, kind="LOCATIONS")

    assert (run.state, run.changed, run.rejected) == ("DONE", 2, 2)
    rennes, brest = Location.objects.get(code="RENNES"), Location.objects.get(code="BREST")
    assert (rennes.name, rennes.postcode, rennes.ships) == ("Rennes", "35000", False)
    assert (brest.kind, brest.ships, brest.latitude) == ("STORE", True, pytest.approx(48.4, abs=0.05))
    assert rejected() == [(4, "kind_empty", ""), (5, "value_kind", "kind=palace")]
    again = import_file(
        shop, "Code;Nom;Type;Ville;Code postal;Expédie\nBREST;Brest;STORE;Brest;29200;1\n", now, kind="LOCATIONS"
    )
    assert (again.changed, again.unchanged) == (0, 1)


def kits() -> dict[str, tuple[str, dict[str, int]]]:
    """Every SKU that is a kit: its kind and its components."""
    found: dict[str, tuple[str, dict[str, int]]] = {}
    for row in KitComponent.objects.select_related("kit", "component"):
        found.setdefault(row.kit.code, (row.kit.kind, {}))[1][row.component.code] = row.quantity
    return found


def test_kits_are_made_of_what_the_same_file_has_anywhere_in_it(shop, now):
    rows = "GIFT;Coffret;;MUG:2|TEA\nBOX;Boîte;préassemblé; HAT : 3 \nTEA;Thé;;\n"
    run = import_file(shop, "Référence;Désignation;Type de kit;Composants\n" + rows, now)

    assert (run.state, run.changed, run.rejected) == ("DONE", 3, 0)
    assert kits() == {"GIFT": ("VIRTUAL", {"MUG": 2, "TEA": 1}), "BOX": ("PREPACKED", {"HAT": 3})}

    again = import_file(shop, "code;kind;components\nGIFT;;TEA:1|MUG:2\nBOX;prepacked;\n", now)
    assert (again.changed, again.unchanged) == (0, 2)


def test_a_file_changes_kits_and_leaves_what_it_does_not_say(shop, now):
    make_kit("GIFT", (Sku.objects.get(code="MUG"), 2), name="Gift", price=Decimal(20))
    make_kit("SET", (Sku.objects.get(code="HAT"), 2), name="Set")
    make_kit("PAIR", (Sku.objects.get(code="HAT"), 2), name="Pair")

    run = import_file(shop, "code;price;kind;components\nGIFT;21;;\nSET;;simple;\nPAIR;;prepacked;MUG:2|HAT:1\n", now)

    assert (run.changed, run.rejected) == (3, 0)
    assert kits() == {"GIFT": ("VIRTUAL", {"MUG": 2}), "PAIR": ("PREPACKED", {"MUG": 2, "HAT": 1})}
    assert Sku.objects.get(code="GIFT").price == Decimal(21)


def test_a_row_whose_kit_cannot_be_is_rejected_as_a_whole(shop, now):
    mug, hat = Sku.objects.get(code="MUG"), Sku.objects.get(code="HAT")
    make_kit("GIFT", (mug, 2), name="Gift")
    make_stock(mug, make_location("RENNES"), 0, now=now)
    make_kit("BOX", (hat, 2), name="Box", kind="PREPACKED")
    make_sku("CUP", name="Cup")
    before = kits()
    rows = [
        "A;x;;NONE:2",
        "B;x;;GIFT:1",
        "C;x;;MUG:0",
        "D;x;;MUG|MUG",
        "E;x;virtual;",
        "F;x;simple;MUG",
        "G;x;;G",
        "MUG;changed;;HAT",
        "HAT;changed;;CUP",
        "J;x;;A",
        "K;x;bundle;MUG",
        "L;x;;MUG",
        "L;x;;HAT",
    ]
    file = "code;name;kind;components\n" + "\n".join(rows) + "\n"

    trial = import_file(shop, file, now, dry_run=True)
    assert (trial.changed, trial.rejected) == (1, 12)
    told = rejected()
    ImportReject.objects.all().delete()
    run = import_file(shop, file, now)

    assert (run.state, run.changed, run.rejected) == ("DONE", 1, 12)
    assert (
        rejected()
        == told
        == [
            (2, "component_unknown", "NONE"),
            (3, "component_virtual", "GIFT"),
            (4, "value_components", "components=MUG:0"),
            (5, "value_components", "components=MUG|MUG"),
            (6, "kit_empty", ""),
            (7, "kit_simple", ""),
            (8, "kit_itself", ""),
            (9, "kit_has_stock", ""),
            (10, "kit_is_part", ""),
            (11, "component_unknown", "A"),
            (12, "value_kind", "kind=bundle"),
            (14, "duplicate", "13"),
        ]
    )
    assert kits() == {**before, "L": ("VIRTUAL", {"MUG": 1})}
    assert not Sku.objects.filter(code__in="ABCDEFGJK").exists()
    assert Sku.objects.get(code="MUG").name == "Mug"


def test_kits_that_contain_each_other_are_told_before_anything_is_written(shop, now):
    make_kit("OLD", (make_kit("BOX", (Sku.objects.get(code="HAT"), 1), kind="PREPACKED"), 1), kind="PREPACKED")
    rows = [
        "A;a;prepacked;B",
        "B;b;prepacked;C|MUG",
        "C;c;prepacked;A",
        "BOX;box;;OLD:2",
        "D;d;;C",
        "E;e;prepacked;MUG",
        "F;f;;E",
    ]
    file = "code;name;kind;components\n" + "\n".join(rows) + "\n"

    trial = import_file(shop, file, now, dry_run=True)
    assert (trial.changed, trial.rejected) == (2, 5)
    told = rejected()
    ImportReject.objects.all().delete()
    run = import_file(shop, file, now)

    assert (run.state, run.changed, run.rejected) == ("DONE", 2, 5)
    ringed = [(2, "kit_ring", "B"), (3, "kit_ring", "C"), (4, "kit_ring", "A"), (5, "kit_ring", "OLD")]
    assert rejected() == told == [*ringed, (6, "component_unknown", "C")]
    assert kits() == {
        "OLD": ("PREPACKED", {"BOX": 1}),
        "BOX": ("PREPACKED", {"HAT": 1}),
        "E": ("PREPACKED", {"MUG": 1}),
        "F": ("VIRTUAL", {"E": 1}),
    }


def test_a_row_that_falls_leaves_its_sku_as_it_is_for_the_others(shop, now):
    make_kit("OLD", (make_kit("BOX", (Sku.objects.get(code="HAT"), 1), kind="PREPACKED"), 1), kind="PREPACKED")
    file = "code;name;kind;components\nOLD;o;;NONE\nBOX;b;;OLD\n"

    run = import_file(shop, file, now)

    assert rejected() == [(2, "component_unknown", "NONE"), (3, "kit_ring", "OLD")]
    assert (run.changed, run.rejected) == (0, 2)

    run = import_file(shop, "code;kind;components\nMUG;virtual;NONE\nHAT;prepacked;MUG\n", now)
    assert (run.changed, run.rejected) == (1, 1)
    assert kits()["HAT"] == ("PREPACKED", {"MUG": 1})


def test_kits_that_change_places_are_written_parts_first(shop, now):
    make_kit("OUTER", (make_kit("INNER", (Sku.objects.get(code="HAT"), 1), kind="PREPACKED"), 1), kind="PREPACKED")

    run = import_file(shop, "code;components\nINNER;OUTER\nOUTER;MUG\n", now)

    assert (run.changed, run.rejected) == (2, 0)
    assert kits() == {"INNER": ("PREPACKED", {"OUTER": 1}), "OUTER": ("PREPACKED", {"MUG": 1})}


def test_a_kit_that_became_impossible_meanwhile_is_a_rejected_row(shop, now):
    make_kit("SET", (Sku.objects.get(code="HAT"), 1), name="Set", kind="PREPACKED")
    run = import_file(shop, "code;name;components\nHAT;Hat;\nGIFT;Gift;MUG:2|HAT\n", now, dry_run=True)
    assert (run.changed, run.rejected) == (1, 0)
    apply_import(run_id=run.pk, actor=SYSTEM)
    work_on(tenant_id=shop.pk, run_id=run.pk, seconds=0)
    while not ImportRun.objects.filter(pk=run.pk, state="APPLYING").exists():
        work_on(tenant_id=shop.pk, run_id=run.pk, seconds=0)
    save_kit(sku_id=Sku.objects.get(code="HAT").pk, kind="SIMPLE", parts=None)
    save_kit(sku_id=Sku.objects.get(code="SET").pk, kind="SIMPLE", parts=None)
    save_kit(sku_id=Sku.objects.get(code="HAT").pk, kind="VIRTUAL", parts=[NewPart("SET", 1)])

    assert work_on(tenant_id=shop.pk, run_id=run.pk)

    run.refresh_from_db()
    assert (run.state, run.valid, run.changed, run.rejected) == ("DONE", 1, 0, 1)
    ((line, code, detail),) = rejected()
    assert (line, code) == (3, "kit_refused")
    assert "HAT" in detail
    assert kits() == {"HAT": ("VIRTUAL", {"SET": 1})}


def test_a_catalogue_goes_out_with_its_kits_and_comes_back_unchanged(shop, now):
    make_kit("GIFT", (Sku.objects.get(code="MUG"), 2), (Sku.objects.get(code="HAT"), 1), name="Gift")
    heads, rows = export_headers("CATALOGUE"), list(export_rows("CATALOGUE", tenant_id=shop.pk))
    told = {row[0]: dict(zip(heads, row, strict=True)) for row in rows}
    assert (told["GIFT"]["kind"], told["GIFT"]["components"]) == ("VIRTUAL", "HAT:1|MUG:2")
    assert (told["MUG"]["kind"], told["MUG"]["components"]) == ("SIMPLE", None)

    names = ("code", "name", "kind", "components")
    body = "".join(";".join(str(row[name] or "") for name in names) + "\n" for row in told.values())
    run = import_file(shop, ";".join(names) + "\n" + body, now)

    assert (run.changed, run.unchanged, run.rejected) == (0, 3, 0)
