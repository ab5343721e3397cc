"""Saying no in the store app: what it will do is said first, and is what it does."""

import pytest
from django.utils import timezone

from inventory.models import StockLevel
from oms.events.queries import timeline
from oms.fulfilment.models import FulfilmentOrder
from oms.fulfilment.services import accept, pick
from oms.orders.models import UnitGroup
from tests.fulfilment.store import hidden, lines, on_hand, packed, signed_in, text, url

HTMX = {"HX-Request": "true"}


def state(job):
    return FulfilmentOrder.objects.get(pk=job.pk).state


def previewed(client, job, name="refusal", **sent):
    """The page that shows the sum, and what its form would send."""
    page = client.post(url(name, job), sent)
    return page, {**sent, "shown": hidden(page, "shown"), "key": hidden(page, "key")}


def test_the_page_says_what_each_reason_does_to_stock(staff, mug, new_job):
    page = staff.get(url("refusal", new_job((mug, 2))))

    said = text(page)
    assert "Not found on the shelves On hand becomes 0" in said
    assert "Fewer than the stock says On hand falls by the refused quantity" in said
    assert "Too busy Stock does not change" in said
    assert "checked" not in page.content.decode()
    assert "Refuse 2 items" not in said


@pytest.mark.parametrize(
    ("reason", "said", "left"),
    [
        ("NOT_FOUND", "Stock here: 9 → becomes 0", 0),
        ("MISMATCH", "Stock here: 9 → becomes 7", 7),
        ("DAMAGED", "Stock here: 9 → becomes 7", 7),
        ("DISPLAY_UNIT", "Stock here: 9 → becomes 7", 7),
        ("TOO_BUSY", "Stock does not change.", 9),
    ],
)
def test_the_sum_is_said_before_and_comes_true(staff, mug, new_job, shop, reason, said, left):
    job = new_job((mug, 2))
    page, form = previewed(staff, job, reason=reason)

    assert said in text(page)
    assert "2 units go to another location." in text(page)
    assert (state(job), on_hand(mug, shop)) == ("TO_ACCEPT", 9)

    done = staff.post(url("refuse", job), form)

    assert done.url == "/store/NANTES/"
    assert (state(job), on_hand(mug, shop)) == ("REFUSED", left)
    assert StockLevel.objects.get(sku=mug, location=shop).reserved == 0
    assert list(UnitGroup.objects.values_list("state", "location")) == [("PENDING", None)]
    assert timeline(subject_type="order", subject_id=job.order_id).last().kind == "fulfilment.refused"


def test_a_refusal_sent_twice_refuses_once(staff, mug, new_job, shop):
    job = new_job((mug, 3))
    (line,) = lines(job)
    _page, form = previewed(staff, job, reason="MISMATCH", **{f"quantity-{line.pk}": 1})

    for _ in range(2):
        assert staff.post(url("refuse", job), form).url == url("job", job)

    assert (lines(job)[0].quantity, on_hand(mug, shop)) == (2, 8)
    assert state(job) == "TO_ACCEPT"


def test_confirming_something_else_than_was_shown_shows_the_new_sum(staff, mug, new_job, shop):
    job = new_job((mug, 2))
    _page, form = previewed(staff, job, reason="TOO_BUSY")

    page = staff.post(url("refuse", job), {**form, "reason": "NOT_FOUND"})

    assert page.status_code == 422
    assert "Stock here: 9 → becomes 0" in text(page)
    assert (state(job), on_hand(mug, shop)) == ("TO_ACCEPT", 9)


def test_without_a_reason_nothing_is_refused(staff, mug, new_job):
    job = new_job((mug, 1))

    page = staff.post(url("refuse", job), {"shown": ""})

    assert page.status_code == 422
    assert "Say why." in text(page)
    assert state(job) == "TO_ACCEPT"


@pytest.mark.parametrize("count", [0, 3, "x"])
def test_more_than_there_is_or_nothing_cannot_be_refused(staff, mug, new_job, count):
    job = new_job((mug, 2))

    page = staff.post(url("refuse", job), {"reason": "TOO_BUSY", f"quantity-{lines(job)[0].pk}": count})

    assert page.status_code == 422
    assert (state(job), lines(job)[0].quantity) == ("TO_ACCEPT", 2)


