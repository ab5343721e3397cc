"""The store app through its addresses, as a browser without JavaScript uses it: from the queue to the parcel."""

import re
from datetime import timedelta

import pytest
from django.urls import get_resolver, reverse
from django.utils import timezone

from oms.events.queries import timeline
from oms.fulfilment.models import FulfilmentOrder, Parcel
from oms.fulfilment.services import accept, expire_unanswered
from oms.tenancy.context import tenant_scope
from oms.tenancy.permissions import Permission
from tests.factories import make_channel, make_kit, make_location, make_order, make_sku, make_stock
from tests.fulfilment.store import (
    CAP_EAN,
    MUG_EAN,
    hidden,
    lines,
    on_hand,
    overdue,
    packed,
    picked,
    signed_in,
    text,
    url,
)
from tests.fulfilment.test_work import work_for

HTMX = {"HX-Request": "true"}
QUEUE = "/store/NANTES/"


def state(job):
    return FulfilmentOrder.objects.get(pk=job.pk).state


def parcels(*given):
    data = {"parcel-TOTAL_FORMS": len(given), "parcel-INITIAL_FORMS": 0}
    for index, (carrier, number) in enumerate(given):
        data |= {f"parcel-{index}-carrier": carrier, f"parcel-{index}-number": number}
    return data


def test_who_works_at_one_location_is_taken_there(staff):
    assert staff.get("/store/").url == QUEUE


def test_who_works_at_several_chooses_and_the_busiest_is_first(tenants, shop, mug, new_job):
    brest = make_location("BREST", name="Brest Siam")
    make_location("CLOSED", name="Closed for good", active=False)
    new_job((mug, 1))
    manager = signed_in(tenants[0], "MANAGER")

    page = manager.get("/store/")
    found = manager.get("/store/", {"q": "bre"})

    assert re.findall(r'st-place" href="([^"]+)"', page.content.decode()) == [QUEUE, f"/store/{brest.code}/"]
    assert re.findall(r'st-place" href="([^"]+)"', found.content.decode()) == [f"/store/{brest.code}/"]
    assert "1 to accept" in text(page)


def test_who_works_nowhere_is_told_so(tenants):
    nobody = signed_in(tenants[0], "STORE_STAFF")

    assert "You work at no location yet" in text(nobody.get("/store/"))
    assert nobody.get(QUEUE).status_code == 404


def test_the_queue_shows_what_the_work_needs_and_no_more_of_the_customer(staff, mug, cap, new_job):
    job = new_job((mug, 2), (cap, 1))

    page = text(staff.get(QUEUE))

    assert f"{job.order.number[-4:]} Shipping" in page
    assert "Mug Groix, blue and 1 other" in page
    assert "3 items, Élodie K." in page
    assert "Kerjean" not in page
    assert "Rennes" not in page


def test_the_most_urgent_job_is_first(staff, mug, new_job):
    late, soon, later = (new_job((mug, 1)) for _ in range(3))
    for job, minutes in ((later, 50), (late, -3), (soon, 4)):
        overdue(job, minutes)

    page = staff.get(QUEUE).content.decode()

    assert re.findall(r'id="accept-([^"]+)"', page) == [str(job.pk) for job in (late, soon, later)]
    assert "bt-cd-late" in page


def test_the_queues_count_and_say_since_when(staff, mug, new_job):
    job, other, _third = (new_job((mug, 1)) for _ in range(3))
    accept(fulfilment_id=other.pk, now=timezone.now())
    FulfilmentOrder.objects.filter(pk=job.pk).update(created_at=timezone.now() - timedelta(hours=3))

    page = text(staff.get(QUEUE))

    assert "2 To accept since 3 h 1 To pick since 0 min 0 To hand over" in page


