"""`make bench`: start a web server on loopback, measure, print each figure beside its floor, fail under one."""

from __future__ import annotations

import argparse
import os
import sys

import django


def main() -> int:
    """Run the benchmarks; the answer is 1 when a floor is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="how long each rate is measured")
    parser.add_argument("--only", default="", help="run the benchmarks whose name contains this")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "oms.settings")
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 -- needs django.setup

    from bench.measures import run  # noqa: PLC0415 -- needs django.setup

    call_command("upgrade", verbosity=0)
    figures = run(seconds=options.seconds, only=options.only)
    print(f"\n{'what':58s} {'measured':>14s} {'floor':>12s} {'aim':>12s}  machine's own limit")
    for each in figures:
        print(
            f"{'ok  ' if each.good else 'MISS'} {each.name:53s} {each.shown:>14s} {each.floor:>12s} {each.aim:>12s}  {each.limit}"
        )
    return 0 if all(each.good for each in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
