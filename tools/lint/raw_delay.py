"""raw-delay: what must happen after a change is an event; only the event log hands tasks to the broker."""

from collections.abc import Iterator, Sequence

from tools.lint.source import Source, Violation, calls

NAME = "raw-delay"
SENDERS = frozenset({"delay", "apply_async", "send_task", "delay_on_commit"})


def check(sources: Sequence[Source]) -> Iterator[Violation]:
    """Tasks sent straight to the broker."""
    for source in sources:
        if not source.is_product or source.is_under("oms/events"):
            continue
        for call, method in calls(source):
            if method in SENDERS:
                yield Violation(NAME, source.path, call.lineno, f".{method}() fails with the broker; record an event")