def test_polling_answers_304_until_something_changes(staff, mug, new_job):
    job = new_job((mug, 1))
    first = staff.get(QUEUE, headers=HTMX)

    same = staff.get(QUEUE, headers={**HTMX, "If-None-Match": first["ETag"]})
    accept(fulfilment_id=job.pk, now=timezone.now())
    other = staff.get(QUEUE, headers={**HTMX, "If-None-Match": first["ETag"]})

    assert (same.status_code, same.content) == (304, b"")
    assert other.status_code == 200
    assert other["ETag"] != first["ETag"]
    assert other.content.startswith(b'\n<div id="queue"') or other.content.lstrip().startswith(b'<div id="queue"')
    assert b"<html" not in other.content


def test_nothing_of_the_store_app_stays_in_the_browser(staff, mug, new_job):
    job = new_job((mug, 1))

    for page in (staff.get(QUEUE), staff.get(url("job", job))):
        assert "no-store" in page["Cache-Control"]


@pytest.mark.parametrize("path", [QUEUE, QUEUE + "pick/", QUEUE + "ready/"])
def test_a_queue_asks_as_much_for_three_jobs_as_for_one(staff, mug, new_job, django_assert_num_queries, path):
    def fill():
        new_job((mug, 1))
        accept(fulfilment_id=new_job((mug, 1)).pk, now=timezone.now())
        packed(new_job((mug, 1)))

    fill()
    staff.get(path)
    with django_assert_num_queries(10):
        staff.get(path)
    fill()
    fill()
    with django_assert_num_queries(10):
        staff.get(path)


def test_accepting_moves_the_job_and_twice_is_once(staff, mug, new_job):
    job = new_job((mug, 1))

    first = staff.post(url("accept", job), follow=True)
    again = staff.post(url("accept", job), follow=True)

    assert first.redirect_chain == [(QUEUE, 302)]
    assert f"{job.order.number[-4:]} is accepted" in text(first)
    assert again.status_code == 200
    kinds = [event.kind for event in timeline(subject_type="order", subject_id=job.order_id)]
    assert kinds.count("fulfilment.accepted") == 1


def test_accepting_what_expired_shows_the_present_state(tenant, staff, mug, new_job):
    job = new_job((mug, 1))
    overdue(job, -1)
    expire_unanswered(tenant_id=tenant.pk, now=timezone.now())

    page = staff.post(url("accept", job))

    assert page.status_code == 409
    assert "Somebody was faster. This fulfilment order is “Expired”." in text(page)
    assert "The order went to another location." in text(page)


def test_only_pages_with_the_scanning_field_may_run_its_reader(staff, mug, new_job):
    waiting, picking = new_job((mug, 1)), new_job((mug, 1))
    accept(fulfilment_id=picking.pk, now=timezone.now())

    pages = {
        name: staff.get(where)
        for name, where in {
            "pick": url("job", picking),
            "desk": "/store/NANTES/desk/",
            "accept": url("job", waiting),
        }.items()
    }

    reader = "'wasm-unsafe-eval'"
    assert {name: reader in page["Content-Security-Policy"] for name, page in pages.items()} == {
        "pick": True,
        "desk": True,
        "accept": False,
    }


def test_scanning_picks_one_unit_at_a_time(staff, mug, new_job):
    job = new_job((mug, 2))
    accept(fulfilment_id=job.pk, now=timezone.now())

    first = staff.post(url("scan", job), {"code": MUG_EAN}, follow=True)

    assert "Mug Groix, blue: 1 of 2" in text(first)
    assert lines(job)[0].picked == 1


def test_a_form_sent_twice_picks_once(staff, mug, new_job):
    job = new_job((mug, 2))
    accept(fulfilment_id=job.pk, now=timezone.now())
    key = hidden(staff.get(url("job", job)), "key")

    for _ in range(2):
        answer = staff.post(url("scan", job), {"code": MUG_EAN, "key": key})
        assert answer.status_code == 302
    staff.post(url("scan", job), {"code": MUG_EAN, "key": hidden(staff.get(url("job", job)), "key")})

    assert lines(job)[0].picked == 2


def test_a_barcode_is_read_with_or_without_leading_zeros(staff, cap, new_job):
    job = new_job((cap, 1))

    staff.post(url("scan", job), {"code": CAP_EAN.lstrip("0")})

    assert lines(job)[0].picked == 1


