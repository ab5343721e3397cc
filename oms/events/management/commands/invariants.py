from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from oms.events.invariants import invariants, violations


class Command(BaseCommand):
    help = "Check on the live database what must always be true; fails when something is not."

    def handle(self, *_args: Any, **_options: Any) -> None:
        total = 0
        for each in invariants():
            count, cases = violations(each)
            total += count
            self.stdout.write(f"{'ok  ' if not count else 'FAIL'} {count:6d}  {each.name:26s} {each.promise}")
            for tenant, what in cases:
                self.stdout.write(f"              tenant {tenant}: {what}")
        self.stdout.write(f"{total} violations")
        if total:
            raise CommandError(f"{total} violations")
