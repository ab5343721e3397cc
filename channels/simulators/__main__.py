"""python -m channels.simulators --kind woocommerce --port 9101 --seed 7 --orders-per-minute 6 --catalogue FILE.json."""

import argparse
import json
import time
from pathlib import Path

from channels.simulators.app import Options, build
from channels.simulators.server import HOST, server

_EPOCH = 1_767_225_600  # 2026-01-01: numbers that grow with time never repeat between runs


def main() -> None:
    given = _parser().parse_args()
    app = build(
        Options(
            kind=given.kind,
            seed=given.seed,
            name=given.name,
            first_id=given.first_id or (int(time.time()) - _EPOCH) * 100,
            key=given.key,
            secret=given.secret,
            orders_per_minute=given.orders_per_minute,
            webhook_url=given.webhook_url,
            webhook_secret=given.webhook_secret,
            pickup_points=given.pickup_point,
            state=given.state,
            catalogue=json.loads(given.catalogue.read_text(encoding="utf-8")) if given.catalogue else [],
        )
    )
    print(f"{given.kind} simulator on http://{HOST}:{given.port} (control: /_sim/state)", flush=True)  # noqa: T201 -- the program's own output
    server(app, given.port).run()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m channels.simulators", description="Run a simulated shop.")
    parser.add_argument("--kind", required=True, choices=("woocommerce", "shopify"))
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1, help="the same seed draws the same customers and baskets")
    parser.add_argument("--name", default="", help="the shop's name")
    parser.add_argument("--first-id", type=int, default=0, help="the first order number; by default it grows with time")
    parser.add_argument("--key", default="ck_simulated", help="consumer key, or access token")
    parser.add_argument("--secret", default="cs_simulated", help="consumer secret, or client secret")
    parser.add_argument("--orders-per-minute", type=float, default=0.0)
    parser.add_argument("--catalogue", type=Path, help='JSON: [{"sku", "name", "price", "barcode", "stock", "parent"}]')
    parser.add_argument("--state", type=Path, help="keep the shop in this file between runs")
    parser.add_argument("--pickup-point", action="append", default=[], help="a store where customers collect; repeat")
    parser.add_argument("--webhook-url", default="")
    parser.add_argument("--webhook-secret", default="")
    return parser


if __name__ == "__main__":
    main()
