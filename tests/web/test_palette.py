from types import SimpleNamespace

import pytest
from django.test import RequestFactory
from django.utils import translation

from oms.tenancy.enums import ActorKind
from oms.tenancy.permissions import Permission, permissions_of
from oms.tenancy.types import Access, Actor
from oms.web import navigation, palette
from oms.web.palette import ACTIONS, ORDERS, SKUS, Result

ENTRY = navigation.Entry("start", "Dépôts du réseau", icon="home", permission=Permission.STOCK_READ)


@pytest.fixture(autouse=True)
def _alone(monkeypatch):
    """No room's providers, one page to go to."""
    monkeypatch.setattr(palette, "_PROVIDERS", [])
    monkeypatch.setattr(navigation, "SECTIONS", (navigation.Section("", (ENTRY,)),))
    navigation.address.cache_clear()
    with translation.override("en"):
        yield
    navigation.address.cache_clear()


def asked_by(role="OWNER"):
    request = RequestFactory().get("/palette/")
    request.access = Access(None, Actor(ActorKind.PERSON), permissions_of(role))
    request.user = SimpleNamespace(pk=None)
    return request


def labels(query, role="OWNER"):
    return [
        (found.group.key, [str(result.label) for result in found.results])
        for found in palette.search(asked_by(role), query)
    ]


def order(number, **more):
    return Result(number, f"/orders/{number}/", ORDERS, icon="shopping-cart", **more)


def test_accents_and_case_do_not_matter():
    assert labels("depot RES") == [("go", ["Dépôts du réseau"])]


def test_what_the_role_does_not_open_is_not_offered():
    assert labels("depot", role="STORE_STAFF") == []


def test_an_empty_query_shows_where_one_can_go_and_asks_nobody():
    palette.register(lambda _request, _query: pytest.fail("asked"))

    assert labels("  ") == [("go", ["Dépôts du réseau"])]


def test_providers_are_asked_with_the_clean_query_and_grouped_by_rank():
    seen = []

    def find(_request, query):
        seen.append(query)
        return [Result("MUG", "/skus/mug/", SKUS, icon="tag"), order("CMD-1")]

    palette.register(find)
    palette.register(find)

    assert labels("  mug   blue ") == [("orders", ["CMD-1"]), ("skus", ["MUG"])]
    assert seen == ["mug blue"]


def test_a_provider_is_not_asked_for_who_may_not_see():
    palette.register(lambda _request, _query: [order("CMD-1")], permission=Permission.ORDERS_READ)

    assert labels("cmd", role="STORE_STAFF") == []
    assert labels("cmd") == [("orders", ["CMD-1"])]


def test_an_exact_hit_comes_first():
    palette.register(lambda _request, _query: [order("CMD-10"), order("CMD-1", exact=True)])
    palette.register(lambda _request, _query: [Result("x", "/x/", palette.Group("first", "First", 1), icon="x")])

    assert labels("cmd-1") == [("orders", ["CMD-1", "CMD-10"]), ("first", ["x"])]


def test_no_more_than_a_handful_per_provider():
    palette.register(lambda _request, _query: (order(f"CMD-{n}") for n in range(100)))

    assert len(labels("cmd")[0][1]) == palette.PER_GROUP


def test_the_theme_can_be_switched_from_the_palette():
    found = palette.search(asked_by(), "dark")

    assert [(result.label, result.post) for result in found[0].results] == [("Dark theme", {"theme": "dark"})]
    assert found[0].group is ACTIONS


def test_without_a_script_it_is_a_page(owner):
    page = owner.get("/palette/?q=dark").content.decode()

    assert "<html" in page
    assert 'name="theme" value="dark"' in page


def test_the_dialog_gets_options_alone(owner):
    part = owner.get("/palette/?q=dark", headers={"HX-Request": "true"}).content.decode()

    assert "<html" not in part
    assert 'role="option"' in part
    assert 'data-post="theme=dark"' in part


def test_one_exact_hit_opens_at_once_without_a_script(owner):
    palette.register(lambda _request, _query: [order("CMD-1", exact=True), order("CMD-10")])

    assert owner.get("/palette/?q=CMD-1").url == "/orders/CMD-1/"


def test_nothing_found_says_so(owner):
    assert "No result" in owner.get("/palette/?q=zzzz").content.decode()
