"""size: files and functions stay small enough to be read in one go."""

import ast
from collections.abc import Iterator, Sequence

from tools.lint.source import Source, Violation

NAME = "size"
FILE_LINES = {".py": 500, ".js": 500, ".html": 150}
FUNCTION_LINES = 60


def check(sources: Sequence[Source]) -> Iterator[Violation]:
    """Files and functions over the limit. Migrations are history, not reading."""
    for source in sources:
        if "migrations" in source.parts:
            continue
        limit = FILE_LINES.get(source.path[source.path.rfind(".") :])
        if limit and len(source.lines) > limit:
            yield Violation(NAME, source.path, 1, f"{len(source.lines)} lines; split it at {limit}")
        for node in source.nodes:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > FUNCTION_LINES:
                    message = f"{node.name} has {length} lines; split it at {FUNCTION_LINES}"
                    yield Violation(NAME, source.path, node.lineno, message)
