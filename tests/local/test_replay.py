"""The replay of invoices: what the file says is in the books, also when the replay is interrupted on the way."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from urllib.parse import quote

import polars as pl
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from channels.models import ChannelCommand
from inventory.models import StockLevel
from oms.local.replay.invoices import What, read_invoices
from oms.local.replay.progress import EVENTS, MOVED, PREPARED, READ, SOLD, TOLD, Progress, alone
from oms.local.replay.reckoning import reckon
from oms.orders.models import Order
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import Tenant

BEGIN = datetime(2009, 12, 1, 7, 45)  # noqa: DTZ001 -- the file's times have no zone


def a_year(path, invoices=24, seed=3):
    """A small file with everything the real one has: large and small baskets, fees, returns, gifts, losses."""
    rng = random.Random(seed)
    codes = [f"{85000 + number}{rng.choice(['', 'a', 'B'])}" for number in range(40)]
    rows = []
    for number in range(invoices):
        at, customer = BEGIN + timedelta(hours=5 * number), rng.choice([None, 12345.0, 12346.0, 12347.0])
        for line in range(rng.choice([1, 2, 5, 25])):
            quantity = rng.choice([1, 2, 12, 144])
            price = 0.0 if rng.random() < 0.05 else rng.randrange(5, 2000) / 100
            if number % 9 == 8:
                quantity, price = -quantity, max(price, 0.1)
            elif price == 0.0 and line % 2:
                quantity *= -3
            rows.append((number, rng.choice(codes), quantity, at, price, customer))
        rows.append((number, "POST", 1, at, 18.0, customer))
    frame = pl.DataFrame(
        {
            "Invoice": [f"{'C' if number % 9 == 8 else ''}{489434 + number}" for number, *_rest in rows],
            "StockCode": [code for _number, code, *_rest in rows],
            "Description": [f"THING {code}" for _number, code, *_rest in rows],
            "Quantity": [quantity for _number, _code, quantity, *_rest in rows],
            "InvoiceDate": [str(row[3]) for row in rows],
            "Price": [row[4] for row in rows],
            "Customer ID": [row[5] for row in rows],
            "Country": ["United Kingdom"] * len(rows),
        }
    )
    frame.write_parquet(path)
    return path


@pytest.fixture
def file(tmp_path):
    return a_year(tmp_path / "retail.parquet")


@pytest.fixture
def home(tmp_path, monkeypatch):
    folder = tmp_path / "home"
    folder.mkdir(mode=0o700)
    monkeypatch.setenv("BATON_HOME", str(folder))
    return folder


def replay(file, tenant):
    told = StringIO()
    call_command("replay_retail", file, tenant=tenant, batch=6, together=True, stdout=told)
    return told.getvalue()


def books(slug):
    """All that must be the same however often the replay was interrupted."""
    tenant = Tenant.objects.get(slug=slug)
    with tenant_scope(tenant.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT o.external_id, o.status, s.code, g.state, g.reason, sum(g.quantity) FROM orders_unitgroup g"
            " JOIN orders_order o ON o.id = g.order_id JOIN inventory_sku s ON s.id = g.sku_id GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
        )
        units = cursor.fetchall()
        cursor.execute("SELECT reason, bucket, sum(quantity) FROM inventory_stockmovement GROUP BY 1, 2 ORDER BY 1, 2")
        moved = cursor.fetchall()
        on_hand = sorted(StockLevel.objects.values_list("sku__code", "location__code", "on_hand", "reserved"))
        told = sorted(ChannelCommand.objects.values_list("payload__order_id", "kind", "state"))
    return {"units": units, "moved": moved, "on_hand": on_hand, "told": told}


def test_the_file_is_read_as_polars_reckons_it(file):
    invoices, _names = read_invoices(file)
    rows = [row for each in invoices for row in each.rows]

    def units(*, what, sign):
        return sum(abs(row.quantity) for row in rows if row.what is what and row.quantity * sign > 0)

    found = reckon(file, [each.number for each in invoices])

    assert found.orders == sum(bool(each.sales) for each in invoices) > 0
    assert found.units == units(what=What.SALE, sign=1) > 0
    assert found.returned == units(what=What.RETURN, sign=-1) > 0
    assert found.added == units(what=What.ADJUSTMENT, sign=1) > 0
    assert found.removed == units(what=What.ADJUSTMENT, sign=-1) > 0


def test_other_columns_are_refused(tmp_path, home, transactional_db):
    path = tmp_path / "other.parquet"
    pl.DataFrame({"Invoice": ["1"]}).write_parquet(path)

    with pytest.raises(CommandError, match="lacks the columns"):
        replay(path, "other")


def test_two_at_once_are_refused(file, home, transactional_db):
    with alone("whole"), pytest.raises(CommandError, match="Another process plays whole"):
        replay(file, "whole")

    assert not Tenant.objects.exists()


def test_a_replay_that_is_interrupted_after_each_step_ends_as_if_it_had_not_been(
    tmp_path, home, transactional_db, monkeypatch
):
    file = a_year(tmp_path / "short.parquet", invoices=12)
    replay(file, "whole")
    steps = interrupted_steps(file, monkeypatch)
    again = replay(file, "stopped")

    assert steps == [SOLD, MOVED, READ, EVENTS, TOLD, PREPARED, EVENTS, TOLD, TOLD]
    assert again.endswith("0 violations\n")
    whole, stopped = books("whole"), books("stopped")
    for part, found in whole.items():
        assert stopped[part] == found, part


def interrupted_steps(file, monkeypatch):
    """Interrupt run after run in the first batch, each after one step more; return those steps."""
    spend, steps = Progress.spend, []

    def stop(progress, name, work):
        spend(progress, name, work)
        left.append(name)
        if len(left) > len(steps):
            steps.append(name)
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Progress, "spend", stop)
        for _step in range(9):
            left = []
            with pytest.raises(CommandError, match="0 of 12 invoices"):
                replay(file, "stopped")
    return steps


def test_a_replay_that_loses_its_crew_and_is_killed_goes_on(file, home, transactional_db):
    with started(file, home, "killed") as process:
        wait_for_orders(process, "killed", 3)
        os.kill(crew_of(process), signal.SIGKILL)
        wait_for_orders(process, "killed", 15)
    first = (home / "told").read_text()

    with started(file, home, "killed") as process:
        process.wait(timeout=300)
    second = (home / "told").read_text()

    assert process.returncode == 0, second
    assert "`crew` was ended by SIGKILL. Starting it again." in first
    assert second.endswith("0 violations\n")
    assert json.loads((home / "replay-killed.json").read_text())["runs"] == 2
    invoices, _names = read_invoices(file)
    with tenant_scope(Tenant.objects.get(slug="killed").pk):
        notes = sorted(Order.objects.values_list("note", flat=True))
    assert notes == sorted(f"{each.number} {each.at:%Y-%m-%d} {each.country}" for each in invoices if each.sales)


@contextmanager
def started(file, home, slug):
    """The replay with its crew in processes of their own, until the end of the block."""
    settings = connections["default"].settings_dict
    url = f"postgres://{quote(settings['USER'])}@{settings['HOST']}:{settings['PORT']}/{settings['NAME']}"
    environment = os.environ | {"DATABASE_URL": url, "BATON_HOME": str(home), "PYTHONWARNINGS": "ignore"}
    command = [sys.executable, "manage.py", "replay_retail", str(file), "--tenant", slug, "--batch", "6"]
    with (home / "told").open("w") as told:
        process = subprocess.Popen(
            command, env=environment, stdout=told, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            yield process
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def crew_of(process):
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return next(int(pid) for pid in children if "replay_crew" in Path(f"/proc/{pid}/cmdline").read_text())


def wait_for_orders(process, slug, count):
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline:
        tenant = Tenant.objects.filter(slug=slug).first()
        if tenant is not None:
            with tenant_scope(tenant.pk):
                if Order.objects.count() >= count:
                    return
        time.sleep(0.02)
    raise AssertionError("The replay got no further.")
