from __future__ import annotations

from typing import Any


class OneDatabase:
    """`default`, `platform` and `owner` are one database under three roles; only the owner migrates."""

    def allow_relation(self, *_objects: Any, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, _app_label: str, **_hints: Any) -> bool:
        return db == "owner"
