"""Files of SKUs and of locations."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest

from inventory.models import ImportReject, ImportRun, Location, Sku
from inventory.services.imports import apply_import, receive_file, save_threshold, work_on
from inventory.services.imports.receive import ImportRequest
from oms.events.models import Event
from oms.tenancy.types import SYSTEM
from tests.factories import make_location, make_sku


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
