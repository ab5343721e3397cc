"""orm-write: rows are written in `services` and nowhere else."""

from collections.abc import Iterator, Sequence

from tools.lint.source import WRITERS, Source, Violation, calls, chain

NAME = "orm-write"
ALWAYS = frozenset({"save", "asave", "bulk_create", "bulk_update", "get_or_create", "update_or_create"})
ON_QUERYSETS = frozenset({"create", "update", "delete"})
QUERYSET_MARKS = frozenset(
    {"objects", "_base_manager", "_default_manager", "filter", "exclude", "select_for_update", "all_objects", "using"}
)


def check(sources: Sequence[Source]) -> Iterator[Violation]:
    """Writes outside the folders made for them."""
    for source in sources:
        if not source.is_product or source.parts & WRITERS or source.is_under("channels/simulators", "oms/local"):
            continue
        for call, method in calls(source):
            receiver = set(chain(call.func)[:-1])
            if method in ALWAYS or (method in ON_QUERYSETS and receiver & QUERYSET_MARKS):
                yield Violation(NAME, source.path, call.lineno, f".{method}() belongs in a service; call one instead")
