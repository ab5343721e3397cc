"""The rules: read in words, drafted, tried, published with a reason, compared and rolled back."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest
from django.db import connection

from oms.tenancy.types import SYSTEM
from orchestration.models import RulesetVersion
from orchestration.queries import live_ruleset
from orchestration.rules.rulesets import default_ruleset, dump_ruleset, parse_ruleset
from orchestration.services import publish_ruleset, save_draft
from orchestration.services.trial import try_order
from orchestration.web.rulesets.diff import Speech, changes_between, checks_of
from orchestration.web.rulesets.forms import RuleForm
from orchestration.web.rulesets.moves import apply_button

pytestmark = pytest.mark.usefixtures("clock")
ENGLISH = Speech("en", "EUR", {})


def text_of(response) -> str:
    main = response.content.decode().partition("<main")[2].partition("</main>")[0]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", main)).split())


def fields_of(page: str) -> dict[str, str]:
    """The draft's form as a browser would send it."""
    form = re.search(r'<form[^>]*id="draft".*?</form>', page, re.DOTALL)[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name = re.search(r'name="([^"]+)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            value = re.search(r'value="([^"]*)"', tag)
            found[name[1]] = html.unescape(value[1]) if value else ("on" if "checkbox" in tag else "")
    for name, body in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        found[name] = re.search(r'value="([^"]*)" selected', body)[1]
    return found


@pytest.fixture
def draft(network) -> RulesetVersion:
    return save_draft(document=dump_ruleset(default_ruleset()), actor=SYSTEM)


def edit(client, draft, button: str = "", **changes):
    """Open the draft, change some fields, press a button."""
    url = f"/rules/{draft.pk}/edit/"
    body = fields_of(client.get(url).content.decode()) | changes
    response = client.post(url, {name: value for name, value in body.items() if value is not None} | {"button": button})
    draft.refresh_from_db()
    return response


def rule_of(draft):
    return parse_ruleset(draft.document).rules[0]


def test_the_rules_in_service_are_read_in_words(network, signed_in):
    page = text_of(signed_in("ANALYST").get("/rules/"))
    french = text_of(signed_in("OWNER", language="fr").get("/rules/"))

    assert "The standard rules are in service until you publish your own." in page
    assert "For every order: among the locations that offer the service asked for" in page
    assert "Open within 72 h" in page
    assert "Distance within 10 km" in page
    assert "Pour toute commande" in french
    assert "New draft" not in page


def test_a_draft_begins_with_the_rules_in_service(network, signed_in):
    client = signed_in("MANAGER")

    response = client.post("/rules/draft/")

    draft = RulesetVersion.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/rules/{draft.pk}/edit/")
    assert (draft.state, draft.author) == ("DRAFT", "Manager Le Goff")
    assert draft.document == dump_ruleset(live_ruleset()[1])


def test_saving_an_untouched_draft_changes_nothing(draft, signed_in):
    before = draft.document

    assert edit(signed_in("MANAGER"), draft).status_code == 302

    assert draft.document == before


def test_limits_splitting_and_tolerance_are_set(draft, signed_in):
    edit(
        signed_in("MANAGER"),
        draft,
        **{
            "r0-hours": "24",
            "r0-km": "150",
            "r0-age": "30",
            "r0-capacity": None,
            "r0-scope": "whole",
            "r0-max_parcels": "2",
            "r0-max_extra_cost": "4.50",
            "r0-tolerance_distance": "25",
            "r0-after": "backorder",
            "r0-name": "Close by",
        },
    )

    assert changes_between(default_ruleset(), parse_ruleset(draft.document), ENGLISH)[0].what == "Rule"
    rule = rule_of(draft)
    assert {item.kind.value: dict(item.params) for item in rule.filters} == {
        "service": {},
        "active": {},
        "stock": {"scope": "whole"},
        "opening": {"within_hours": 24},
        "not_refused": {},
        "max_distance": {"km": Decimal(150)},
        "stock_age": {"max_minutes": 30},
    }
    assert (rule.name, rule.split.max_parcels, rule.split.max_extra_cost) == ("Close by", 2, Decimal("4.50"))
    assert (rule.ranking[1].by.value, rule.ranking[1].tolerance) == ("distance", Decimal(25))
    assert rule.after.value == "backorder"


def test_an_empty_limit_is_no_limit_and_zero_is_now(draft, signed_in):
    edit(signed_in("MANAGER"), draft, **{"r0-hours": ""})
    assert "opening" not in {item.kind.value for item in rule_of(draft).filters}

    edit(signed_in("MANAGER"), draft, **{"r0-hours": "0"})
    assert {"within_hours": 0} in [dict(item.params) for item in rule_of(draft).filters]


