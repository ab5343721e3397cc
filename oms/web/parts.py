"""What views hand to components that show a sequence: steps, timeline, formula, segments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Step:
    """One step of `<c-stepper>` or `<c-track>`."""

    label: StrOrPromise
    done: bool = False
    current: bool = False
    icon: str = ""
    note: StrOrPromise = ""


def steps(labels: Sequence[StrOrPromise], current: int) -> list[Step]:
    """Steps of which those before `current` are done; a current beyond the last one means that all are."""
    return [Step(label, done=index < current, current=index == current) for index, label in enumerate(labels)]


@dataclass(frozen=True, slots=True)
class Moment:
    """One entry of `<c-timeline>`. `id` makes it linkable; `more` is folded technical text."""

    title: StrOrPromise
    at: datetime
    icon: str
    tone: str = ""
    text: StrOrPromise = ""
    actor: StrOrPromise = ""
    id: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """One term of `<c-formula>`: `sign` stands before it; the result is marked."""

    value: str
    label: StrOrPromise
    sign: str = ""
    result: bool = False


@dataclass(frozen=True, slots=True)
class Segment:
    """One choice of `<c-segment>`."""

    label: StrOrPromise
    href: str
    current: bool = False
