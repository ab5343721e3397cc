"""get-model: looking a model up by name hides a dependency from the layers; only migrations may."""

from collections.abc import Iterator, Sequence

from tools.lint.source import Source, Violation, calls, chain

NAME = "get-model"
GLOBAL_REGISTRY = (["apps", "get_model"], ["django", "apps", "apps", "get_model"])


def check(sources: Sequence[Source]) -> Iterator[Violation]:
    """`apps.get_model` outside migrations."""
    for source in sources:
        if not source.is_product or "migrations" in source.parts:
            continue
        for call, _method in calls(source):
            if chain(call.func) in GLOBAL_REGISTRY:
                yield Violation(NAME, source.path, call.lineno, "import the model; get_model hides who depends on whom")