def test_buttons_move_add_and_remove_criteria_and_keep_what_was_typed(draft, signed_in):
    client = signed_in("MANAGER")

    moved = edit(client, draft, "up:0:distance", **{"r0-tolerance_distance": "5"})
    assert moved["Location"].endswith("/edit/#rule-0")
    assert [each.by.value for each in rule_of(draft).ranking] == [
        "distance",
        "fewest_parcels",
        "priority",
        "stock_depth",
    ]
    assert rule_of(draft).ranking[0].tolerance == Decimal(5)

    edit(client, draft, "drop:0:priority")
    edit(client, draft, "add:0", **{"add-0": "parcel_cost"})
    edit(client, draft, "down:0:distance")
    assert [each.by.value for each in rule_of(draft).ranking] == [
        "fewest_parcels",
        "distance",
        "stock_depth",
        "parcel_cost",
    ]


@pytest.mark.parametrize(
    "button",
    [
        "up:0:nothing",
        "add:0:nothing",
        "up:9:distance",
        "rule-up:x",
        "nonsense",
        "drop:0:parcel_cost",
        "up:0:fewest_parcels",
        "rule-down:0",
    ],
)
def test_a_button_that_means_nothing_changes_nothing(button):
    assert apply_button(default_ruleset(), button) == default_ruleset()


def test_rules_are_moved_by_buttons(draft, signed_in):
    document = dump_ruleset(default_ruleset())
    document["rules"] = [{**document["rules"][0], "name": "First", "after": "next_rule"}, document["rules"][0]]
    save_draft(document=document, actor=SYSTEM, version_id=draft.pk)
    draft.refresh_from_db()

    edit(signed_in("MANAGER"), draft, "rule-down:0")

    assert [rule["name"] for rule in draft.document["rules"]] == ["Fewest parcels, then closest", "First"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("max_parcels", "0"),
        ("max_parcels", "11"),
        ("km", "-1"),
        ("hours", "x"),
        ("tolerance_distance", "-5"),
        ("after", "explode"),
        ("order", "distance,nothing"),
        ("name", ""),
    ],
)
def test_what_means_nothing_is_refused_at_its_field_and_nothing_is_saved(draft, signed_in, field, value):
    before = draft.document

    refused = edit(signed_in("MANAGER"), draft, **{f"r0-{field}": value})

    assert refused.status_code == 422
    assert draft.document == before


def test_two_rules_of_one_name_are_refused_in_words(draft, signed_in):
    document = dump_ruleset(default_ruleset())
    document["rules"] = [{**document["rules"][0], "name": "First"}, document["rules"][0]]
    save_draft(document=document, actor=SYSTEM, version_id=draft.pk)

    refused = edit(signed_in("MANAGER"), draft, **{"r1-name": "First"})

    assert refused.status_code == 422
    assert "is given twice" in text_of(refused)


def test_a_draft_that_somebody_changed_meanwhile_is_not_overwritten(draft, signed_in):
    client = signed_in("MANAGER")
    body = fields_of(client.get(f"/rules/{draft.pk}/edit/").content.decode())
    document = dump_ruleset(default_ruleset())
    document["rules"][0]["split"]["max_parcels"] = 5
    save_draft(document=document, actor=SYSTEM, version_id=draft.pk)

    refused = client.post(f"/rules/{draft.pk}/edit/", {**body, "r0-max_parcels": "2", "button": ""})

    draft.refresh_from_db()
    assert refused.status_code == 409
    assert "Someone changed this draft since you opened it." in text_of(refused)
    assert draft.document["rules"][0]["split"]["max_parcels"] == 5


def test_publishing_needs_a_reason_and_puts_the_draft_into_service(draft, signed_in):
    client = signed_in("MANAGER")
    edit(client, draft, **{"r0-max_parcels": "1"})
    assert "3 parcels at most Never" in text_of(client.get(f"/rules/{draft.pk}/publish/"))

    refused = client.post(f"/rules/{draft.pk}/publish/", {"reason": ""})
    assert refused.status_code == 422
    assert live_ruleset()[0] is None

    done = client.post(f"/rules/{draft.pk}/publish/", {"reason": "one parcel is cheaper"}, follow=True)

    page = text_of(done)
    assert live_ruleset()[0] == draft.pk
    assert "one parcel is cheaper" in page
    assert "Standard v1 in service" in page
    assert client.post(f"/rules/{draft.pk}/publish/", {"reason": "again"}).status_code == 409
    assert client.get(f"/rules/{draft.pk}/edit/")["Location"] == f"/rules/{draft.pk}/"


def test_an_earlier_version_comes_back_as_a_new_one(draft, signed_in, now):
    publish_ruleset(version_id=draft.pk, reason="first", now=now, actor=SYSTEM)
    document = dump_ruleset(default_ruleset())
    document["rules"][0]["split"]["max_parcels"] = 1
    second = save_draft(document=document, actor=SYSTEM)
    publish_ruleset(version_id=second.pk, reason="second", now=now, actor=SYSTEM)
    client = signed_in("MANAGER")
    assert "Never 3 parcels at most" in text_of(client.get(f"/rules/{draft.pk}/rollback/"))
    assert client.post(f"/rules/{draft.pk}/rollback/", {}).status_code == 422

    client.post(f"/rules/{draft.pk}/rollback/", {"reason": "customers complained"})

    version_id, live = live_ruleset()
    assert live.rules[0].split.max_parcels == 3
    assert RulesetVersion.objects.get(pk=version_id).version == 3
    assert sorted(RulesetVersion.objects.values_list("version", "state")) == [
        (1, "ARCHIVED"),
        (2, "ARCHIVED"),
        (3, "PUBLISHED"),
    ]
    compared = text_of(client.get(f"/rules/compare/?before={draft.pk}&after={second.pk}"))
    assert "From v1 to v2 1 difference" in compared


