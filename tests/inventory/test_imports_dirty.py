"""The file that systems really send."""

from __future__ import annotations

import io
import random
from itertools import product

import pytest

from inventory.imports.reasons import why_rejected
from inventory.models import ImportReject, StockLevel, StockMovement
from inventory.services import save_skus
from inventory.services.imports import receive_file, work_on
from inventory.services.imports.receive import ImportRequest
from tests.factories import make_location


@pytest.mark.slow
def test_a_dirty_file_of_a_hundred_thousand_rows(tenant, now):
    """Every bad row is told with its line and its reason; every good one is applied."""
    skus = [f"RÉF-{number:04d}" for number in range(1_000)]
    save_skus(skus=[{"code": code, "name": code} for code in skus])
    places = [f"LIEU-{number:02d}" for number in range(100)]
    for code in places:
        make_location(code)
    rng = random.Random(11)
    lines, bad, good = ["\ufeffRéférence;Magasin;Quantité".encode()], {}, {}
    for line, (sku, place) in enumerate(product(skus, places), start=2):
        quantity = rng.randrange(500) if rng.random() < 0.1 else 0
        dirt = _DIRT[rng.randrange(len(_DIRT))] if rng.random() < 0.1 else None
        if dirt is None:
            lines.append(f"{sku};{place};{_written_as(quantity, rng)}".encode())
            good[sku, place] = quantity
        else:
            code, row = dirt
            said = rng.choice(list(good)) if good else (sku, place)
            values = {"sku": sku, "place": place, "quantity": quantity, "twice": ";".join(said)}
            lines.append(row if isinstance(row, bytes) else (row % values).encode())
            bad[line] = code
    content = b"\r\n".join(lines) + b"\r\n"

    run, _new = receive_file(content=io.BytesIO(content), name="levels.csv", wanted=ImportRequest(), now=now)
    while not work_on(tenant_id=tenant.pk, run_id=run.pk):
        pass
    run.refresh_from_db()

    assert (run.state, run.rows, run.rejected, run.valid) == ("DONE", 100_000, len(bad), len(good))
    assert dict(ImportReject.objects.values_list("line", "code")) == bad
    applied = StockLevel.objects.filter(location__code__startswith="LIEU").values_list(
        "sku__code", "location__code", "on_hand"
    )
    assert {(sku, place): on_hand for sku, place, on_hand in applied} == {
        at: units for at, units in good.items() if units
    }
    reasons = [why_rejected(row.code, row.cells, row.detail) for row in ImportReject.objects.filter(run=run)]
    assert all(reason and "%(" not in reason and "cannot be read (" not in reason for reason in reasons)
    assert (
        run.changed
        == StockMovement.objects.filter(cause_id=str(run.pk)).count()
        == sum(1 for units in good.values() if units)
    )


_DIRT = [
    ("quantity_scientific", "%(sku)s;%(place)s;1e9"),
    ("quantity_fraction", "%(sku)s;%(place)s;1,5"),
    ("quantity_negative", "%(sku)s;%(place)s;-%(quantity)s1"),
    ("quantity_empty", "%(sku)s;%(place)s;"),
    ("quantity_formula", "%(sku)s;%(place)s;=SUM(A1:A9)"),
    ("quantity_too_large", "%(sku)s;%(place)s;1000000000"),
    ("quantity_ambiguous", "%(sku)s;%(place)s;1.200"),
    ("quantity_not_a_number", "%(sku)s;%(place)s;beaucoup"),
    ("unknown_sku", "FANTÔME-%(quantity)s;%(place)s;3"),
    ("unknown_location", "%(sku)s;AILLEURS;3"),
    ("sku_empty", ";%(place)s;3"),
    ("location_empty", "%(sku)s;;3"),
    ("duplicate", "%(twice)s;7"),
    ("quote", '"%(sku)s;%(place)s;3'),
    ("cells", "%(sku)s;%(place)s;3;4"),
    ("unreadable", b"R\xc9F-0001;LIEU-00;3"),
    ("unreadable", b"R\x00F;LIEU-00;3"),
]


def _written_as(quantity, rng) -> str:
    """The same number as people and systems write it."""
    return rng.choice(["%d", " %d ", '"%d"', "%d,0", "%d.00", "+%d", "0%d"]) % quantity
