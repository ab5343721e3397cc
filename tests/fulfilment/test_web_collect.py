"""Click & collect in the store app: the shelf, the desk, the code or the document."""

import pytest

from oms.fulfilment.models import FulfilmentOrder
from tests.factories import make_location, make_stock
from tests.fulfilment.store import hidden, on_hand, packed, ready, text, url

PICKUP = {"method": "CLICK_AND_COLLECT"}
DESK = "/store/NANTES/desk/"


def fresh(job):
    return FulfilmentOrder.objects.get(pk=job.pk)


@pytest.fixture
def waiting(mug, new_job):
    """A parcel on shelf C 14, with its code."""
    return fresh(ready(new_job((mug, 1), **PICKUP)))


def test_a_packed_pickup_goes_on_a_shelf(staff, mug, new_job):
    job = packed(new_job((mug, 1), **PICKUP))
    assert "Put" in text(staff.get(url("job", job)))

    done = staff.post(url("ready", job), {"shelf": "C 14"})

    assert done.url == "/store/NANTES/ready/"
    assert (fresh(job).state, fresh(job).shelf) == ("READY_TO_COLLECT", "C 14")
    assert "C 14" in text(staff.get("/store/NANTES/ready/"))
    assert "Done already." in text(staff.post(url("ready", job), {"shelf": "D 1"}))
    assert fresh(job).shelf == "C 14"


def test_a_pickup_cannot_be_shipped(staff, mug, new_job):
    job = packed(new_job((mug, 1), **PICKUP))
    sent = {"parcel-TOTAL_FORMS": 1, "parcel-INITIAL_FORMS": 0, "parcel-0-carrier": "dpd", "parcel-0-number": "1"}

    assert staff.post(url("ship", job), sent).status_code == 409
    assert fresh(job).state == "PACKED"


def test_the_code_hands_over(staff, mug, shop, waiting):
    page = text(staff.get(url("job", waiting)))
    assert "Shelf C 14" in page
    assert waiting.collection_code not in page

    done = staff.post(url("collect", waiting), {"proof": "code", "code": waiting.collection_code.lower()})

    assert done.url == "/store/NANTES/ready/"
    assert (fresh(waiting).state, fresh(waiting).proof) == ("COLLECTED", "CODE")
    assert on_hand(mug, shop) == 8


def test_a_wrong_code_says_how_many_attempts_are_left_and_stays_counted(staff, waiting):
    said = [text(staff.post(url("collect", waiting), {"proof": "code", "code": "NOTIT"})) for _ in range(5)]

    assert "This is not the collection code of the order. 4 attempts are left." in said[0]
    assert "1 attempt is left." in said[3]
    assert "Ask for an identity document." in said[4]
    assert fresh(waiting).wrong_codes == 5
    right = staff.post(url("collect", waiting), {"proof": "code", "code": waiting.collection_code})
    assert right.status_code == 422
    assert "Too many wrong codes" in text(right)
    assert fresh(waiting).state == "READY_TO_COLLECT"
    assert 'value="code"' not in staff.get(url("job", waiting)).content.decode()

    staff.post(url("collect", waiting), {"proof": "customer"})

    assert (fresh(waiting).state, fresh(waiting).proof) == ("COLLECTED", "IDENTITY")
    assert fresh(waiting).collected_by == "Élodie Kerjean"


def test_another_person_gives_the_name_on_the_document(staff, waiting):
    nameless = staff.post(url("collect", waiting), {"proof": "other"})
    assert nameless.status_code == 422
    assert "Type the name that is on the document." in text(nameless)

    staff.post(url("collect", waiting), {"proof": "other", "name": "Paul Morvan"})

    assert (fresh(waiting).state, fresh(waiting).collected_by) == ("COLLECTED", "Paul Morvan")


def test_nobody_is_recognised_beforehand(staff, waiting):
    assert "checked" not in staff.get(url("job", waiting)).content.decode()

    page = staff.post(url("collect", waiting), {})

    assert page.status_code == 422
    assert "Choose how the person was recognised." in text(page)


def test_the_same_wrong_form_sent_twice_is_two_attempts_but_the_right_one_hands_over_once(staff, mug, shop, waiting):
    form = {"proof": "code", "code": waiting.collection_code, "key": hidden(staff.get(url("job", waiting)), "key")}

    staff.post(url("collect", waiting), form)
    again = staff.post(url("collect", waiting), form)
    other = staff.post(url("collect", waiting), {**form, "key": "another"})

    assert again.url == url("job", waiting)
    assert other.status_code == 409
    assert "Done already." in text(other)
    assert on_hand(mug, shop) == 8


def test_the_desk_opens_a_parcel_by_its_code(staff, waiting):
    page = staff.post(DESK, {"q": waiting.collection_code.lower()})

    assert page.status_code == 200
    assert "Shelf C 14" in text(page)
    assert url("collect", waiting) in page.content.decode()
    assert f'value="{waiting.collection_code}"' in page.content.decode()
    assert fresh(waiting).state == "READY_TO_COLLECT"


@pytest.mark.parametrize("asked", ["elodie", "KERJEAN él", "{number}", "{end}"])
def test_the_desk_finds_by_name_and_number(staff, waiting, asked):
    number = waiting.order.number

    page = text(staff.post(DESK, {"q": asked.format(number=number, end=number[-4:])}))

    assert "1 order found" in page
    assert f"Hand over {number[-4:]}" in page


def test_the_desk_says_what_is_not_ready_yet_and_what_is_not_here(staff, mug, new_job, waiting):
    brest = make_location("BREST")
    make_stock(mug, brest, 3, now=waiting.created_at)
    new_job((mug, 1), place=brest, customer_name="Paul Morvan", **PICKUP)
    new_job((mug, 1), customer_name="Anaïs Prigent", **PICKUP)
    new_job((mug, 1), customer_name="Inès Baron")

    assert "Accept" in text(staff.post(DESK, {"q": "anais"}))
    for absent in ("Morvan", "Inès", "zzz", "%", "ABCDEF"):
        assert "No parcel waits here for that" in text(staff.post(DESK, {"q": absent}))


def test_what_is_to_be_paid_is_said_before_the_parcel_is_given(staff, mug, new_job):
    job = ready(new_job((mug, 2), method="RESERVE_AND_COLLECT", payment_state="ON_COLLECTION"))

    assert "To be paid: €20.00" in text(staff.get(url("job", job)))