def test_an_order_is_tried_against_a_draft_and_nothing_is_written(place, draft, signed_in, network):
    order = place((network.mug, 12))
    document = dump_ruleset(default_ruleset())
    document["rules"][0]["split"]["max_parcels"] = 1
    save_draft(document=document, actor=SYSTEM, version_id=draft.pk)
    client = signed_in("ANALYST")
    before = contents()

    page = text_of(client.get(f"/rules/try/?order={order.number}&version={draft.pk}"))
    part = client.get(f"/rules/try/?order={order.number}", headers={"HX-Request": "true"}).content.decode()

    assert "Locations Nantes Crébillon, Rennes Le Bastard Nantes Crébillon" in page
    assert "Parcels 2 1" in page
    assert "Units without a location 0 2" in page
    assert "<html" not in part
    assert "Candidate locations" in part
    assert contents() == before


def contents() -> dict[str, str]:
    """A sum over every table that a trial could touch."""
    tables = [
        name
        for name in connection.introspection.table_names()
        if name.startswith(("orders_", "inventory_", "fulfilment_", "events_", "orchestration_"))
    ]
    sums = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {table} t")
            sums[table] = cursor.fetchone()[0]
    assert len(sums) > 10
    return sums


def test_a_trial_says_what_it_cannot_try(place, draft, signed_in):
    client = signed_in("MANAGER")

    assert "There is no order CMD-9." in text_of(client.get("/rules/try/?order=CMD-9"))
    assert client.get("/rules/try/?order=1&version=nonsense").status_code == 404
    assert try_order(order_id=draft.pk, rulesets=[default_ruleset()], now=draft.created_at) == []


def test_roles_and_tenants(rivals_order, draft, signed_in):
    analyst, service = signed_in("ANALYST"), signed_in("CUSTOMER_SERVICE")

    assert analyst.get(f"/rules/{draft.pk}/").status_code == 200
    assert service.post("/rules/draft/").status_code == 403
    for act in ("edit", "publish", "rollback"):
        assert analyst.get(f"/rules/{draft.pk}/{act}/").status_code == 403
        assert analyst.post(f"/rules/{draft.pk}/{act}/", {"reason": "x"}).status_code == 403
        assert signed_in("MANAGER").get(f"/rules/{rivals_order.pk}/{act}/").status_code == 404
    assert signed_in("STORE_STAFF").get("/rules/").status_code == 403
    assert RulesetVersion.objects.get().state == "DRAFT"


def test_checks_warn_of_rules_that_are_never_reached():
    document = dump_ruleset(default_ruleset())
    first = {**document["rules"][0], "name": "Greedy"}
    document["rules"] = [first, {**first, "name": "Starved", "ranking": []}]
    checks = checks_of(parse_ruleset(document))

    assert [check.is_good for check in checks] == [False, True, False]
    assert checks[0].text == "Never reached, because “Greedy” takes every order: Starved."


def test_differences_are_told_one_by_one():
    before = dump_ruleset(default_ruleset())
    rule = before["rules"][0]
    after = {
        **before,
        "name": "France",
        "rules": [
            {
                **rule,
                "filters": [
                    *rule["filters"][:3],
                    {"kind": "opening", "within_hours": 5},
                    {"kind": "max_distance", "km": 90},
                ],
            }
        ],
    }

    told = [
        (c.where, c.what, c.before, c.after)
        for c in changes_between(parse_ruleset(before), parse_ruleset(after), ENGLISH)
    ]

    name = rule["name"]
    assert told == [
        ("Ruleset", "Name", "Standard", "France"),
        (name, "Opening", "Open within 72 h", "Open within 5 h"),
        (name, "Has not refused", "Has not refused", "no limit"),
        (name, "Capacity of the day", "Capacity of the day", "no limit"),
        (name, "Distance", "no limit", "Within 90 km"),
    ]


def test_filters_that_the_form_does_not_show_are_kept():
    document = dump_ruleset(default_ruleset())
    document["rules"][0]["filters"].insert(2, {"kind": "group", "any_of": ["WEST"]})
    rule = parse_ruleset(document).rules[0]
    form = RuleForm(
        rule,
        {
            f"r0-{name}": value
            for name, value in RuleForm(rule, None, prefix="r0").initial.items()
            if value not in {None, False}
        },
        prefix="r0",
    )

    assert form.is_valid(), form.errors
    assert form.changed() == rule
