"""What a query costs, and the bucket it is taken from: an object 1 point, a connection as many as it asks for."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_named_type,
)

MOST = 1000
_CONNECTION = "Connection"
_MUTATION_COST = 10


@dataclass(slots=True)
class Bucket:
    """Points that come back with time."""

    maximum: float = 2000.0
    restore_rate: float = 100.0
    available: float = 2000.0
    clock: Callable[[], float] = time.monotonic
    _at: float = field(default=0.0)

    def take(self, cost: float) -> bool:
        self._refill()
        if cost > self.available:
            return False
        self.available -= cost
        return True

    def give_back(self, unused: float) -> None:
        self.available = min(self.available + max(unused, 0.0), self.maximum)

    def status(self) -> dict[str, float]:
        self._refill()
        return {
            "maximumAvailable": self.maximum,
            "currentlyAvailable": int(self.available),
            "restoreRate": self.restore_rate,
        }

    def _refill(self) -> None:
        now = self.clock()
        if self._at:
            self.available = min(self.available + (now - self._at) * self.restore_rate, self.maximum)
        self._at = now


class Pricing:
    """The cost of a document before it runs."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode, variables: dict[str, Any]) -> None:
        self._schema = schema
        self._variables = variables
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._operations = [each for each in document.definitions if isinstance(each, OperationDefinitionNode)]

    def requested(self) -> int:
        total = 0
        for operation in self._operations:
            root = self._schema.get_root_type(operation.operation)
            fixed = _MUTATION_COST if operation.operation.value == "mutation" else 0
            total += fixed + self._selection(operation.selection_set, root, self._ids())
        return total

    def _ids(self) -> int:
        """`nodes` costs once per id asked."""
        ids = self._variables.get("ids")
        return len(ids) if isinstance(ids, list) else 1

    def _selection(self, selection: SelectionSetNode | None, parent: Any, ids: int) -> int:
        if selection is None:
            return 0
        total = 0
        for each in selection.selections:
            if isinstance(each, FieldNode):
                total += self._field(each, parent, ids)
            elif isinstance(each, InlineFragmentNode):
                inner = self._schema.get_type(each.type_condition.name.value) if each.type_condition else parent
                total += self._selection(each.selection_set, inner, ids)
            elif isinstance(each, FragmentSpreadNode):
                fragment = self._fragments[each.name.value]
                inner = self._schema.get_type(fragment.type_condition.name.value)
                total += self._selection(fragment.selection_set, inner, ids)
        return total

    def _field(self, node: FieldNode, parent: Any, ids: int) -> int:
        definition = getattr(parent, "fields", {}).get(node.name.value)
        if definition is None or node.selection_set is None:
            return 0
        kind = get_named_type(definition.type)
        inner = self._selection(node.selection_set, kind, ids)
        if isinstance(kind, GraphQLObjectType) and kind.name.endswith(_CONNECTION):
            return 2 + inner * max(self._first(node), 1)
        return (1 + inner) * (ids if node.name.value == "nodes" and parent is self._schema.query_type else 1)

    def _first(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "first":
                if isinstance(argument.value, IntValueNode):
                    return int(argument.value.value)
                if isinstance(argument.value, VariableNode):
                    return int(self._variables.get(argument.value.name.value) or 0)
        return 0


def actual(data: Any) -> int:
    """The cost of what was answered: its objects."""
    if isinstance(data, dict):
        return 1 + sum(actual(each) for each in data.values())
    return sum(actual(each) for each in data) if isinstance(data, list) else 0
