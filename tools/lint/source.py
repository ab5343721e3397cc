"""A file as the rules see it: parsed once, with its place in the repository."""

import ast
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath

WRITERS = frozenset({"services", "migrations"})


@dataclass(frozen=True)
class Violation:
    """One breach of one rule."""

    rule: str
    path: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.rule}: {self.message}"


@dataclass(frozen=True)
class Source:
    """One file: its path from the root of the repository, and its text."""

    path: str
    text: str

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path) if self.is_python else ast.Module([], [])

    @cached_property
    def nodes(self) -> list[ast.AST]:
        return list(ast.walk(self.tree))

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @cached_property
    def parts(self) -> frozenset[str]:
        """The folders on the way and the file's own name without its ending."""
        path = PurePosixPath(self.path)
        return frozenset([*path.parts[:-1], path.stem])

    @property
    def is_product(self) -> bool:
        """Whether the file runs in production, as opposed to tests, benchmarks and tools."""
        return self.is_python and PurePosixPath(self.path).parts[0] not in {"tests", "bench", "tools", "scripts"}

    def is_under(self, *folders: str) -> bool:
        """Whether the file lies in one of these folders."""
        return any(PurePosixPath(self.path).is_relative_to(folder) for folder in folders)


Check = Callable[[Sequence[Source]], Iterator[Violation]]


def calls(source: Source) -> Iterator[tuple[ast.Call, str]]:
    """Every call of a method, with the method's name."""
    for node in source.nodes:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            yield node, node.func.attr


def chain(node: ast.expr) -> list[str]:
    """The names of a dotted expression, calls included: `A.objects.filter(x).get` gives A, objects, filter, get."""
    names: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            names.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call | ast.Subscript):
            node = node.func if isinstance(node, ast.Call) else node.value
        else:
            if isinstance(node, ast.Name):
                names.append(node.id)
            return names[::-1]
