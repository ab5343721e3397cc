"""The sourcing engine: plans for a batch of orders, as a pure function of orders, snapshot and rules."""

from collections.abc import Iterator, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

from orchestration.enums import AfterAction
from orchestration.rules.compiled import CompiledRule
from orchestration.rules.conditions import holds
from orchestration.rules.decisions import Decision
from orchestration.rules.explain import explain
from orchestration.rules.fields import Facts
from orchestration.rules.network import Network
from orchestration.rules.reasons import why_unplaced
from orchestration.rules.sourcing import attempt
from orchestration.rules.story import Ask, Story, Trial, Wanting
from orchestration.types import Assignment, OrderView, Plan, Ruleset, Snapshot


def plan(orders: Sequence[OrderView], snapshot: Snapshot, ruleset: Ruleset | Sequence[Ruleset]) -> list[Plan]:
    """Place the units of each order, by the first ruleset that accepts it.

    Orders are served by priority (highest first), then age, then id, whatever the order of the argument; plans come
    back in that order. Each takes its stock and one unit of capacity per location from the snapshot, in memory, so a
    batch never plans more than there is. Every unit is assigned or parked with its reason. Raises ValueError for an
    order given twice or a quantity below one.
    """
    rulesets = (ruleset,) if isinstance(ruleset, Ruleset) else tuple(ruleset)
    ranked = sorted(orders, key=lambda order: (-order.priority, order.received_at, order.id.int))
    _refuse_nonsense(ranked)
    skus = (line.sku_id for order in ranked for line in order.lines)
    planner = _Planner(Network(snapshot, skus), rulesets)
    return [planner.plan(order) for order in ranked]


class _Explanation:
    """Works out the decision of a story once, when somebody reads it."""

    __slots__ = ("_decision", "_story")

    def __init__(self, story: Story) -> None:
        self._story = story
        self._decision: Decision | None = None

    def __call__(self) -> Decision:
        if self._decision is None:
            self._decision = explain(self._story)
        return self._decision


class _Planner:
    """The rulesets made ready for one network."""

    def __init__(self, network: Network, rulesets: Sequence[Ruleset]) -> None:
        self._network = network
        self._rulesets = [
            (
                ruleset,
                ZoneInfo(ruleset.time_zone),
                [CompiledRule(rule, position, network) for position, rule in enumerate(ruleset.rules, start=1)],
            )
            for ruleset in rulesets
        ]

    def plan(self, order: OrderView) -> Plan:
        self._network.open_to(order)
        story = Story(order, self._network)
        wanting = [Wanting(line, line.quantity) for line in order.lines]
        for ruleset, zone, rules in self._rulesets:
            facts = Facts(order, self._network.now, zone)
            if holds(ruleset.when, facts):
                story.ruleset = ruleset
                self._follow(story, rules, facts, wanting)
                break
        left = [item for item in wanting if item.quantity]
        if left:
            story.parked = why_unplaced(story, left)
        return Plan(order.id, tuple(story.assignments), story.parked, _Explanation(story))

    def _follow(self, story: Story, rules: Sequence[CompiledRule], facts: Facts, wanting: Sequence[Wanting]) -> None:
        """Try the rules in order until every unit has a location or a rule says what to do with the rest."""
        taken: set[int] = set()
        for rule in rules:
            if not holds(rule.rule.when, facts):
                story.skipped.append(rule.rule.name)
                continue
            asks = _asks(wanting)
            if not asks:
                return
            trial = attempt(rule, story.order, asks, frozenset(taken))
            story.trials.append(trial)
            self._apply(trial, story, wanting, taken)
            if rule.rule.after is not AfterAction.NEXT_RULE:
                story.action = rule.rule.after
                return

    def _apply(self, trial: Trial, story: Story, wanting: Sequence[Wanting], taken: set[int]) -> None:
        """Take what the trial chose out of the network, and share it among the order's lines."""
        for index, share in trial.choice.shares.items():
            location_id = self._network.locations[index].id
            for ask, quantity in zip(trial.asks, share, strict=True):
                if quantity:
                    fenced = self._network.take(index, ask.sku_id, quantity)
                    story.assignments.extend(_assign(location_id, ask.sku_id, quantity, fenced, wanting))
            if index not in taken:
                taken.add(index)
                self._network.occupy(index)


def _asks(wanting: Sequence[Wanting]) -> list[Ask]:
    """Add up what the order still wants, by SKU, in the order of its lines."""
    asks: dict[UUID, Ask] = {}
    for item in wanting:
        if not item.quantity:
            continue
        line = item.line
        ask = asks.get(line.sku_id)
        if ask is None:
            asks[line.sku_id] = Ask(line.sku_id, line.sku, item.quantity)
        else:
            ask.quantity += item.quantity
    return list(asks.values())


def _assign(
    location_id: UUID, sku_id: UUID, quantity: int, fenced: int, wanting: Sequence[Wanting]
) -> Iterator[Assignment]:
    for item in wanting:
        if quantity and item.quantity and item.line.sku_id == sku_id:
            taken = min(quantity, item.quantity)
            inside = min(taken, fenced)
            item.quantity -= taken
            quantity -= taken
            fenced -= inside
            yield Assignment(location_id, item.line.unit_group_id, sku_id, taken, inside)


def _refuse_nonsense(orders: Sequence[OrderView]) -> None:
    seen: set[UUID] = set()
    for order in orders:
        if order.id in seen:
            msg = f"Order {order.number} is given twice."
            raise ValueError(msg)
        seen.add(order.id)
        if any(line.quantity < 1 for line in order.lines):
            msg = f"Order {order.number} has a line that asks for less than one unit."
            raise ValueError(msg)
