"""kind-exists: a subscriber names only kinds of event that some room declares."""

import ast
from collections.abc import Iterator, Sequence

from tools.lint.source import Source, Violation, chain

NAME = "kind-exists"


def check(sources: Sequence[Source]) -> Iterator[Violation]:
    """Literal kinds that nobody declares, and kinds declared twice."""
    product = [source for source in sources if source.is_product]
    declared: dict[str, str] = {}
    for source in product:
        for call, kind in _literals(source, "declare"):
            if kind in declared:
                yield Violation(NAME, source.path, call.lineno, f"{kind} is declared in {declared[kind]} already")
            declared[kind] = source.path
    for source in product:
        for call, kind in _literals(source, "subscribe"):
            if kind not in declared:
                yield Violation(NAME, source.path, call.lineno, f"no room declares an event {kind}")


def _literals(source: Source, function: str) -> Iterator[tuple[ast.Call, str]]:
    for node in source.nodes:
        if not isinstance(node, ast.Call) or chain(node.func)[-1:] != [function]:
            continue
        kinds = node.args[:1] if function == "declare" else node.args
        for argument in kinds:
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                yield node, argument.value
