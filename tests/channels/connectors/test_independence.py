"""Connectors and simulators run without the web framework, and share nothing with each other."""

import ast
import subprocess
import sys
from pathlib import Path

import channels

ROOT = Path(channels.__file__).parent


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def test_they_run_without_django() -> None:
    code = (
        "import sys; sys.modules['django'] = None; sys.modules['celery'] = None; sys.modules['rest_framework'] = None\n"
        "import channels.simulators.app\n"
        "from channels.connectors.registry import connector_class, kinds\n"
        "assert all(connector_class(kind) for kind in kinds())"
    )

    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


def test_simulators_and_connectors_share_no_code() -> None:
    mixed = {
        str(path.relative_to(ROOT))
        for folder, other in (("simulators", "channels.connectors"), ("connectors", "channels.simulators"))
        for path in (ROOT / folder).rglob("*.py")
        if any(name.startswith(other) for name in imports_of(path))
    }

    assert mixed == set()


def test_one_connector_knows_nothing_of_another() -> None:
    mixed = {
        str(path.relative_to(ROOT))
        for kind, other in (("woocommerce", "shopify"), ("shopify", "woocommerce"))
        for path in (ROOT / "connectors" / kind).rglob("*.py")
        if any(name.startswith(f"channels.connectors.{other}") for name in imports_of(path))
    }

    assert mixed == set()


def test_mapping_knows_no_http() -> None:
    mixed = {
        path.name
        for path in (ROOT / "connectors").rglob("*mapping.py")
        if any(name.partition(".")[0] in {"httpx", "django", "celery"} for name in imports_of(path))
    }

    assert mixed == set()
