"""The list page through its address: filters, views, pages, acts on the selection, export."""

import csv
import io
import re
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from oms.tenancy.context import tenant_scope
from oms.tenancy.models import AuditEntry, SavedView
from oms.tenancy.services import audit
from oms.tenancy.types import SYSTEM
from tests.web.conftest import make_person, signed_in

URL = "/test/audit/"
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"


def make_rows(tenant, count=12, *, kind="order", action="row.made", object_id="CMD-{}"):
    with tenant_scope(tenant.pk):
        return [
            audit(action=action, object_type=kind, object_id=object_id.format(n), actor=SYSTEM, amount=n)
            for n in range(count)
        ]


def text(response):
    return response.content.decode()


def shown(response):
    """The objects in the table, in order."""
    return re.findall(r'<td class="bt-p2">(.*?)</td>', text(response))


def link(response, which):
    found = re.search(rf'rel="{which}" href="([^"]+)"', text(response))
    return found[1].replace("&amp;", "&") if found else None


@pytest.fixture
def rows(tenants):
    """Twelve of the first tenant's, and some of the second's that must never be seen."""
    made = make_rows(tenants[0])
    make_rows(tenants[1], 3, object_id="SECRET-{}")
    return made


def test_pages_go_through_every_row_once(owner, rows):
    seen, address = [], URL + "?kind=order"
    while address:
        response = owner.get(address)
        seen += shown(response)
        following = link(response, "next")
        address = URL + following if following else None

    assert seen == [f"CMD-{n}" for n in range(11, -1, -1)]
    assert "SECRET" not in text(owner.get(URL))


def test_previous_comes_back_to_the_same_page(owner, rows):
    first = owner.get(URL + "?kind=order")
    second = owner.get(URL + link(first, "next"))

    assert shown(owner.get(URL + link(second, "prev"))) == shown(first)


def test_a_place_that_no_longer_exists_shows_the_first_page_and_says_so(owner, rows):
    response = owner.get(URL + "?kind=order&after=nonsense")

    assert shown(response)[0] == "CMD-11"
    assert "This place in the pages no longer exists" in text(response)


@pytest.mark.parametrize(
    ("query", "objects"),
    [
        ("?object=CMD-3", {"CMD-3"}),
        ("?object=CMD-3,CMD-4&kind=order", {"CMD-3", "CMD-4"}),
        ("?object=CMD-3&kind=tenant", set()),
        ("?q=CMD-7", {"CMD-7"}),
        ("?at=today&object=CMD-1", {"CMD-1"}),
        ("?at=yesterday&object=CMD-1", set()),
    ],
)
def test_values_of_one_filter_mean_or_and_filters_mean_and(owner, rows, query, objects):
    assert set(shown(owner.get(URL + query))) == objects


def test_a_filter_in_use_is_a_chip_that_can_be_removed(owner, rows):
    response = owner.get(URL + "?kind=order&q=CMD")
    removed = re.search(r'bt-chip-x" href="([^"]+)"', text(response))[1]

    assert removed == "?q=CMD"
    assert "Remove the filter Kind" in text(response)


def test_what_means_nothing_is_left_out_and_reported(owner, rows):
    response = owner.get(URL + "?kind=nothing&object=CMD-3")

    assert shown(response) == ["CMD-3"]
    assert "Kind has no value “nothing”. This filter was left out." in text(response)


@pytest.mark.parametrize(("sort", "first"), [("action", "row.made"), ("-action", "row.made"), ("nonsense", "row.made")])
def test_sorting(owner, rows, sort, first):
    response = owner.get(URL + f"?kind=order&sort={sort}")

    assert response.status_code == 200
    assert first in text(response)


def test_the_head_that_sorts_says_so_and_turns(owner, rows):
    page = text(owner.get(URL))

    assert 'aria-sort="descending"' in page
    assert re.search(r'href="\?sort=at"[^>]*id="list-audit-sort-at"', page)
    assert re.search(r'href="\?sort=action"[^>]*id="list-audit-sort-action"', page)


def test_columns_are_chosen_and_the_first_stays(owner, rows):
    page = text(owner.get(URL + "?cols=kind&cols=nonsense&kind=order"))
    heads = re.findall(r"<th scope=\"col\"[^>]*>(.*?)</th>", page, re.DOTALL)

    assert [re.sub(r"<[^>]+>", "", head).strip() for head in heads] == ["", "Action", "Kind"]


def test_the_density_is_remembered_on_the_device(owner, rows):
    assert 'data-density="compact"' in text(owner.get(URL + "?density=compact"))
    assert 'data-density="compact"' in text(owner.get(URL))
    assert 'data-density="compact"' in text(owner.get(URL + "?density=enormous"))


def test_htmx_gets_the_list_alone(owner, rows):
    response = owner.get(URL, headers={"HX-Request": "true"})

    assert "<html" not in text(response)
    assert 'id="list-audit"' in text(response)


