"""Copy the browser libraries that the pages use from node_modules to build/vendor, and draw the icon sprite.

Run after `npm ci --ignore-scripts`. Safe to run again at any time: what has not changed is left alone.
Without it the application starts all the same, with plain looks.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parent.parent
MODULES = ROOT / "node_modules"
OUT = ROOT / "build" / "vendor" / "lib"
# Where collectstatic would put everything; WhiteNoise wants it to exist.
STATIC_ROOT = ROOT / "build" / "static"
ICONS = MODULES / "@tabler" / "icons" / "icons"

COPIES = {
    "tabler.min.css": "@tabler/core/dist/css/tabler.min.css",
    "htmx.min.js": "htmx.org/dist/htmx.min.js",
    "echarts.common.min.js": "echarts/dist/echarts.common.min.js",
    "leaflet.js": "leaflet/dist/leaflet.js",
    "leaflet.css": "leaflet/dist/leaflet.css",
    "images/layers.png": "leaflet/dist/images/layers.png",
    "images/layers-2x.png": "leaflet/dist/images/layers-2x.png",
    "images/marker-icon.png": "leaflet/dist/images/marker-icon.png",
    "images/marker-icon-2x.png": "leaflet/dist/images/marker-icon-2x.png",
    "images/marker-shadow.png": "leaflet/dist/images/marker-shadow.png",
    "sortable.min.js": "sortablejs/Sortable.min.js",
    "barcode-detector.js": "barcode-detector/dist/iife/ponyfill.js",
    "zxing_reader.wasm": "zxing-wasm/dist/reader/zxing_reader.wasm",
    "files/inter-latin-wght-normal.woff2": "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2",
    "files/inter-latin-ext-wght-normal.woff2": "@fontsource-variable/inter/files/inter-latin-ext-wght-normal.woff2",
}
PACKAGES = (
    "@tabler/core",
    "@tabler/icons",
    "@fontsource-variable/inter",
    "htmx.org",
    "echarts",
    "leaflet",
    "sortablejs",
    "barcode-detector",
    "zxing-wasm",
)

SOURCE_FOLDERS = ("templates", "static", "oms", "inventory", "orchestration", "channels", "returns", "analytics")
SOURCE_SUFFIXES = {".html", ".py", ".js"}
SOURCE_MAP = re.compile(rb"\n?(?://|/\*)# sourceMappingURL=[^\s*]+(?:\s*\*/)?\n?")
# <c-icon name="x">, icon="x" on a component, icon="x" or icon: "x" in Python and JavaScript, icon("x"), {% icon "x" %}.
NAMED = re.compile(r"""(?:c-icon\s+name|[\w-]*\bicon\w*)["']?\s*(?:=|:|\(|\s)\s*["']([a-z][a-z0-9-]*)["']""")
# ICONS = {...}: every value of a table whose name says that it holds icons.
TABLE = re.compile(r"""^\s*\w*ICONS?\w*\s*(?::[^=\n]+)?=\s*\{(.*?)^\s*\}""", re.MULTILINE | re.DOTALL)
QUOTED = re.compile(r"""["']([a-z][a-z0-9-]*)["']\s*[,}\n)]""")
DRAWING = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)
FRAME = re.compile(r"""<path stroke="none" d="M0 0h24v24H0z" fill="none"\s*/>""")


def main() -> int:
    """Build everything; the exit code is 1 when node_modules is missing or an icon does not exist."""
    STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    if not MODULES.is_dir():
        print(
            "node_modules is missing: run `npm ci --ignore-scripts` first. Pages work without it, but look plain.",
            file=sys.stderr,
        )
        return 1
    changed = [name for name, source in COPIES.items() if _write(OUT / name, _clean(MODULES / source))]
    if _write(OUT / "inter.css", _font_face().encode()):
        changed.append("inter.css")
    if _write(OUT / "licences.txt", _licences().encode()):
        changed.append("licences.txt")
    known, unknown = used_icons()
    if _write(OUT / "icons.svg", _sprite(sorted(known)).encode()):
        changed.append("icons.svg")
    print(f"build/vendor: {len(COPIES) + 3} files, {len(known)} icons, {len(changed)} changed")
    for name, where in sorted(unknown.items()):
        print(f"No Tabler icon is called {name!r} ({where})", file=sys.stderr)
    return 1 if unknown else 0


def used_icons() -> tuple[set[str], dict[str, str]]:
    """The icons that templates, scripts and Python name; and those that do not exist, with one place each."""
    known: set[str] = set()
    unknown: dict[str, str] = {}
    for path in _sources():
        text = path.read_text(encoding="utf-8")
        for name in NAMED.findall(text):
            if (ICONS / "outline" / f"{name}.svg").exists():
                known.add(name)
            else:
                unknown[name] = str(path.relative_to(ROOT))
        for table in TABLE.findall(text):
            known.update(name for name in QUOTED.findall(table) if (ICONS / "outline" / f"{name}.svg").exists())
    return known, unknown


def _sources() -> Iterator[Path]:
    for folder in SOURCE_FOLDERS:
        if (ROOT / folder).is_dir():
            yield from (
                p
                for p in sorted((ROOT / folder).rglob("*"))
                if p.suffix in SOURCE_SUFFIXES and "migrations" not in p.parts
            )


def _sprite(names: list[str]) -> str:
    symbols = "".join(f'<symbol id="i-{name}" viewBox="0 0 24 24">{_drawing(name)}</symbol>\n' for name in names)
    return f'<svg xmlns="http://www.w3.org/2000/svg">\n{symbols}</svg>\n'


def _drawing(name: str) -> str:
    found = DRAWING.search((ICONS / "outline" / f"{name}.svg").read_text(encoding="utf-8"))
    if found is None:
        message = f"The icon {name} has no drawing."
        raise ValueError(message)
    return " ".join(FRAME.sub("", found[1]).split())


def _font_face() -> str:
    """Only the Latin parts of Inter: the rest of the family is never asked for by French or English."""
    rules = (MODULES / "@fontsource-variable/inter/wght.css").read_text(encoding="utf-8").split("/* ")
    return "".join(f"/* {rule}" for rule in rules if rule.startswith(("inter-latin-wght", "inter-latin-ext-wght")))


def _licences() -> str:
    texts = []
    for package in PACKAGES:
        found = sorted(p for p in (MODULES / package).glob("*") if p.is_file() and p.name.upper().startswith("LICEN"))
        texts.append(f"== {package}\n\n" + "\n".join(p.read_text(encoding="utf-8") for p in found))
    return "\n".join(texts)


def _clean(source: Path) -> bytes:
    """The file without its pointer to a source map, which is not shipped."""
    content = source.read_bytes()
    return SOURCE_MAP.sub(b"", content) if source.suffix in {".css", ".js"} else content


def _write(target: Path, content: bytes) -> bool:
    if target.exists() and target.read_bytes() == content:
        return False
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    return True


if __name__ == "__main__":
    raise SystemExit(main())
