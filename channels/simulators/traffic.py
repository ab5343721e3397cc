"""Customers who come by themselves."""

import asyncio
import random

from channels.simulators.shop import Shop

_TICK_SECONDS = 0.25


class Traffic:
    """So many orders a minute, at irregular moments."""

    def __init__(self, shop: Shop, *, orders_per_minute: float = 0.0, seed: int = 1) -> None:
        self.orders_per_minute = orders_per_minute
        self._shop = shop
        self._rng = random.Random(seed)

    async def run(self) -> None:
        """Sell until cancelled."""
        while True:
            await asyncio.sleep(_TICK_SECONDS)
            self.tick(_TICK_SECONDS)

    def tick(self, seconds: float) -> int:
        """The orders of so many seconds, of which one may be there or not; none while everything is sold out."""
        expected = self.orders_per_minute * seconds / 60
        whole = int(expected)
        number = whole + (self._rng.random() < expected - whole)
        sold = 0
        while sold < number and self._shop.in_stock():
            self._shop.place_order({})
            sold += 1
        return sold
