"""Guards against a slow engine, several times looser than what it does (`make bench` has the real figures)."""

from datetime import timedelta
from random import Random
from time import process_time

from orchestration.rules.engine import plan
from orchestration.rules.rulesets import default_ruleset
from tests.orchestration.rules_world import NOW, network, order, place

PLACES = [
    place(f"L{index:03}", latitude=43 + index % 23 / 4, longitude=index % 19 / 3, daily_capacity=10_000)
    for index in range(500)
]


def world(places, skus, density):
    random = Random(7)
    stock = {
        f"SKU-{number}": {each.code: random.randint(1, 40) for each in places if random.random() < density}
        for number in range(skus)
    }
    return network(places, stock)


def batch(size, skus, lines):
    random = Random(11)
    return [
        order(
            {f"SKU-{number}": random.randint(1, 2) for number in random.sample(range(skus), lines)},
            f"{random.randint(1, 95):02}000",
            number=f"CMD-{index}",
            received_at=NOW + timedelta(seconds=index),
        )
        for index in range(size)
    ]


def seconds(work):
    begin = process_time()
    work()
    return process_time() - begin


def best_of_three(work):
    return min(seconds(work) for _ in range(3))


def test_a_batch_over_thirty_locations():
    snapshot, orders = world(PLACES[:30], 200, 0.7), batch(300, 200, 2)

    assert best_of_three(lambda: plan(orders, snapshot, default_ruleset())) < 0.3


def test_the_decisions_of_a_batch():
    plans = plan(batch(50, 200, 2), world(PLACES[:30], 200, 0.7), default_ruleset())

    assert seconds(lambda: [made.decision.to_record() for made in plans]) < 0.5


def test_one_order_over_five_hundred_locations():
    snapshot, orders = world(PLACES, 3, 0.5), batch(1, 3, 3)

    assert best_of_three(lambda: plan(orders, snapshot, default_ruleset())) < 0.05


def test_a_hard_split_over_five_hundred_locations():
    snapshot, orders = world(PLACES, 10, 0.02), batch(1, 10, 10)

    assert best_of_three(lambda: plan(orders, snapshot, default_ruleset())) < 0.3
