"""Benchmarks of the budgets: `make bench`. Each figure stands beside its floor and beside what the machine itself can do."""
