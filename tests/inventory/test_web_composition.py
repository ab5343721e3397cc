"""What a SKU is made of, written on a page of its own: without JavaScript, and in a browser."""

from __future__ import annotations

import pytest

from inventory.models import KitComponent, Sku
from oms.tenancy.context import tenant_scope
from tests.factories import make_kit, make_sku
from tests.inventory.test_web_kits import stock_kits, text
from tests.web.browser import DESKTOP, PHONE, assert_axe_clean, assert_fits
from tests.web.conftest import make_person, signed_in


@pytest.fixture
def client(tenants):
    return signed_in(make_person(tenants[0], "LOGISTICS"), tenants[0])


@pytest.fixture
def kits(tenant):
    stock_kits()


def sheet(kind: str, *rows: tuple[str, object], initial: int = 0, remove: tuple[int, ...] = ()) -> dict[str, str]:
    """The form as a browser sends it: the rows that were there first, then the others."""
    body = {"kind": kind, "parts-TOTAL_FORMS": str(len(rows)), "parts-INITIAL_FORMS": str(initial)}
    for at, (sku, quantity) in enumerate(rows):
        body |= {f"parts-{at}-sku": sku, f"parts-{at}-quantity": str(quantity)}
    return body | {f"parts-{at}-DELETE": "on" for at in remove}


def parts(code: str) -> dict[str, int]:
    return dict(KitComponent.objects.filter(kit__code=code).values_list("component__code", "quantity"))


def kind_of(code: str) -> str:
    return Sku.objects.get(code=code).kind


def test_components_are_added_changed_and_removed(client, kits):
    make_sku("BOW", name="Ruban")

    answer = client.post(
        "/stock/GIFT/kit/", sheet("VIRTUAL", ("MUG", 3), ("TIN", 1), ("BOW", 2), ("", ""), initial=2, remove=(1,))
    )

    assert answer.status_code == 302
    assert parts("GIFT") == {"MUG": 3, "BOW": 2}
    assert kind_of("GIFT") == "VIRTUAL"


def test_a_simple_sku_becomes_a_kit_and_simple_again(client, kits):
    make_sku("SET", name="Set")
    assert 'value="VIRTUAL"' in client.get("/stock/SET/kit/").content.decode().partition(" checked")[0][-120:]

    client.post("/stock/SET/kit/", sheet("PREPACKED", ("MUG", 2), ("TIN", 1)))
    assert (kind_of("SET"), parts("SET")) == ("PREPACKED", {"MUG": 2, "TIN": 1})

    client.post("/stock/SET/kit/", sheet("SIMPLE", ("MUG", 2), ("TIN", 1), initial=2))
    assert (kind_of("SET"), parts("SET")) == ("SIMPLE", {})


@pytest.mark.parametrize(
    ("code", "body", "words"),
    [
        ("GIFT", sheet("VIRTUAL", ("MUG", 2), ("NONE", 1), initial=2), "Unknown SKU: NONE."),
        ("GIFT", sheet("VIRTUAL", ("PACK", 1), ("TIN", 1), initial=2), "a virtual kit has no stock of its own"),
        ("GIFT", sheet("VIRTUAL", ("MUG", 2), ("MUG", 1), initial=2), "Name each component once."),
        ("GIFT", sheet("VIRTUAL", ("MUG", 0), ("TIN", 1), initial=2), "greater than or equal to 1"),
        ("GIFT", sheet("VIRTUAL", ("MUG", 2), ("TIN", 1), initial=2, remove=(0, 1)), "A kit has 1 to 50 components."),
        ("GIFT", sheet("SIMPLE", ("MUG", 2), ("TIN", 3), initial=2), "A simple SKU has no components."),
        ("MUG", sheet("VIRTUAL", ("TIN", 2)), "MUG has, or had, stock of its own: it cannot be a virtual kit."),
    ],
)
def test_what_cannot_be_is_said_where_it_stands_and_changes_nothing(client, kits, code, body, words):
    make_kit("PACK", (Sku.objects.get(code="MUG"), 1))
    before = parts("GIFT"), parts("MUG")

    answer = client.post(f"/stock/{code}/kit/", body)

    assert answer.status_code == 422
    assert words in text(answer)
    assert (parts("GIFT"), parts("MUG")) == before
    assert kind_of("GIFT") == "VIRTUAL"


def test_an_unknown_component_is_said_at_its_own_row(client, kits):
    page = client.post("/stock/GIFT/kit/", sheet("VIRTUAL", ("MUG", 2), ("NONE", 1), initial=2)).content.decode()

    assert 'id="id_parts-1-sku_error"' in page
    assert 'id="id_parts-0-sku_error"' not in page


def test_who_may_not_change_the_catalogue_sees_no_way_in(tenants, kits):
    analyst = signed_in(make_person(tenants[0], "ANALYST"), tenants[0])

    assert "Change the composition" not in text(analyst.get("/stock/GIFT/"))
    assert analyst.post("/stock/GIFT/kit/", sheet("VIRTUAL", ("TIN", 1))).status_code == 403
    assert parts("GIFT") == {"MUG": 2, "TIN": 1}


def test_a_kit_of_another_tenant_is_not_there(client, tenants):
    with tenant_scope(tenants[1].pk):
        stock_kits()

    assert client.get("/stock/GIFT/kit/").status_code == 404


@pytest.mark.browser
@pytest.mark.parametrize(("language", "size", "theme"), [("en", DESKTOP, "light"), ("fr", PHONE, "dark")], ids=str)
def test_the_page_is_accessible_and_fits(live, open_browser, language, size, theme):
    with tenant_scope(live.tenant.pk):
        stock_kits()
    page = open_browser(language=language, size=size, theme=theme)

    page.goto("/stock/GIFT/kit/")
    assert_axe_clean(page)
    assert_fits(page)
    page.locator("[name=parts-2-sku]").fill("NONE")
    page.locator("[name=parts-2-quantity]").fill("1")
    page.locator("main button[type=submit]").click()
    page.wait_for_selector("#id_parts-2-sku_error")
    assert_axe_clean(page)
    assert_fits(page)
    page.locator("[name=parts-2-sku]").fill("BOX")
    page.locator("[name=parts-1-DELETE]").check()
    page.locator("main button[type=submit]").click()
    page.wait_for_url("**/stock/GIFT/")

    with tenant_scope(live.tenant.pk):
        assert parts("GIFT") == {"MUG": 2, "BOX": 1}
