"""The pages of imports, as a browser without JavaScript uses them."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from inventory.models import ImportRun, ImportThreshold, StockLevel
from inventory.services.imports import save_threshold, work_on
from oms.tenancy.models import User
from oms.tenancy.types import SYSTEM
from tests.factories import make_location, make_sku, make_stock
from tests.web.conftest import make_person, signed_in

FILE = "Référence;Magasin;Couleur;Qté\nMUG;RENNES;bleu;4\nHAT;RENNES;vert;2\nGHOST;RENNES;;1\nHAT;RENNES;;many\n"


@pytest.fixture
def client(tenants):
    return signed_in(make_person(tenants[0], "LOGISTICS"), tenants[0])


@pytest.fixture
def shop(tenant):
    place = make_location("RENNES", name="Rennes Le Bastard")
    for code, units in (("MUG", 10), ("HAT", 2)):
        make_stock(make_sku(code), place, units, now=timezone.now())
    save_threshold(kind="STOCK", rows_percent=None, units_percent=None, actor=SYSTEM)
    return tenant


def text(response) -> str:
    return " ".join(response.content.decode().split())


def upload(client, content=FILE, **fields):
    file = SimpleUploadedFile("levels.csv", content.encode(), "text/csv")
    return client.post("/stock/imports/new/", {"file": file, "kind": "STOCK", "mode": "DELTA", **fields}, follow=True)


def work(tenant) -> None:
    for run_id in ImportRun.objects.filter(state__in=["QUEUED", "APPLYING"]).values_list("pk", flat=True):
        work_on(tenant_id=tenant.pk, run_id=run_id)


def on_hand(code="MUG") -> int:
    return StockLevel.objects.get(sku__code=code).on_hand


def address() -> str:
    return f"/stock/imports/{ImportRun.objects.get().pk}/"


COLUMNS = {"sku": "Référence", "location": "Magasin", "on_hand": "Qté"}


def test_a_file_is_shown_with_its_columns_before_anything_is_done(client, shop):
    page = text(upload(client))

    assert re.findall(r'<th scope="col">([^<]+)</th>', page) == ["Référence", "Magasin", "Couleur", "Qté"]
    assert "<td>bleu</td>" in page
    assert re.findall(r'<option value="([^"]+)" selected>', page) == ["Référence", "Magasin", "Qté"]
    assert ImportRun.objects.get().state == "DRAFT"
    assert on_hand() == 10


def test_a_file_is_tried_and_then_applied(client, shop):
    upload(client)

    client.post(f"{address()}start/", {**COLUMNS, "try": "1"})
    work(shop)
    tried = text(client.get(address()))
    assert "This is what the file would do." in tried
    assert re.findall(r"<dt>([^<]+)</dt><dd[^>]*>([^<]+)</dd>", tried)[:5] == [
        ("Rows", "4"),
        ("Changed", "1"),
        ("Right already", "1"),
        ("Rejected", "2"),
        ("Written", "0"),
    ]
    assert re.findall(r'<th scope="row" class="bt-right">(\d+)</th><td>([^<]+)</td>', tried) == [
        ("4", "There is no SKU “GHOST”."),
        ("5", "“many” is not a number."),
    ]
    assert on_hand() == 10

    client.post(f"{address()}apply/")
    work(shop)
    done = text(client.get(address()))
    assert "Applied" in done
    assert "hx-trigger" not in done
    assert on_hand() == 4
    file = b"".join(client.get(f"{address()}rejected.csv").streaming_content).decode("utf-8-sig")
    assert file.splitlines()[0] == "line,sku,location,on_hand,reason"
    assert len(file.splitlines()) == 3
    User.objects.update(language="fr")
    french = b"".join(client.get(f"{address()}rejected.csv").streaming_content).decode("utf-8-sig")
    assert french.splitlines()[1] == "4;GHOST;RENNES;1;Il n’y a pas de référence «\u00a0GHOST\u00a0»."


def test_a_run_tells_its_progress_to_htmx(client, shop):
    upload(client)
    client.post(f"{address()}start/", {**COLUMNS, "apply": "1"})

    page = text(client.get(address()))
    part = text(client.get(address(), headers={"HX-Request": "true"}))

    assert 'hx-trigger="every 1s"' in page
    assert part.startswith('<div class="bt-col" id="run"')
    work(shop)
    assert "hx-trigger" not in text(client.get(address(), headers={"HX-Request": "true"}))


def test_the_columns_are_as_the_person_says(client, shop):
    content = "a;b;c\nMUG;RENNES;4\n"
    page = text(upload(client, content))
    assert "SKU, Location, On hand" in page

    missing = client.post(f"{address()}start/", {"sku": "a", "location": "b", "on_hand": "", "apply": "1"})
    assert missing.status_code == 422
    client.post(f"{address()}start/", {"sku": "a", "location": "b", "on_hand": "c", "apply": "1"})
    work(shop)

    assert on_hand() == 4


def test_the_location_may_be_chosen_for_the_whole_file(client, shop):
    upload(client, "sku;qty\nMUG;4\n", location="RENNES")
    client.post(f"{address()}start/", {"sku": "sku", "location": "", "on_hand": "qty", "apply": "1"})
    work(shop)

    assert on_hand() == 4


def test_a_file_that_waits_shows_why_and_is_applied_or_discarded(client, shop):
    save_threshold(kind="STOCK", rows_percent=20, units_percent=50, actor=SYSTEM)
    upload(client, "sku;location;qty\nMUG;RENNES;4\n", mode="FULL")
    client.post(f"{address()}start/", {"sku": "sku", "location": "location", "on_hand": "qty", "apply": "1"})
    work(shop)

    page = text(client.get(address()))
    assert "This file differs too much from what was there before." in page
    assert re.search(r'beyond the limit</span></th><td class="bt-right">2</td><td class="bt-right">1</td>', page)
    assert on_hand() == 10
    client.post(f"{address()}discard/")
    assert ImportRun.objects.get().state == "DISCARDED"
    twice = client.post(f"{address()}apply/", follow=True)
    assert "The import is in the state “Discarded”." in text(twice)
    assert on_hand() == 10


def test_the_limits_are_the_tenants(client, shop):
    given = {"stock-rows_percent": "5", "stock-units_percent": "", "catalogue-rows_percent": "30"}

    assert client.post("/stock/imports/limits/", {**given, "stock-rows_percent": "-1"}).status_code == 422
    client.post("/stock/imports/limits/", given)

    found = ImportThreshold.objects.order_by("kind").values_list("kind", "rows_percent", "units_percent")
    assert list(found) == [("CATALOGUE", 30, None), ("STOCK", 5, None)]


@pytest.mark.parametrize(
    ("content", "fields", "words"),
    [
        ("", {}, "The submitted file is empty."),
        (
            FILE,
            {"kind": "LOCATIONS", "mode": "FULL"},
            "A file of locations only creates and changes the locations it names.",
        ),
        (FILE, {"mode": "SOME"}, "Select a valid choice."),
    ],
)
def test_what_cannot_be_sent_is_refused_in_words(client, shop, content, fields, words):
    answer = upload(client, content, **fields)

    assert answer.status_code == 422
    assert words in text(answer)
    assert not ImportRun.objects.exists()


def test_a_file_that_cannot_be_read_says_so_on_its_page(client, shop):
    assert "The file is not an Excel workbook" in text(upload(client, "PK\x03\x04 no zip"))


def test_the_list_costs_the_same_for_one_row_and_three(client, shop, django_assert_max_num_queries):
    upload(client)
    client.get("/stock/imports/")
    with django_assert_max_num_queries(30) as one:
        client.get("/stock/imports/")
    for extra in ("\n", "\n\n"):
        upload(client, FILE + extra)
    with django_assert_max_num_queries(30) as three:
        page = client.get("/stock/imports/")
    assert text(page).count("data-row") == 3
    assert len(three.captured_queries) == len(one.captured_queries)


def test_who_only_reads_sees_files_and_decides_nothing(tenants, client, shop):
    upload(client)
    reader = signed_in(make_person(tenants[0], "ANALYST"), tenants[0])

    assert reader.get("/stock/imports/").status_code == reader.get(address()).status_code == 200
    assert {reader.post(f"{address()}{act}/").status_code for act in ("start", "apply", "discard")} == {403}
    assert "start/" not in text(reader.get(address()))


def test_the_stock_is_exported_in_the_persons_language(client, shop):
    User.objects.update(language="fr")

    rows = b"".join(client.get("/stock/export.csv").streaming_content).decode("utf-8-sig").splitlines()

    assert rows[0].startswith("sku;location;on_hand;")
    assert [row.split(";")[:3] for row in rows[1:]] == [["MUG", "RENNES", "10"], ["HAT", "RENNES", "2"]]
