"""The script that prepares a machine: what it repeats, what it leaves alone, how it fails."""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def bootstrap(tmp_path, monkeypatch):
    """The script, at work on an empty checkout."""
    spec = importlib.util.spec_from_file_location("bootstrap_under_test", ROOT / "scripts" / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(module, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    for lock in (*module.LOCKS.values(), module.UV_LOCK, module.NODE_LOCK):
        (tmp_path / lock).write_text("")  # nothing to install: no test needs the network
    return module


def test_a_stamp_is_as_good_as_its_inputs(bootstrap, tmp_path):
    stamp, lock = tmp_path / "stamp", tmp_path / "requirements.txt"
    (tmp_path / ".venv").mkdir()
    stamp.write_text(bootstrap.lock_key("demo"))
    assert bootstrap.is_fresh(stamp, bootstrap.lock_key("demo"))

    lock.write_text("django==5.2.1\n")

    assert not bootstrap.is_fresh(stamp, bootstrap.lock_key("demo"))
    assert not bootstrap.is_fresh(tmp_path / "missing", bootstrap.lock_key("demo"))


@pytest.mark.slow
def test_an_environment_is_made_kept_and_replaced(bootstrap, tmp_path):
    (tmp_path / "oms.py").write_text("HERE = True\n")
    mine = tmp_path / ".venv" / "mine"

    bootstrap.create_venv()
    code = "import pip, oms; print(oms.HERE)"
    assert subprocess.check_output([bootstrap.PYTHON, "-c", code], cwd="/", text=True) == "True\n"
    assert bootstrap.is_fresh(bootstrap.venv_stamp(), bootstrap.venv_key())

    mine.touch()
    bootstrap.venv_stamp().unlink()
    bootstrap.create_venv()
    assert mine.exists(), "a developer's own environment is kept"

    bootstrap.venv_stamp().write_text("made for another interpreter")
    bootstrap.create_venv()
    assert not mine.exists(), "one of ours that no longer fits is made again"


def test_without_pip_anywhere_it_says_what_to_install(bootstrap, monkeypatch):
    monkeypatch.setattr(bootstrap.sys, "executable", "/bin/false")
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(bootstrap.BootstrapError, match="Install python3-venv"):
        bootstrap.create_venv()


def test_a_failing_command_is_shown_with_what_it_said(bootstrap):
    with pytest.raises(bootstrap.BootstrapError, match=r"failed \(3\)\.\nno network"):
        bootstrap.run(["sh", "-c", "echo no network; exit 3"], quiet=True)


def test_an_old_node_is_not_used(bootstrap, tmp_path, monkeypatch):
    for name, says in (("node", "v16.1.0"), ("npm", "8.0.0")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\necho {says}\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert bootstrap._machine_npm() is None

    (tmp_path / "node").write_text("#!/bin/sh\necho v22.3.0\n")

    assert bootstrap._machine_npm() == [str(tmp_path / "npm")]


def test_the_index_told_to_pip_is_told_to_uv(bootstrap, monkeypatch, tmp_path):
    monkeypatch.setattr(bootstrap, "PYTHON", Path(sys.executable))
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = https://packages.example/simple\ncert = /etc/our.pem\n")
    for name in [name for name in os.environ if name.startswith(("PIP_", "UV_", "SSL_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))

    found = bootstrap.uv_environment()

    assert found["UV_DEFAULT_INDEX"] == "https://packages.example/simple"
    assert found["SSL_CERT_FILE"] == "/etc/our.pem"


def test_an_unknown_target_is_refused():
    done = subprocess.run(
        [ROOT / "scripts" / "bootstrap", "prod"], capture_output=True, text=True, check=False, cwd="/"
    )

    assert (done.returncode, done.stderr) == (2, "usage: scripts/bootstrap demo|dev\n")


def test_without_python_it_says_so(tmp_path):
    (tmp_path / "dirname").symlink_to("/usr/bin/dirname")

    done = subprocess.run(
        ["/bin/sh", ROOT / "scripts" / "bootstrap", "demo"],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "Python 3.11 or later is needed" in done.stderr
