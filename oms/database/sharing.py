"""Connections that the threads of a process share."""

from __future__ import annotations

from django.db import connections


def give_back() -> None:
    """Let other threads have the connections of this one, where they share some and no transaction is open."""
    for connection in connections.all(initialized_only=True):
        if "pool" in connection.settings_dict["OPTIONS"] and not connection.in_atomic_block:
            connection.close()
