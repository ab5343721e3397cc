"""Bodies written for this project after what the shops really send."""

import copy
import json
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent / "payloads"


def payload(name: str, /, **changes: Any) -> Any:
    """A fresh copy of a body, with some of its fields replaced."""
    body = json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return {**body, **copy.deepcopy(changes)} if changes else body
