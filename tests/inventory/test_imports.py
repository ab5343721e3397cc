"""Files of stock: what they change, what they leave alone, what is told of the rest."""

from __future__ import annotations

import io
from datetime import timedelta

import pytest
from django.db import connection

from inventory.enums import ImportState
from inventory.errors import BadImport, ImportOver
from inventory.models import ImportChunk, ImportPiece, ImportReject, ImportRun, Location, Sku, StockLevel, StockMovement
from inventory.queries import availability, get_view, stock_cells, stock_levels
from inventory.services import fence_stock, move_stock, set_levels
from inventory.services.imports import apply_import, discard_import, receive_file, save_threshold, work_on
from inventory.services.imports import run as running
from inventory.services.imports.receive import ImportRequest
from inventory.types import Fence, LevelSetting, Move
from oms.events.models import Event
from oms.tenancy.types import SYSTEM
from tests.factories import make_location, make_sku


@pytest.fixture
def shop(tenant, now):
    """MUG and HAT, ten of each at RENNES and BREST; TEA nowhere."""
    for code in ("MUG", "HAT", "TEA"):
        make_sku(code)
    for code in ("RENNES", "BREST"):
        make_location(code)
    rows = [LevelSetting(sku, place, 10) for sku in ("MUG", "HAT") for place in ("RENNES", "BREST")]
    set_levels(levels=rows, now=now - timedelta(days=1), reason="OPENING")
    save_threshold(kind="STOCK", rows_percent=None, units_percent=None, actor=SYSTEM)
    return tenant


def receive(content, now, **options):
    raw = content if isinstance(content, bytes) else content.encode()
    return receive_file(content=io.BytesIO(raw), name="levels.csv", wanted=ImportRequest(**options), now=now)


def import_file(tenant, content, now, **options) -> ImportRun:
    run, _new = receive(content, now, **options)
    while not work_on(tenant_id=tenant.pk, run_id=run.pk):
        pass
    return ImportRun.objects.get(pk=run.pk)


def stock() -> dict[str, int]:
    rows = StockLevel.objects.values_list("sku__code", "location__code", "on_hand")
    return {f"{sku} {place}": on_hand for sku, place, on_hand in rows}


def rejected(run) -> list[tuple[int, str]]:
    return list(ImportReject.objects.filter(run=run).order_by("line").values_list("line", "code"))


def counts(run) -> tuple[int, ...]:
    return run.rows, run.valid, run.changed, run.rejected, run.zeroed


def test_a_delta_changes_the_rows_it_names_and_nothing_else(shop, now):
    run = import_file(shop, "sku;location;on_hand\nMUG;RENNES;4\nHAT;RENNES;10\nTEA;BREST;3\nTEA;RENNES;0\n", now)

    assert run.state == ImportState.DONE
    assert counts(run) == (4, 4, 2, 0, 0)
    assert stock() == {"MUG RENNES": 4, "MUG BREST": 10, "HAT RENNES": 10, "HAT BREST": 10, "TEA BREST": 3}
    moved = StockMovement.objects.filter(reason="SYNC").values_list(
        "level__sku__code", "quantity", "balance", "cause_id"
    )
    assert sorted(moved) == [("MUG", -6, 4, str(run.pk)), ("TEA", 3, 3, str(run.pk))]


def test_what_is_so_already_is_not_written(shop, now):
    before = list(StockLevel.objects.order_by("pk").values_list("pk", "as_of", "version"))
    written = _written()

    run = import_file(shop, "sku,location,on_hand\nMUG,RENNES,10\nHAT,BREST,10\n", now, mode="FULL")

    assert run.zeroed == 2
    after = {pk: (as_of, version) for pk, as_of, version in StockLevel.objects.values_list("pk", "as_of", "version")}
    untouched = StockLevel.objects.filter(on_hand=10)
    assert {(row.pk, row.as_of, row.version) for row in untouched} <= set(before)
    assert len([pk for pk, as_of, version in before if after[pk] != (as_of, version)]) == 2
    assert _written() - written == 2