def test_going_back_in_history_gets_the_whole_page(owner, rows):
    response = owner.get(URL, headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})

    assert "<html" in text(response)


def test_counters_are_polled_for_nothing_while_nothing_changes(owner, rows):
    first = owner.get(URL + "?part=counters")
    again = owner.get(URL + "?part=counters", headers={"If-None-Match": first["ETag"]})
    with tenant_scope(rows[0].tenant_id):
        audit(action="x", object_type="order", object_id="new", actor=SYSTEM)
    changed = owner.get(URL + "?part=counters", headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, changed.status_code) == (200, 304, 200)
    assert again.content == b""


def test_a_counter_switches_its_filter_on_and_off(owner, rows):
    off = text(owner.get(URL + "?q=CMD"))
    on = text(owner.get(URL + "?q=CMD&kind=order"))

    assert 'href="?q=CMD&amp;kind=order"' in off
    assert re.search(r'class="bt-counter" href="\?q=CMD" aria-current="true"', on)


def test_an_empty_list_says_what_it_is_for(owner, tenants):
    assert "Nothing happened yet" not in text(owner.get(URL + "?q=no-such-thing"))
    assert "No row matches" in text(owner.get(URL + "?q=no-such-thing"))
    assert "There is nothing here yet" in text(owner.get("/test/keys/"))


def test_the_number_of_queries_does_not_grow_with_the_rows(owner, tenants, django_assert_num_queries):
    make_rows(tenants[0], 1)
    owner.get(URL)
    with django_assert_num_queries(13):
        owner.get(URL + "?kind=order")
    make_rows(tenants[0], 5)
    with django_assert_num_queries(13):
        owner.get(URL + "?kind=order")


class TestSavedViews:
    def save(self, client, name="Mine", query="kind=order", **more):
        data = {"page": "audit", "name": name, "query": query, "next": URL, **more}
        return client.post(reverse("web:save-view"), data)

    def test_a_view_keeps_filters_and_becomes_a_tab(self, owner, rows):
        response = self.save(owner)
        page = owner.get(response.url)

        assert response.url.startswith(URL + "?kind=order&view=")
        assert re.search(r'aria-current="page">Mine<', text(page))
        assert "Save the view" not in text(page)

    def test_a_view_whose_filters_changed_can_be_saved_again(self, owner, rows):
        address = self.save(owner).url

        assert "Save the view" in text(owner.get(address + "&q=CMD"))

    def test_an_own_view_is_nobody_elses(self, owner, rows, tenants):
        colleague = signed_in(make_person(tenants[0], "MANAGER"), tenants[0])
        self.save(owner)
        self.save(owner, name="Ours", shared="on")

        page = text(colleague.get(URL))

        assert "Mine" not in page
        assert "Ours" in page

    def test_a_view_of_another_tenant_cannot_be_deleted(self, owner, tenants):
        stranger = signed_in(make_person(tenants[1]), tenants[1])
        self.save(owner)
        with tenant_scope(tenants[0].pk):
            kept = SavedView.objects.get()

        response = stranger.post(reverse("web:delete-view", args=[kept.pk]), {"next": URL})

        with tenant_scope(tenants[0].pk):
            assert (response.status_code, SavedView.objects.count()) == (404, 1)

    def test_a_view_is_deleted(self, owner, tenants):
        self.save(owner)
        with tenant_scope(tenants[0].pk):
            kept = SavedView.objects.get()

        response = owner.post(reverse("web:delete-view", args=[kept.pk]), {"next": URL + "?view=x"})

        with tenant_scope(tenants[0].pk):
            assert (response.url, SavedView.objects.count()) == (URL, 0)

    def test_a_view_needs_a_name_and_never_leads_away(self, owner, tenants):
        response = self.save(owner, name=" ", next="https://elsewhere.example/")

        with tenant_scope(tenants[0].pk):
            assert (response.url, SavedView.objects.count()) == ("/", 0)

    def test_the_tab_of_the_system_whose_filters_are_on_is_marked(self, owner, rows):
        assert re.search(r'aria-current="page">Orders<', text(owner.get(URL + "?kind=order")))
        assert re.search(r'aria-current="page">All<', text(owner.get(URL)))


