"""The script that copies browser libraries and draws the sprite."""

import importlib.util
import json
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def assets(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location("assets", ROOT / "scripts" / "assets.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    modules = tmp_path / "node_modules"
    for source in module.COPIES.values():
        target = modules / source
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("x")
    (modules / "@fontsource-variable/inter/wght.css").write_text(
        "/* inter-greek-wght */ @g\n/* inter-latin-wght-normal */ @l\n"
    )
    icons = modules / "@tabler/icons/icons"
    for name in ("check", "ban"):
        (icons / "outline").mkdir(parents=True, exist_ok=True)
        (icons / "outline" / f"{name}.svg").write_text(
            f'<svg\n a="1">\n<path stroke="none" d="M0 0h24v24H0z" fill="none" />\n<path d="{name}" />\n</svg>'
        )
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "MODULES", modules)
    monkeypatch.setattr(module, "ICONS", icons)
    monkeypatch.setattr(module, "OUT", tmp_path / "build/vendor/lib")
    monkeypatch.setattr(module, "STATIC_ROOT", tmp_path / "build/static")
    (tmp_path / "templates").mkdir()
    return module


def write(assets, name, text):
    path = assets.ROOT / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("templates/a.html", '<c-icon name="check" />'),
        ("templates/a.html", '{% icon "check" size="s" %}'),
        ("templates/a.html", '<c-button icon="check">'),
        ("oms/a.py", 'State("x", icon="check")'),
        ("oms/a.py", 'icon("check")'),
        ("inventory/a.py", 'ICONS = {\n    "a": "check",\n}\n'),
        ("static/a.js", "const x = { icon: 'check' }"),
    ],
)
def test_the_sprite_holds_what_is_used_and_no_more(assets, name, text):
    write(assets, name, text)

    assert assets.main() == 0
    sprite = (assets.OUT / "icons.svg").read_text()
    assert '<symbol id="i-check" viewBox="0 0 24 24"><path d="check" /></symbol>' in sprite
    assert "i-ban" not in sprite


def test_an_icon_that_does_not_exist_fails(assets, capsys):
    write(assets, "templates/a.html", '<c-icon name="chek" />')

    assert assets.main() == 1
    assert "chek" in capsys.readouterr().err


def test_running_again_changes_nothing(assets, capsys):
    assets.main()
    capsys.readouterr()
    assets.main()

    assert "0 changed" in capsys.readouterr().out


def test_source_maps_are_not_pointed_at(assets):
    source = assets.MODULES / assets.COPIES["tabler.min.css"]
    source.write_text("a{}\n/*# sourceMappingURL=x.css.map */\n")
    assets.main()

    assert (assets.OUT / "tabler.min.css").read_text().strip() == "a{}"


def test_without_node_it_says_so_and_pages_still_have_a_place(assets, monkeypatch, capsys):
    monkeypatch.setattr(assets, "MODULES", assets.ROOT / "none")

    assert assets.main() == 1
    assert "npm ci" in capsys.readouterr().err
    assert assets.STATIC_ROOT.is_dir()


def test_every_icon_of_the_product_exists():
    if not (ROOT / "node_modules").is_dir():
        pytest.skip("node_modules is missing: run `npm ci --ignore-scripts`.")
    spec = importlib.util.spec_from_file_location("assets", ROOT / "scripts" / "assets.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)

    known, unknown = module.used_icons()

    assert unknown == {}
    assert "route-off" in known


def test_the_reader_and_its_program_are_of_one_version():
    """A program of another version fails in the middle of its memory, and only in the hands of a person."""
    if not (ROOT / "node_modules").is_dir():
        pytest.skip("node_modules is missing: run `npm ci --ignore-scripts`.")
    wanted = json.loads((ROOT / "node_modules/barcode-detector/package.json").read_text())["dependencies"]["zxing-wasm"]

    assert json.loads((ROOT / "node_modules/zxing-wasm/package.json").read_text())["version"] == wanted
