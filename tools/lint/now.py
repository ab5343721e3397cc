"""now: below the entry points the clock is a parameter, so that decisions can be repeated and tested."""

from collections.abc import Iterator, Sequence

from tools.lint.source import Source, Violation, calls, chain

NAME = "now"
TIMELESS = frozenset({"rules", "services", "queries"})
CLOCKS = frozenset(
    {
        ("timezone", "now"),
        ("timezone", "localdate"),
        ("timezone", "localtime"),
        ("datetime", "now"),
        ("datetime", "utcnow"),
        ("datetime", "today"),
        ("date", "today"),
        ("time", "time"),
    }
)


def check(sources: Sequence[Source]) -> Iterator[Violation]:
    """Clocks read inside rules, services and queries."""
    for source in sources:
        if not source.is_product or not source.parts & TIMELESS or source.is_under("oms/local", "channels/simulators"):
            continue
        for call, _method in calls(source):
            if tuple(chain(call.func)[-2:]) in CLOCKS and not (call.args and chain(call.func)[-1] != "now"):
                yield Violation(NAME, source.path, call.lineno, "take `now` as a parameter")