class TestBulk:
    def marked(self, tenant):
        with tenant_scope(tenant.pk):
            found = AuditEntry.objects.filter(action="row.marked")
            return sorted(found.values_list("object_id", flat=True)), {row.data["note"] for row in found}

    def test_the_selected_rows(self, owner, rows, tenants):
        response = owner.post(URL, {"action": "mark", "id": [str(rows[0].pk), str(rows[3].pk)], "query": "kind=order"})

        assert response.url == f"{URL}?kind=order"
        assert self.marked(tenants[0])[0] == ["CMD-0", "CMD-3"]

    def test_all_that_the_filters_match(self, owner, rows, tenants):
        owner.post(URL, {"action": "mark", "all": "1", "query": "object=CMD-1,CMD-2,CMD-9", "id": [str(rows[0].pk)]})

        assert self.marked(tenants[0])[0] == ["CMD-1", "CMD-2", "CMD-9"]

    def test_rows_of_another_tenant_are_not_touched(self, owner, rows, tenants):
        with tenant_scope(tenants[1].pk):
            foreign = str(AuditEntry.objects.filter(object_id="SECRET-0").get().pk)

        owner.post(URL, {"action": "mark", "id": [foreign]})

        assert self.marked(tenants[0])[0] == []
        assert self.marked(tenants[1])[0] == []

    def test_what_is_refused_is_listed_with_its_reason(self, owner, tenants):
        kept = make_rows(tenants[0], 1, kind="tenant", object_id="T-{}")

        response = owner.post(URL, {"action": "mark", "id": [str(kept[0].pk)]}, follow=True)

        assert "T-0: A tenant cannot be marked." in text(response)

    def test_an_act_with_a_form_asks_first(self, owner, rows, tenants):
        asked = owner.post(URL, {"action": "note", "id": [str(rows[0].pk)], "query": "kind=order"})

        assert "It cannot be undone." in text(asked)
        assert "1 row is selected." in text(asked)
        assert self.marked(tenants[0])[0] == []

    def test_a_form_with_mistakes_comes_back_and_nothing_is_done(self, owner, rows, tenants):
        asked = owner.post(URL, {"action": "note", "id": [str(rows[0].pk)], "confirmed": "1", "note": ""})

        assert asked.status_code == 422
        assert self.marked(tenants[0])[0] == []

    def test_a_confirmed_form_acts(self, owner, rows, tenants):
        owner.post(URL, {"action": "note", "id": [str(rows[0].pk)], "confirmed": "1", "note": "fragile"})

        assert self.marked(tenants[0]) == (["CMD-0"], {"fragile"})

    @pytest.mark.parametrize(
        ("data", "status"), [({"action": "none"}, 422), ({"action": "mark", "id": "1; DROP TABLE"}, 422)]
    )
    def test_nonsense_is_refused(self, owner, rows, data, status):
        assert owner.post(URL, data).status_code == status

    def test_nothing_selected_is_said(self, owner, rows):
        assert "Select at least one row first." in text(owner.post(URL, {"action": "mark"}, follow=True))

    def test_who_may_not_act_does_not_see_the_act_and_cannot_do_it(self, analyst, rows, tenants):
        assert 'value="mark"' not in text(analyst.get(URL))
        assert analyst.post(URL, {"action": "mark", "id": [str(rows[0].pk)]}).status_code == 403
        assert self.marked(tenants[0])[0] == []


class TestExport:
    def read(self, response, delimiter=","):
        content = b"".join(response.streaming_content).decode()
        assert content.startswith(BOM)
        return list(csv.reader(io.StringIO(content.removeprefix(BOM)), delimiter=delimiter))

    def test_every_row_that_matches_in_the_columns_shown(self, owner, rows):
        table = self.read(owner.get(URL + "?kind=order&cols=object&export=csv"))

        assert table[0] == ["Action", "Object"]
        assert [line[1] for line in table[1:]] == [f"CMD-{n}" for n in range(11, -1, -1)]

    def test_more_rows_than_one_batch(self, owner, tenants, monkeypatch):
        make_rows(tenants[0], 23)
        monkeypatch.setattr("oms.web.lists.export.BATCH", 5)

        assert len(self.read(owner.get(URL + "?kind=order&export=csv"))) == 24

    def test_french_spreadsheets_get_semicolons(self, french, rows):
        table = self.read(french.get(URL + "?kind=order&cols=object&export=csv"), ";")

        assert table[1] == ["row.made", "CMD-11"]

    @pytest.mark.parametrize("value", ["=1+1", "+33612345678", "-2", "@SUM(A1)", "\tx", "\rx"])
    def test_text_never_becomes_a_formula(self, owner, tenants, value):
        make_rows(tenants[0], 1, object_id=value)

        table = self.read(owner.get(URL + "?kind=order&cols=object&export=csv"))

        assert table[1][1].startswith("'")

    def test_it_leaves_a_line_in_the_audit_trail(self, owner, rows, tenants):
        self.read(owner.get(URL + "?kind=order&export=csv"))

        with tenant_scope(tenants[0].pk):
            line = AuditEntry.objects.get(action="list.exported")
        assert (line.object_id, line.data["query"]) == ("audit", "?kind=order")

    def test_who_may_not_export_personal_data_cannot(self, analyst, rows):
        assert "export=csv" not in text(analyst.get(URL))
        assert analyst.get(URL + "?export=csv").status_code == 403


def test_dates_are_exported_in_the_zone_of_the_tenant(owner, rows):
    table = TestExport().read(owner.get(URL + "?object=CMD-0&export=csv"))

    assert table[1][1] == f"{rows[0].at.astimezone(ZoneInfo('Europe/Paris')):%Y-%m-%d %H:%M:%S}"