def test_the_other_orders_with_the_item_can_go_too(staff, mug, cap, new_job, shop):
    job, same, other = new_job((mug, 2)), new_job((mug, 3)), new_job((cap, 1))
    page = text(staff.get(url("refusal", job)))
    assert "Also refuse the 1 other order with these items" in page

    shown, form = previewed(staff, job, reason="MISMATCH", cascade="1")
    assert "Stock here: 9 → becomes 4" in text(shown)
    assert "5 units go to another location. 1 other order gives it up too." in text(shown)
    staff.post(url("refuse", job), form)

    assert [state(each) for each in (job, same, other)] == ["REFUSED", "REFUSED", "TO_ACCEPT"]
    assert on_hand(mug, shop) == 4


def test_a_script_gets_the_sum_alone(staff, mug, new_job):
    job = new_job((mug, 1))

    part = staff.post(url("refusal", job), {"reason": "NOT_FOUND"}, headers=HTMX)

    assert part.content.decode().lstrip().startswith('<div id="sum"')
    assert "Refuse 1 item" in text(part)


def test_what_is_packed_can_no_longer_be_refused(staff, mug, new_job):
    job = packed(new_job((mug, 1)))

    for page in (staff.get(url("refusal", job)), staff.post(url("refuse", job), {"reason": "NOT_FOUND"})):
        assert page.status_code == 409
        assert "This fulfilment order is “Packed”." in text(page)
    assert state(job) == "PACKED"


def test_what_is_picked_stays_when_the_rest_is_refused(staff, mug, cap, new_job):
    job = new_job((mug, 2), (cap, 1))
    pick(fulfilment_id=job.pk, picked={lines(job)[0].pk: 1}, now=timezone.now())

    _page, form = previewed(staff, job, reason="TOO_BUSY")
    done = staff.post(url("refuse", job), form)

    assert done.url == url("job", job)
    assert [(line.picked, line.quantity) for line in lines(job)] == [(1, 1), (0, 0)]


def test_an_incomplete_parcel_needs_a_reason_that_is_never_chosen_beforehand(staff, mug, new_job, shop):
    job = new_job((mug, 3))
    pick(fulfilment_id=job.pk, picked={lines(job)[0].pk: 2}, now=timezone.now())

    page = staff.get(url("missing", job))
    refused = staff.post(url("pack", job))
    assert "Why are they missing?" in text(page)
    assert "checked" not in page.content.decode()
    assert refused.status_code == 422
    assert "Say why." in text(refused)
    assert state(job) == "PICKING"

    shown, form = previewed(staff, job, "missing", reason="MISMATCH")
    assert "Stock here: 9 → becomes 8" in text(shown)
    staff.post(url("pack", job), form)

    assert (state(job), on_hand(mug, shop)) == ("PACKED", 8)
    assert sorted(UnitGroup.objects.values_list("state", "quantity")) == [("PACKED", 2), ("PENDING", 1)]


def test_a_complete_parcel_needs_none(staff, mug, new_job):
    job = new_job((mug, 1))
    pick(fulfilment_id=job.pk, picked={lines(job)[0].pk: 1}, now=timezone.now())

    assert staff.get(url("missing", job)).url == url("job", job)
    assert staff.post(url("pack", job)).url == url("job", job)
    assert "Done already." in text(staff.post(url("pack", job)))
    assert state(job) == "PACKED"


def test_an_empty_parcel_cannot_be_packed(staff, mug, new_job):
    job = new_job((mug, 1))
    pick(fulfilment_id=job.pk, picked={lines(job)[0].pk: 1}, now=timezone.now())
    pick(fulfilment_id=job.pk, picked={lines(job)[0].pk: 0}, now=timezone.now())

    page = staff.post(url("pack", job))

    assert page.status_code == 422
    assert "Nothing is picked" in text(page)


def test_the_refusal_asks_as_much_for_three_items_as_for_one(staff, mug, cap, new_job, shop, django_assert_num_queries):
    one, two = new_job((mug, 1)), new_job((mug, 1), (cap, 1))
    for job in (one, two):
        staff.post(url("refusal", job), {"reason": "NOT_FOUND", "cascade": "1"})

    for job in (one, two):
        with django_assert_num_queries(13):
            staff.post(url("refusal", job), {"reason": "NOT_FOUND", "cascade": "1"})


def test_a_partner_refuses_as_a_store_does(tenants, mug, new_job, shop):
    partner, job = signed_in(tenants[0], "PARTNER", shop), new_job((mug, 1))
    accept(fulfilment_id=job.pk, now=timezone.now())

    _page, form = previewed(partner, job, reason="TOO_BUSY")
    partner.post(url("refuse", job), form)

    assert state(job) == "REFUSED"
