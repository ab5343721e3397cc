"""An order with a kit: the page speaks of what was sold, the work of what is prepared."""

from __future__ import annotations

import html
import re

import pytest

from oms.orders.models import KitLine, UnitGroup
from tests.factories import make_kit, make_sku, make_stock

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def sold(place, network, now):
    tin = make_sku("TIN", name="Boîte Groix")
    make_stock(tin, network.rennes, 5, now=now)
    return place((make_kit("GIFT", (network.mug, 1), (tin, 1), name="Coffret cadeau"), 2))


def text(response) -> str:
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def test_the_page_shows_the_kit_with_its_components(sold, signed_in):
    page = text(signed_in("MANAGER").get(f"/orders/{sold.number}/"))

    assert "Coffret cadeau GIFT 2 × €10.00" in page
    assert "2 × Mug Ouessant (MUG) 2 × Boîte Groix (TIN)" in page
    assert "MUG · part of Coffret cadeau" in page
    assert "2 items €20.00" in page


def test_kits_are_cancelled_whole_on_the_page(sold, signed_in):
    client, kit = signed_in("MANAGER"), KitLine.objects.get()
    asked = client.get(f"/orders/{sold.number}/cancel/").content.decode()
    version = re.search(r'name="version" value="(\d+)"', asked)[1]
    assert re.findall(r'name="(line-[^"]+)"', asked) == [f"line-{kit.pk}"]

    client.post(
        f"/orders/{sold.number}/cancel/", {"version": version, f"line-{kit.pk}": 1, "reason": "CUSTOMER", "comment": ""}
    )

    assert sorted(UnitGroup.objects.filter(state="CANCELLED").values_list("sku__code", "quantity")) == [
        ("MUG", 1),
        ("TIN", 1),
    ]
    assert "1 of 2 cancelled" in text(client.get(f"/orders/{sold.number}/"))
