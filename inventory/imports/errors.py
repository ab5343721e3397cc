from __future__ import annotations


class BadFile(Exception):
    """The file as a whole cannot be read; `code` says why, `inventory.imports.reasons` in a sentence."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail[:500]
