"""unscoped: only the rooms that build the walls may look over them."""

import ast
from collections.abc import Iterator, Sequence

from tools.lint.source import Source, Violation

NAME = "unscoped"
DOORS = frozenset({"_base_manager", "_default_manager", "scopes_disabled", "disable_scopes"})
BUILDERS = ("oms/events", "oms/tenancy")


def check(sources: Sequence[Source]) -> Iterator[Violation]:
    """Managers and contexts that ignore the tenant."""
    for source in sources:
        if not source.is_product or source.is_under(*BUILDERS):
            continue
        for node in source.nodes:
            name = node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
            if name in DOORS and isinstance(node, ast.expr):
                yield Violation(NAME, source.path, node.lineno, f"{name} sees every tenant; use a scoped manager")
