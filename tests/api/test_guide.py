"""The examples of docs/api.md, run in their order."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from typing import Any

import orjson
from django.conf import settings
from django.test import Client

from oms.rest.schema import document
from tests.api.client import make_key
from tests.support import drain, until_fed

GUIDE = settings.BASE_DIR / "docs" / "api.md"
EXAMPLE = re.compile(r"```sh\n(curl .*?)```\n```json (\d+)\n(.*?)```", re.DOTALL)
ANYTHING = "…"


@dataclass
class Example:
    """A command as the guide shows it, and the answer that it promises."""

    command: str
    status: int
    answer: Any

    def run(self, known: dict[str, str]) -> Any:
        command = re.sub(r"\$([A-Z]+)", lambda found: known[found[1]], self.command)
        method, address, headers, body = "GET", "", {}, None
        words = iter(shlex.split(command)[1:])
        for word in words:
            if word == "-X":
                method = next(words)
            elif word == "-H":
                name, _, value = next(words).partition(": ")
                headers[name] = value
            elif word == "-d":
                body = next(words)
            else:
                address = word
        content = {"data": body, "content_type": "application/json"} if body else {}
        return Client().generic(method, address, headers=headers, **content)


def examples() -> list[Example]:
    found = EXAMPLE.findall(GUIDE.read_text())
    return [
        Example(command, int(status), orjson.loads(answer) if answer.strip() else None)
        for command, status, answer in found
    ]


def compare(told: Any, given: Any, known: dict[str, str], where: str) -> None:
    """Everything that the guide tells is so; what it leaves out may be anything."""
    if told == ANYTHING:
        assert given, where
    elif isinstance(told, str) and told.startswith("$"):
        assert known.setdefault(told[1:], given) == given, where
    elif isinstance(told, dict):
        for name, inner in told.items():
            assert name in given, f"{where}.{name} is missing in {given}"
            compare(inner, given[name], known, f"{where}.{name}")
    elif isinstance(told, list):
        assert len(told) == len(given), f"{where}: {given}"
        for index, inner in enumerate(told):
            compare(inner, given[index], known, f"{where}[{index}]")
    else:
        assert told == given, where


def test_every_example_answers_as_the_guide_says(transactional_db, tenants):
    known = {"BATON": "/api/v1", "KEY": make_key(tenants[0])}
    every = examples()

    for example in every:
        response = example.run(known)
        assert response.status_code == example.status, f"{example.command}\n{response.content.decode()}"
        if example.answer is None:
            assert response.content == b""
        else:
            compare(example.answer, response.json(), known, example.command.split(" -d ")[0])
        drain()
        until_fed()

    # A curl that has no answer beside it would not have been run.
    assert len(every) == GUIDE.read_text().count("\ncurl ") >= 25


def test_the_guide_names_every_resource():
    text = GUIDE.read_text()
    resources = {path.split("/")[3] for path in document()["paths"]}
    assert [name for name in sorted(resources) if f"/{name}" not in text] == []