def test_a_wrong_item_an_unknown_one_and_one_too_many_say_different_things(staff, mug, cap, new_job):
    job = new_job((mug, 1))
    make_sku("MUG-RED", name="Mug Groix", product="groix", barcodes=["3701204551080"], attributes={"colour": "red"})
    accept(fulfilment_id=job.pk, now=timezone.now())

    wrong = staff.post(url("scan", job), {"code": CAP_EAN})
    sister = staff.post(url("scan", job), {"code": "3701204551080"})
    unknown = staff.post(url("scan", job), {"code": "4006381333931"})
    nothing = staff.post(url("scan", job), {"code": " "})
    staff.post(url("scan", job), {"code": MUG_EAN})
    complete = staff.post(url("scan", job), {"code": MUG_EAN})

    assert {page.status_code for page in (wrong, sister, unknown, nothing, complete)} == {422}
    assert "Wrong item. Cap Sein is not part of this order." in text(wrong)
    assert "Wrong item. Mug Groix, red was scanned, Mug Groix, blue is wanted." in text(sister)
    assert "Wrong item. No item of the catalogue has the barcode 4006381333931." in text(unknown)
    assert "Already complete. Mug Groix, blue: 1 of 1 are picked." in text(complete)
    assert 'role="alert"' in wrong.content.decode()
    assert lines(job)[0].picked == 1


def test_a_script_gets_only_the_part_that_changed(staff, mug, cap, new_job):
    job = new_job((mug, 2))
    accept(fulfilment_id=job.pk, now=timezone.now())

    good = staff.post(url("scan", job), {"code": MUG_EAN}, headers=HTMX)
    bad = staff.post(url("scan", job), {"code": CAP_EAN}, headers=HTMX)
    counted = staff.post(url("count", job), {"line": lines(job)[0].pk, "count": 2}, headers=HTMX)

    assert (good.status_code, bad.status_code, counted.status_code) == (200, 422, 200)
    for part in (good, bad, counted):
        assert "<html" not in part.content.decode()
        assert 'id="job"' in part.content.decode()
    assert 'data-announce="Mug Groix, blue: 1 of 2"' in good.content.decode()
    assert 'data-result="bad"' in bad.content.decode()


def test_a_script_that_comes_too_late_is_sent_to_the_present_state(staff, mug, new_job):
    job = new_job((mug, 1))
    packed(job)

    answer = staff.post(url("scan", job), {"code": MUG_EAN}, headers=HTMX)

    assert (answer.status_code, answer["HX-Redirect"]) == (409, url("job", job))
    assert "Somebody was faster. This fulfilment order is “Packed”." in text(staff.get(answer["HX-Redirect"]))


@pytest.mark.parametrize("sent", [{"count": 99}, {"count": -1}, {"count": "many"}, {}])
def test_a_count_that_cannot_be_is_refused(staff, mug, new_job, sent):
    job = new_job((mug, 2))
    accept(fulfilment_id=job.pk, now=timezone.now())

    page = staff.post(url("count", job), {"line": lines(job)[0].pk, **sent})

    assert page.status_code == 422
    assert lines(job)[0].picked == 0


def test_counting_by_hand_goes_up_and_down(staff, mug, new_job):
    job = new_job((mug, 2))
    (line,) = lines(job)
    accept(fulfilment_id=job.pk, now=timezone.now())

    for sent in (2, 2, 1):
        assert staff.post(url("count", job), {"line": line.pk, "count": sent}).status_code == 302

    assert lines(job)[0].picked == 1


def test_the_whole_story_of_a_parcel(staff, mug, new_job, shop):
    job = new_job((mug, 1))
    staff.post(url("accept", job), {"then": "pick"})
    staff.post(url("scan", job), {"code": MUG_EAN})
    staff.post(url("pack", job))
    form = staff.get(url("job", job))

    sent = staff.post(
        url("ship", job), {"key": hidden(form, "key"), **parcels(("colissimo", "6A0001"), ("ups", "1Z9"))}
    )

    assert sent.url == f"{QUEUE}ready/"
    assert state(job) == "HANDED_OVER"
    assert on_hand(mug, shop) == 8
    found = [(each.carrier, each.tracking_number, each.tracking_url) for each in Parcel.objects.order_by("carrier")]
    assert found == [
        ("Colissimo", "6A0001", "https://www.laposte.fr/outils/suivre-vos-envois?code=6A0001"),
        ("UPS", "1Z9", "https://www.ups.com/track?tracknum=1Z9"),
    ]
    over = text(staff.get(url("job", job)))
    assert "The parcel is with the carrier." in over
    assert "6A0001" in over


