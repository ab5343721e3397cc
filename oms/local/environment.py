"""The environment of a local installation: secrets made once, kept in the data folder."""

import base64
import json
import secrets
from collections.abc import Mapping

from oms.local.home import Home, write_private

FILE = "env.json"


def load_environment(home: Home) -> dict[str, str]:
    """Settings of this data folder; made at the first call."""
    return remember(home, {})


def remember(home: Home, values: Mapping[str, str]) -> dict[str, str]:
    """Add values to the folder's environment, so that `manage.py` in another terminal finds the same servers."""
    home.ensure()
    path = home.path / FILE
    try:
        known: dict[str, str] = json.loads(path.read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        known = {}
    complete = {**_fresh(home), **known, **values}
    if complete != known:
        write_private(path, json.dumps(complete, indent=2) + "\n")
    return complete


def merge(chosen: Mapping[str, str], defaults: Mapping[str, str]) -> dict[str, str]:
    """What the person set wins over what the folder holds; an empty value counts as not set."""
    return {**defaults, **{key: value for key, value in chosen.items() if value or key not in defaults}}


def _fresh(home: Home) -> dict[str, str]:
    return {
        "BATON_ENV": "test" if home.test else "local",
        "BATON_ROLE_APP": "baton_app",
        "BATON_ROLE_PLATFORM": "baton_platform",
        "SECRET_KEY": secrets.token_urlsafe(48),
        "ENCRYPTION_KEYS": base64.b64encode(secrets.token_bytes(32)).decode(),
        "ALLOWED_HOSTS": "localhost,127.0.0.1,[::1],testserver",
        "DEBUG": "false",
    }
