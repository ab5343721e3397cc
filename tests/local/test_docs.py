"""The pages for operators and contributors say what the code does."""

import re
from pathlib import Path

import pytest
from django.core.management import get_commands

ROOT = Path(__file__).resolve().parents[2]
PAGES = ["README.md", "CONTRIBUTING.md", "docs/operations.md"]


def read(name):
    return (ROOT / name).read_text()


def variables_of_settings():
    code = read("oms/settings.py")
    return set(re.findall(r"env\.\w+\(\s*\"(\w+)\"", code)) | set(re.findall(r"environ\.get\(\"(\w+)\"", code))


def test_every_setting_is_explained():
    explained = set(re.findall(r"^\| `(\w+)` \|", read("docs/operations.md"), re.MULTILINE))

    assert explained >= variables_of_settings()


def test_no_setting_is_invented():
    explained = set(re.findall(r"^\| `([A-Z_]+)` \|", read("docs/operations.md"), re.MULTILINE))

    assert explained == variables_of_settings()


def test_every_variable_of_the_image_is_explained():
    used = set(re.findall(r"\$\{([A-Z_]+):-", read("docker/entrypoint")))

    assert used <= set(re.findall(r"`([A-Z_]+)`", read("docs/operations.md")))


@pytest.mark.parametrize("page", PAGES)
def test_commands_of_make_exist(page):
    targets = set(re.findall(r"^([a-z-]+):", read("Makefile"), re.MULTILINE))
    named = re.findall(r"(?:^    |`)make ([a-z ]+)", read(page), re.MULTILINE)

    assert {target for line in named for target in line.split()} <= targets


@pytest.mark.parametrize("page", PAGES)
def test_management_commands_exist(page):
    assert set(re.findall(r"manage\.py (\w+)", read(page))) <= set(get_commands())


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", read(page)):
        assert ((ROOT / page).parent / target).exists(), target


def test_processes_of_compose_are_explained():
    for role in ("web", "worker", "relay", "scheduler", "upgrade"):
        assert f"| `{role}` |" in read("docs/operations.md")