def _written() -> int:
    """Row versions of levels that this transaction has made."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT n_tup_upd + n_tup_ins FROM pg_stat_xact_user_tables WHERE relname = 'inventory_stocklevel'"
        )
        return cursor.fetchone()[0]


def test_a_full_file_empties_what_it_leaves_out_where_it_speaks(shop, now):
    run = import_file(shop, "sku;location;on_hand\nMUG;RENNES;7\n", now, mode="FULL")

    assert stock() == {"MUG RENNES": 7, "MUG BREST": 10, "HAT RENNES": 0, "HAT BREST": 10}
    assert (run.covers, run.zeroed, run.changed) == (["RENNES"], 1, 1)


def test_a_row_that_cannot_be_read_does_not_empty_its_place(shop, now):
    run = import_file(shop, "sku;location;on_hand\nMUG;RENNES;7\nHAT;RENNES;1e9\nGHOST;BREST;5\n", now, mode="FULL")

    assert stock() == {"MUG RENNES": 7, "MUG BREST": 10, "HAT RENNES": 10, "HAT BREST": 10}
    assert rejected(run) == [(3, "quantity_scientific"), (4, "unknown_sku")]
    assert run.covers == ["RENNES"]


def test_a_file_of_what_has_stock_ignores_zeroes_and_empties_the_rest(shop, now):
    run = import_file(shop, "sku;location;on_hand\nMUG;RENNES;7\nHAT;RENNES;0\nHAT;BREST;0\n", now, mode="NON_ZERO")

    assert stock() == {"MUG RENNES": 7, "MUG BREST": 0, "HAT RENNES": 0, "HAT BREST": 0}
    assert (run.valid, run.ignored, run.rejected, run.zeroed) == (1, 2, 0, 3)


def test_the_age_of_a_location_is_told_once_for_all_its_levels(shop, now):
    moment = now - timedelta(minutes=3)
    import_file(shop, "sku;location;on_hand\nMUG;RENNES;10\nHAT;RENNES;10\n", now, mode="FULL", as_of=moment)
    import_file(shop, "sku;location;on_hand\nMUG;BREST;9\n", now)

    ages = dict(Location.objects.values_list("code", "stock_as_of"))
    assert ages == {"RENNES": moment, "BREST": None}
    assert StockLevel.objects.get(sku__code="MUG", location__code="BREST").as_of == now
    hat = Sku.objects.get(code="HAT")
    (told,) = availability(view=get_view(), sku_ids=[hat.pk], explain=True)
    assert {each.code: each.as_of for each in told.contributions} == {
        "BREST": now - timedelta(days=1),
        "RENNES": moment,
    }
    assert {cell.as_of for cell in stock_cells([hat.pk])} == {now - timedelta(days=1), moment}
    assert {level.told_at for level in stock_levels().filter(sku=hat)} == {now - timedelta(days=1), moment}
    assert StockLevel.objects.get(sku__code="HAT", location__code="BREST").as_of == now - timedelta(days=1)


def test_an_unknown_level_is_known_again_when_a_file_names_it(shop, now):
    StockLevel.objects.update(known=False)

    run = import_file(shop, "sku;location;on_hand\nMUG;RENNES;10\nHAT;RENNES;3\n", now)

    assert run.changed == 2
    assert StockLevel.objects.filter(known=True).count() == 2
    assert StockMovement.objects.filter(reason="SYNC").count() == 1
    told = [set(event.payload["freed"]) for event in Event.objects.filter(kind="stock.changed")]
    assert any(len(freed) == 2 for freed in told)


@pytest.mark.parametrize(
    ("quantity", "code"),
    [
        ("", "quantity_empty"),
        ("  ", "quantity_empty"),
        ("-3", "quantity_negative"),
        ("\N{MINUS SIGN}3", "quantity_negative"),
        ("1e9", "quantity_scientific"),
        ("1,5E+03", "quantity_scientific"),
        ('"1,5"', "quantity_fraction"),
        ("1.25", "quantity_fraction"),
        ("1.200", "quantity_ambiguous"),
        ('"12,000"', "quantity_ambiguous"),
        ("=A1+1", "quantity_formula"),
        ("@SUM(A1)", "quantity_formula"),
        ("1000000000", "quantity_too_large"),
        ("many", "quantity_not_a_number"),
        ("#N/A", "quantity_not_a_number"),
        ("12 pcs", "quantity_not_a_number"),
    ],
)
def test_a_quantity_that_is_none_is_rejected(shop, now, quantity, code):
    run = import_file(shop, f"sku;location;on_hand\nMUG;RENNES;{quantity}\nHAT;RENNES;1\n", now)

    assert rejected(run) == [(2, code)]
    assert (stock()["MUG RENNES"], stock()["HAT RENNES"]) == (10, 1)


@pytest.mark.parametrize(
    ("quantity", "units"),
    [
        ("12", 12),
        (" 12 ", 12),
        ("+12", 12),
        ("012", 12),
        ("12,0", 12),
        ("12.00", 12),
        ("1 200", 1200),
        ("1\u202f200", 1200),
        ("0,000", 0),
    ],
)
def test_a_whole_number_is_one_however_it_is_written(shop, now, quantity, units):
    import_file(shop, f"sku;location;on_hand\nMUG;RENNES;{quantity}\n", now)

    assert stock()["MUG RENNES"] == units


def test_the_first_of_two_rows_counts_and_the_second_is_told(shop, now):
    run = import_file(shop, "sku;location;on_hand\nMUG;RENNES;4\nHAT;RENNES;10\nMUG;RENNES;5\nMUG;RENNES;4\n", now)

    assert stock()["MUG RENNES"] == 4
    assert counts(run) == (4, 2, 1, 2, 0)
    assert list(ImportReject.objects.values_list("line", "code", "detail")) == [
        (4, "duplicate", "2"),
        (5, "duplicate", "2"),
    ]


@pytest.mark.parametrize(
    ("encode", "header"),
    [
        (lambda text: text.encode(), "Référence;Magasin;Qté"),
        (lambda text: text.encode("utf-8-sig"), "SKU;Lieu;Quantité en stock"),
        (lambda text: text.encode("utf-16"), "sku;location;on_hand"),
        (lambda text: text.encode("utf-16-le"), "Code article;Entrepôt;Stock physique"),
        (lambda text: text.encode("cp1252"), "Référence;Dépôt;Quantité"),
        (lambda text: text.replace(";", "\t").encode(), "sku;store;qty"),
        (lambda text: text.replace(";", ",").replace("\n", "\r\n").encode(), "Item code;Warehouse;Quantity"),
        (lambda text: ("sep=;\n" + text).encode(), "sku;location;on_hand"),
    ],
)
def test_a_file_is_read_as_it_was_written(shop, now, encode, header):
    make_sku("THÉ")

    run = import_file(shop, encode(f'{header}\nTHÉ;RENNES;3\n"MUG";BREST;"1"\n'), now)

    assert (run.failure, run.rejected) == ("", 0)
    assert (stock()["THÉ RENNES"], stock()["MUG BREST"]) == (3, 1)


def test_a_file_without_the_needed_columns_fails_in_words(shop, now):
    run = import_file(shop, "sku;colour\nMUG;blue\n", now)

    assert (run.state, run.failure, run.failure_detail) == (ImportState.FAILED, "columns", "Location, On hand")
    assert not ImportPiece.objects.exists()


def test_the_location_may_be_said_once_for_the_whole_file(shop, now):
    import_file(shop, "sku;qty\nMUG;1\nHAT;2\n", now, location="BREST")

    assert (stock()["MUG BREST"], stock()["HAT BREST"], stock()["MUG RENNES"]) == (1, 2, 10)


def test_an_open_quotation_mark_costs_its_own_line_alone(shop, now):
    run = import_file(shop, 'sku;location;on_hand\n"MUG;RENNES;4\nHAT;RENNES;2\nMUG;BREST;3\n', now)

    assert rejected(run) == [(2, "quote")]
    assert stock() == {"MUG RENNES": 10, "MUG BREST": 3, "HAT RENNES": 2, "HAT BREST": 10}


def test_a_decimal_comma_that_parts_a_cell_in_two_is_noticed(shop, now):
    run = import_file(shop, "sku,location,on_hand\nMUG,RENNES,1,5\nHAT,RENNES,3,\nMUG,BREST\n", now)

    assert rejected(run) == [(2, "cells"), (4, "quantity_empty")]
    assert (stock()["MUG RENNES"], stock()["HAT RENNES"]) == (10, 3)


def test_broken_characters_cost_their_own_row_alone(shop, now):
    make_sku("THÉ")
    raw = "sku;location;on_hand\nTHÉ;RENNES;3\n".encode() + b"TH\xc9;BREST;4\nM\0UG;BREST;5\nHAT;BREST;6\n"

    run = import_file(shop, raw, now)

    assert rejected(run) == [(3, "unreadable"), (4, "unreadable")]
    assert (stock()["THÉ RENNES"], stock()["HAT BREST"]) == (3, 6)


def test_a_trial_counts_and_writes_nothing(shop, now):
    run = import_file(shop, "sku;location;on_hand\nMUG;RENNES;4\nGHOST;RENNES;1\n", now, mode="FULL", dry_run=True)

    assert run.state == ImportState.CHECKED
    assert counts(run) == (2, 1, 1, 1, 1)
    assert set(stock().values()) == {10}
    assert not StockMovement.objects.filter(reason="SYNC").exists()
    assert not ImportChunk.objects.exists()


def test_a_file_that_shrinks_waits_for_a_person(shop, now):
    save_threshold(kind="STOCK", rows_percent=20, units_percent=50, actor=SYSTEM)
    rows = "MUG;RENNES;10\nHAT;RENNES;10\nMUG;BREST;10\nHAT;BREST;10\n"
    import_file(shop, "sku;location;on_hand\n" + rows, now, mode="FULL")

    run = import_file(
        shop, "sku;location;on_hand\nMUG;RENNES;10\nMUG;BREST;11\n", now + timedelta(hours=1), mode="FULL"
    )

    assert run.state == ImportState.WAITING
    assert run.guard["passed"] == ["rows"]
    assert (run.guard["rows_before"], run.valid, run.zeroed) == (4, 2, 2)
    assert set(stock().values()) == {10}
    apply_import(run_id=run.pk, actor=SYSTEM)
    work_on(tenant_id=shop.pk, run_id=run.pk)
    assert stock() == {"MUG RENNES": 10, "MUG BREST": 11, "HAT RENNES": 0, "HAT BREST": 0}
    with pytest.raises(ImportOver):
        apply_import(run_id=run.pk, actor=SYSTEM)


def test_the_first_snapshot_is_measured_by_what_is_there(shop, now):
    save_threshold(kind="STOCK", rows_percent=20, units_percent=50, actor=SYSTEM)

    run = import_file(shop, "sku;location;on_hand\nMUG;RENNES;10\n", now, mode="FULL")

    assert (run.state, run.guard["compared_with"], run.guard["passed"]) == ("WAITING", "stock", ["rows"])
    discard_import(run_id=run.pk, now=now, actor=SYSTEM)
    assert not ImportChunk.objects.exists()
    assert ImportRun.objects.get().state == ImportState.DISCARDED
    assert set(stock().values()) == {10}


def test_the_same_content_joins_the_run_that_is_not_over(shop, now):
    content = "sku;location;on_hand\nMUG;RENNES;4\n"
    first, new = receive(content, now)
    second, again = receive(content, now)
    tried, other = receive(content, now, dry_run=True)
    assert (first.pk == second.pk, new, again, tried.pk == first.pk, other) == (True, True, False, False, True)

    work_on(tenant_id=shop.pk, run_id=first.pk)
    third, afresh = receive(content, now)

    assert (third.pk != first.pk, afresh) == (True, True)


def test_a_key_takes_a_file_in_once_for_ever(shop, now):
    first, _new = receive("sku;location;on_hand\nMUG;RENNES;4\n", now, key="folder:a")
    work_on(tenant_id=shop.pk, run_id=first.pk)

    again, new = receive("sku;location;on_hand\nMUG;RENNES;5\n", now, key="folder:a")

    assert (again.pk, new) == (first.pk, False)


def test_what_cannot_be_asked_is_refused(shop, now):
    for options in (
        {"kind": "LOCATIONS", "mode": "FULL"},
        {"kind": "CATALOGUE", "mode": "NON_ZERO"},
        {"as_of": now + timedelta(hours=1)},
    ):
        with pytest.raises(BadImport):
            receive("a;b\n", now, **options)
    with pytest.raises(BadImport):
        receive(b"", now)
    assert not ImportRun.objects.exists()


def test_two_workers_do_not_do_the_same_twice(shop, now, monkeypatch):
    run, _new = receive("sku;location;on_hand\nMUG;RENNES;4\n", now)
    ImportRun.objects.filter(pk=run.pk).update(leased_until=now + timedelta(days=9999))

    assert work_on(tenant_id=shop.pk, run_id=run.pk)

    assert ImportRun.objects.get(pk=run.pk).state == ImportState.QUEUED


def test_a_worker_that_lost_its_lease_writes_nothing(shop, now, monkeypatch):
    run, _new = receive("sku;location;on_hand\nMUG;RENNES;4\n", now)
    merged = running.merge_chunk

    def overtaken(**chunk):
        merged(**chunk)
        raise running._Overtaken

    monkeypatch.setattr(running, "merge_chunk", overtaken)
    work_on(tenant_id=shop.pk, run_id=run.pk)
    assert stock()["MUG RENNES"] == 10

    monkeypatch.setattr(running, "merge_chunk", merged)
    ImportRun.objects.update(leased_until=None)
    work_on(tenant_id=shop.pk, run_id=run.pk)
    assert stock()["MUG RENNES"] == 4
    assert StockMovement.objects.filter(reason="SYNC").count() == 1


def test_a_run_that_is_read_in_several_turns_reads_each_row_once(shop, now, monkeypatch):
    monkeypatch.setattr(running, "PIECE_ROWS", 1)
    run, _new = receive(
        "sku;location;on_hand\nMUG;RENNES;4\nHAT;RENNES;5\nMUG;RENNES;6\nTEA;BREST;1\n", now, mode="FULL"
    )

    turns = 0
    while not work_on(tenant_id=shop.pk, run_id=run.pk, seconds=0):
        turns += 1

    run.refresh_from_db()
    assert turns > 5
    assert counts(run) == (4, 3, 3, 1, 2)
    assert stock() == {"MUG RENNES": 4, "MUG BREST": 0, "HAT RENNES": 5, "HAT BREST": 0, "TEA BREST": 1}


def test_a_level_that_moved_after_the_file_was_read_is_set_by_what_it_is_then(shop, now, monkeypatch):
    merged = running.merge_chunk

    def sold_meanwhile(**chunk):
        move_stock(moves=[Move("MUG", "RENNES", -3, "STORE_SALE")], now=now)
        merged(**chunk)

    monkeypatch.setattr(running, "merge_chunk", sold_meanwhile)
    import_file(shop, "sku;location;on_hand\nMUG;RENNES;4\n", now)

    assert stock()["MUG RENNES"] == 4
    moved = StockMovement.objects.filter(level__sku__code="MUG", level__location__code="RENNES").order_by("version")
    assert [row.quantity for row in moved] == [10, -3, -3]


def test_ring_fenced_units_are_part_of_what_a_location_has(shop, now):
    fence_stock(fences=[Fence("MUG", "RENNES", "sale", 4), Fence("HAT", "RENNES", "sale", 4)])
    before = StockMovement.objects.count()

    run = import_file(shop, "sku;location;on_hand\nMUG;RENNES;10\nHAT;RENNES;3\nHAT;BREST;12\n", now)

    assert (run.changed, run.unchanged) == (2, 1)
    assert StockMovement.objects.count() - before == 3
    found = StockLevel.objects.values_list("sku__code", "location__code", "pool", "on_hand")
    assert sorted(found) == [
        ("HAT", "BREST", "", 12),
        ("HAT", "RENNES", "", 0),
        ("HAT", "RENNES", "sale", 3),
        ("MUG", "BREST", "", 10),
        ("MUG", "RENNES", "", 6),
        ("MUG", "RENNES", "sale", 4),
    ]
    import_file(shop, "sku;location;on_hand\nMUG;RENNES;10\n", now, mode="FULL")
    assert StockLevel.objects.filter(sku__code="HAT", location__code="RENNES", on_hand__gt=0).count() == 0


def test_every_sku_that_changed_is_told_in_batches(shop, now):
    run = import_file(shop, "sku;location;on_hand\nMUG;RENNES;4\nTEA;RENNES;9\nHAT;RENNES;10\n", now)

    event = Event.objects.filter(kind="stock.changed").order_by("recorded_at", "pk").last()
    assert len(event.payload["skus"]) == 2
    assert len(event.payload["freed"]) == 1
    (finished,) = Event.objects.filter(kind="import.finished")
    assert finished.payload["changed"] == run.changed == 2
