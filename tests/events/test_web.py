"""Failed deliveries, as a browser without JavaScript handles them."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.utils import timezone

from oms.events.models import Delivery, Event
from oms.tenancy.context import tenant_scope
from oms.tenancy.models import AuditEntry
from tests.web.conftest import make_person, signed_in

LIST = "/events/dead-letters/"


@pytest.fixture
def client(tenants):
    return signed_in(make_person(tenants[0], "MANAGER"), tenants[0])


def letter(subscriber="analytics.count", error="Traceback\n  File x\nValueError: <no> such order\n") -> Delivery:
    event = Event.objects.create(
        kind="order.placed",
        subject_type="order",
        subject_id=uuid4(),
        sequence=1,
        payload={"order": "<1>"},
        transaction=1,
        recorded_at=timezone.now(),
    )
    return Delivery.objects.create(
        event=event,
        subscriber=subscriber,
        attempts=8,
        due_at=timezone.now(),
        dead_at=timezone.now(),
        error=error,
        created_at=timezone.now(),
    )


def text(response) -> str:
    return " ".join(response.content.decode().split())


def test_the_list_says_the_cause_and_the_page_the_whole_failure(client, tenant):
    row = letter()

    listed, page = text(client.get(LIST)), text(client.get(f"{LIST}{row.pk}/"))

    assert "ValueError: &lt;no&gt; such order" in listed
    assert "Traceback" not in listed
    assert "Traceback" in page
    assert "&quot;order&quot;: &quot;&lt;1&gt;&quot;" in page


def test_the_list_costs_the_same_for_one_row_and_three(client, tenant, django_assert_max_num_queries):
    letter()
    client.get(LIST)
    with django_assert_max_num_queries(30) as one:
        client.get(LIST)
    letter("a"), letter("b")
    with django_assert_max_num_queries(30) as three:
        page = client.get(LIST)
    assert text(page).count("data-row") == 3
    assert len(three.captured_queries) == len(one.captured_queries)


def test_one_is_tried_again_and_the_others_stay(client, tenant):
    first, second = letter("first"), letter("second")

    assert client.post(f"{LIST}{first.pk}/replay/").url == LIST

    assert Delivery.objects.get(pk=first.pk).dead_at is None
    assert Delivery.objects.get(pk=second.pk).dead_at is not None
    assert client.post(f"{LIST}{first.pk}/replay/").status_code == 404


def test_all_are_tried_again(client, tenant):
    letter("first"), letter("second")

    answer = client.post(f"{LIST}replay/", follow=True)

    assert "2 deliveries are tried again." in text(answer)
    assert not Delivery.objects.filter(dead_at__isnull=False).exists()


def test_one_is_given_up_only_with_a_reason(client, tenant):
    row = letter()

    silent = client.post(f"{LIST}{row.pk}/discard/", {"reason": " "})
    assert silent.status_code == 422
    assert Delivery.objects.count() == 1

    assert client.post(f"{LIST}{row.pk}/discard/", {"reason": "Order of a test"}).url == LIST
    assert Delivery.objects.count() == 0
    assert Event.objects.count() == 1
    assert AuditEntry.objects.get(action="dead_letter.discarded").data["reason"] == "Order of a test"


def test_a_selection_is_tried_again_or_given_up(client, tenant):
    first, second, third = letter("first"), letter("second"), letter("third")

    client.post(LIST, {"action": "replay", "id": [str(first.pk)]})
    asked = client.post(LIST, {"action": "discard", "id": [str(second.pk)]})
    client.post(LIST, {"action": "discard", "id": [str(second.pk)], "confirmed": "1", "reason": "Old"})

    assert "Reason" in text(asked)
    assert [row.pk for row in Delivery.objects.filter(dead_at__isnull=False)] == [third.pk]
    assert not Delivery.objects.filter(pk=second.pk).exists()


@pytest.mark.parametrize(
    ("role", "reads"), [("STORE_STAFF", 403), ("PARTNER", 403), ("ANALYST", 403), ("LOGISTICS", 200)]
)
def test_who_may_not_write_changes_nothing(tenants, tenant, role, reads):
    row = letter()
    client = signed_in(make_person(tenants[0], role), tenants[0])

    assert client.get(LIST).status_code == reads
    assert client.get(f"{LIST}{row.pk}/").status_code == reads
    for act in (f"{row.pk}/replay/", f"{row.pk}/discard/", "replay/"):
        assert client.post(f"{LIST}{act}", {"reason": "No"}).status_code == 403
    client.post(LIST, {"action": "discard", "id": [str(row.pk)], "confirmed": "1", "reason": "No"})
    assert Delivery.objects.get().dead_at is not None


def test_deliveries_of_another_company_do_not_exist(tenants):
    with tenant_scope(tenants[1].pk):
        row = letter()
    client = signed_in(make_person(tenants[0]), tenants[0])

    assert text(client.get(LIST)).count("data-row") == 0
    assert client.get(f"{LIST}{row.pk}/").status_code == 404
    assert client.post(f"{LIST}{row.pk}/replay/").status_code == 404
    assert client.post(f"{LIST}{row.pk}/discard/", {"reason": "No"}).status_code == 404
    client.post(f"{LIST}replay/")
    with tenant_scope(tenants[1].pk):
        assert Delivery.objects.get().dead_at is not None