def test_shipping_twice_ships_once(staff, mug, new_job, shop):
    job = packed(new_job((mug, 1)))
    form = {"key": hidden(staff.get(url("job", job)), "key"), **parcels(("dpd", "123"))}

    staff.post(url("ship", job), form)
    same_form = staff.post(url("ship", job), form)
    another_form = staff.post(url("ship", job), {**form, "key": "other"})

    assert same_form.url == url("job", job)
    assert another_form.status_code == 409
    assert "Done already." in text(another_form)
    assert Parcel.objects.count() == 1
    assert on_hand(mug, shop) == 8


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ((("", "1"),), "This field is required."),
        ((("colissimo", ""),), "Scan or type the number on the label."),
        ((("other", "1"),), "Which carrier?"),
        ((("dpd", "1"), ("dpd", "1")), "Two parcels have the same tracking number."),
        ((("dpd", "1"), ("", "")), "This field is required."),
        ((), "Add a parcel."),
    ],
)
def test_a_parcel_without_what_it_needs_does_not_leave(staff, mug, new_job, given, said):
    job = packed(new_job((mug, 1)))

    page = staff.post(url("ship", job), parcels(*given))

    assert page.status_code == 422
    assert said in text(page)
    assert state(job) == "PACKED"


def test_a_letter_needs_no_number(staff, mug, new_job):
    job = packed(new_job((mug, 1)))

    staff.post(url("ship", job), parcels(("letter", "")))

    assert state(job) == "HANDED_OVER"
    assert Parcel.objects.get().tracking_number == ""


def test_a_parcel_more_and_one_less_keep_what_was_typed(staff, mug, new_job):
    job = packed(new_job((mug, 1)))

    more = staff.post(url("ship", job), {**parcels(("dpd", "123")), "more": "1"})
    fewer = staff.post(url("ship", job), {**parcels(("dpd", "123"), ("ups", "")), "fewer": "1"})

    assert "Parcel 2" in text(more)
    assert 'value="123"' in more.content.decode()
    assert "Parcel 2" not in text(fewer)
    assert state(job) == "PACKED"


def test_only_a_delivery_shows_the_address_and_only_when_it_leaves(staff, mug, new_job):
    job = new_job((mug, 1))
    accept(fulfilment_id=job.pk, now=timezone.now())
    assert "Saint-Melaine" not in text(staff.get(url("job", job)))
    picked(job)
    staff.post(url("pack", job))

    assert "14 rue Saint-Melaine" in text(staff.get(url("job", job)))


def test_a_job_asks_as_much_for_three_lines_as_for_one(staff, shop, new_job, django_assert_num_queries):
    skus = [make_sku(f"S{n}", barcodes=[f"400638133393{n}"]) for n in range(4)]
    for sku in skus:
        make_stock(sku, shop, 5, now=timezone.now())
    one, three = new_job((skus[0], 1)), new_job(*((sku, 1) for sku in skus[1:]))
    for job in (one, three):
        accept(fulfilment_id=job.pk, now=timezone.now())
        staff.get(url("job", job))

    for job in (one, three):
        with django_assert_num_queries(8):
            staff.get(url("job", job))


def job_addresses():
    """Every address of a job, by its name."""
    resolver = get_resolver().namespace_dict["store"][1]
    names = {name for name in resolver.reverse_dict if isinstance(name, str)}
    return sorted(names - {"home", "queue", "desk", "manifest", "worker", "offline"})


