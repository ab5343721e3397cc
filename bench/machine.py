"""What the machine itself can do: the same reservation in hand-written SQL, driven by pgbench."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from django.db import connections

from oms.local.postgres import program_folder

_PREPARE = """
DROP TABLE IF EXISTS bench_level, bench_reservation;
CREATE TABLE bench_level (id int PRIMARY KEY, on_hand int NOT NULL, reserved int NOT NULL) WITH (fillfactor = 60);
CREATE TABLE bench_reservation (id bigserial PRIMARY KEY, level_id int NOT NULL, quantity int NOT NULL, at timestamptz DEFAULT now());
INSERT INTO bench_level VALUES (1, 100000000, 0);
"""
_SCRIPT = """
WITH taken AS (UPDATE bench_level SET reserved = reserved + 1 WHERE id = 1 AND on_hand - reserved >= 1 RETURNING id)
INSERT INTO bench_reservation (level_id, quantity) SELECT id, 1 FROM taken;
"""


def pgbench_reservations(*, seconds: float, clients: int) -> float:
    """Reservations of one row per second by conditional UPDATE and INSERT; 0 where pgbench is not to be had."""
    pgbench = program_folder() / "pgbench"
    if not pgbench.exists():
        return 0.0
    settings = connections["owner"].settings_dict
    with connections["owner"].cursor() as cursor:
        cursor.execute(_PREPARE)
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "reserve.sql"
        script.write_text(_SCRIPT)
        place = ["-h", str(settings["HOST"] or "127.0.0.1"), "-p", str(settings["PORT"]), "-U", str(settings["USER"])]
        command = [
            str(pgbench),
            "-n",
            "-M",
            "prepared",
            "-c",
            str(clients),
            "-j",
            "2",
            "-T",
            str(int(seconds)),
            "-f",
            str(script),
            *place,
        ]
        done = subprocess.run(
            [*command, str(settings["NAME"])], capture_output=True, text=True, timeout=120, check=False
        )
    with connections["owner"].cursor() as cursor:
        cursor.execute("DROP TABLE bench_level, bench_reservation")
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    return float(found.group(1)) if found else 0.0