def test_every_page_of_the_app_declares_its_permission():
    views = [pattern.callback for pattern in get_resolver().namespace_dict["store"][1].url_patterns]

    assert len(views) >= 15
    assert [view.__name__ for view in views if not getattr(view, "declared", False)] == []
    assert {view.__name__ for view in views if view.permission is None} == {"manifest", "worker", "offline"}
    assert {view.permission for view in views} == {None, Permission.FULFILMENT_WRITE}


@pytest.mark.parametrize("name", job_addresses())
def test_another_locations_work_is_not_there(staff, mug, new_job, name):
    brest = make_location("BREST")
    make_stock(mug, brest, 3, now=timezone.now())
    elsewhere = new_job((mug, 1), place=brest)
    addresses = [
        reverse(f"store:{name}", args=["BREST", elsewhere.pk]),
        reverse(f"store:{name}", args=["NANTES", elsewhere.pk]),
        reverse(f"store:{name}", args=["NANTES", "0199a000-0000-7000-8000-000000000000"]),
    ]
    before = state(elsewhere)

    for address in addresses:
        assert staff.post(address, {"code": MUG_EAN}).status_code in {404, 405}
        assert staff.get(address).status_code in {404, 405}
    assert state(elsewhere) == before


@pytest.mark.parametrize("name", job_addresses())
def test_another_tenants_work_is_not_there(tenants, name):
    with tenant_scope(tenants[0].pk):
        place, now = make_location("NANTES"), timezone.now()
        mug = make_sku("MUG", barcodes=[MUG_EAN])
        make_stock(mug, place, 3, now=now)
        job = work_for(make_order(make_channel("web"), (mug, 1), now=now), place, now)
    with tenant_scope(tenants[1].pk):
        rivals = signed_in(tenants[1], "STORE_STAFF", make_location("NANTES"))

    address = reverse(f"store:{name}", args=["NANTES", job.pk])
    answers = [rivals.get(address), rivals.post(address, {"code": MUG_EAN, "reason": "NOT_FOUND"})]

    assert {answer.status_code for answer in answers} <= {404, 405}
    with tenant_scope(tenants[0].pk):
        assert state(job) == "TO_ACCEPT"


@pytest.mark.parametrize(("role", "status"), [("ANALYST", 403), ("CUSTOMER_SERVICE", 403), ("LOGISTICS", 200)])
def test_only_who_prepares_orders_may_open_the_app(tenants, shop, mug, new_job, role, status):
    job, client = new_job((mug, 1)), signed_in(tenants[0], role)

    for address in (QUEUE, QUEUE + "desk/", url("job", job), url("refusal", job)):
        assert client.get(address).status_code == status
    assert client.post(url("accept", job)).status_code == (302 if status == 200 else 403)
    assert state(job) == ("ACCEPTED" if status == 200 else "TO_ACCEPT")


def test_who_is_not_signed_in_is_sent_to_sign_in(client, mug, new_job):
    assert client.get(url("job", new_job((mug, 1)))).url.startswith("/account/login/")


def test_what_is_not_there_is_said_inside_the_app(staff):
    page = staff.get("/store/BREST/")

    assert page.status_code == 404
    assert "There is no such location, or you do not work there." in text(page)
    assert "Back to the queues" in text(page)


def test_the_installed_app_names_nobody_and_nothing(client):
    manifest, worker, offline = (
        client.get(f"/store/-/{name}") for name in ("manifest.webmanifest", "worker.js", "offline/")
    )

    assert (manifest.status_code, worker.status_code, offline.status_code) == (200, 200, 200)
    assert manifest.json()["scope"] == worker["Service-Worker-Allowed"] == "/store/"
    assert 'const OFFLINE = "/store/' in worker.content.decode()
    assert "The phone is not connected" in text(offline)


def test_components_are_picked_with_the_kits_name_beside(staff, new_job, mug, cap):
    job = new_job((make_kit("GIFT", (mug, 2), (cap, 1), name="Coffret cadeau"), 1))

    offered = text(staff.get(url("job", job)))
    accept(fulfilment_id=job.pk, now=timezone.now())
    to_pick = text(staff.get(url("job", job)))

    for page in (offered, to_pick):
        assert page.count("part of Coffret cadeau") == 2
        assert "Mug Groix" in page
