"""What surrounds every page: who gets in, language, theme, companies, errors."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from oms.tenancy.context import tenant_scope
from oms.tenancy.models import AuditEntry, User
from oms.tenancy.services import add_member
from oms.tenancy.types import SYSTEM
from tests.web.conftest import make_person, signed_in


def text(response):
    return response.content.decode()


class TestPages:
    def test_a_stranger_is_sent_to_sign_in_and_comes_back(self, db):
        assert Client().get("/test/audit/?q=1").url == "/account/login/?next=/test/audit/%3Fq%3D1"

    def test_htmx_is_told_to_leave_the_page(self, db):
        response = Client().get("/test/audit/", headers={"HX-Request": "true", "HX-Current-URL": "/test/audit/?q=1"})

        assert (response.status_code, response["HX-Redirect"]) == (204, "/account/login/?next=/test/audit/%3Fq%3D1")

    def test_a_role_without_the_permission_gets_a_page_that_says_so(self, analyst):
        response = analyst.get("/test/owner/")

        assert response.status_code == 403
        assert "Your role does not include it." in text(response)

    def test_the_role_with_the_permission_gets_in(self, owner):
        assert text(owner.get("/test/owner/")) == "fine"

    def test_a_method_that_is_not_declared_is_refused(self, owner):
        assert owner.post("/test/owner/").status_code == 405

    def test_a_refusal_says_itself_and_undoes_what_was_written(self, owner, tenants):
        response = owner.post("/test/refusal/")

        assert response.status_code == 409
        assert "The order has shipped." in text(response)
        with tenant_scope(tenants[0].pk):
            assert not AuditEntry.objects.filter(action="half.done").exists()

    def test_a_refusal_for_htmx_is_a_message(self, owner):
        response = owner.post("/test/refusal/", headers={"HX-Request": "true"})

        assert (response.status_code, response["HX-Retarget"]) == (409, "#toasts")
        assert "The order has shipped." in text(response)
        assert "<html" not in text(response)

    def test_who_belongs_to_no_company_is_told(self, db):
        client = Client()
        client.force_login(User.objects.create_user("nobody@example.com"))

        assert "No company has invited nobody@example.com yet." in text(client.get("/test/audit/", follow=True))

    def test_the_start_is_the_first_page_of_the_role(self, owner, monkeypatch):
        from oms.web import navigation  # noqa: PLC0415 -- patched here only

        entry = navigation.Entry("test-audit", "Audit", icon="home")
        monkeypatch.setattr(navigation, "SECTIONS", (navigation.Section("", (entry,)),))

        assert owner.get("/test-start/").url == "/test/audit/"


class TestPreferences:
    def test_the_language_is_kept_for_the_person_and_the_device(self, owner):
        response = owner.post(reverse("web:language"), {"language": "fr", "next": "/test/audit/"})

        assert response.url == "/test/audit/"
        assert response.cookies["language"].value == "fr"
        assert User.objects.get(email__startswith="owner").language == "fr"
        assert '<html lang="fr"' in text(owner.get("/test/audit/"))

    def test_what_the_person_chose_wins_over_the_device(self, french):
        french.cookies["language"] = "en"

        assert '<html lang="fr"' in text(french.get("/test/audit/"))

    def test_the_browser_decides_for_strangers(self, db):
        assert '<html lang="fr"' in text(Client().get("/account/login/", headers={"Accept-Language": "fr-FR,fr;q=0.9"}))
        assert '<html lang="en"' in text(Client().get("/account/login/", headers={"Accept-Language": "de"}))

    def test_the_language_does_not_leak_into_the_next_request(self, french, owner):
        french.get("/test/audit/")

        assert '<html lang="en"' in text(Client().get("/account/login/", headers={"Accept-Language": "en"}))

    @pytest.mark.parametrize("theme", ["light", "dark", "auto"])
    def test_the_theme_is_in_the_page_from_the_first_byte(self, owner, theme):
        owner.post(reverse("web:theme"), {"theme": theme})

        assert f'data-bs-theme="{theme}" data-theme="{theme}"' in text(owner.get("/test/audit/"))

    @pytest.mark.parametrize(
        ("route", "data"), [("web:language", {"language": "xx"}), ("web:theme", {"theme": "pink"})]
    )
    def test_a_choice_that_does_not_exist_is_refused(self, owner, route, data):
        assert owner.post(reverse(route), data).status_code == 400

    def test_nobody_is_led_away(self, owner):
        assert owner.post(reverse("web:theme"), {"theme": "dark", "next": "https://elsewhere.example/"}).url == "/"

    def test_single_letter_keys_can_be_switched_off(self, owner):
        assert "data-shortcuts" not in text(owner.get("/test/audit/"))
        owner.post(reverse("web:shortcuts"), {})

        assert 'data-shortcuts="off"' in text(owner.get("/test/audit/"))


class TestCompanies:
    def test_a_person_of_two_companies_switches(self, owner, tenants):
        with tenant_scope(tenants[1].pk):
            add_member(user=User.objects.get(email__startswith="owner"), role="ANALYST", actor=SYSTEM)

        owner.post(reverse("web:switch-tenant"), {"tenant": str(tenants[1].pk)})

        assert "Rival" in text(owner.get("/test/audit/"))
        assert owner.get("/test/owner/").status_code == 403

    @pytest.mark.parametrize("wanted", ["other", "nonsense"])
    def test_nobody_enters_a_company_they_do_not_belong_to(self, owner, tenants, wanted):
        chosen = str(tenants[1].pk) if wanted == "other" else wanted

        assert owner.post(reverse("web:switch-tenant"), {"tenant": chosen}).status_code == 404
        assert owner.get("/test/owner/").status_code == 200

    def test_a_stranger_cannot_switch(self, tenants):
        assert Client().post(reverse("web:switch-tenant"), {"tenant": str(tenants[0].pk)}).status_code == 404


class TestErrors:
    def test_not_found_inside_the_shell(self, owner):
        response = owner.get("/no/such/page/")

        assert response.status_code == 404
        assert "There is nothing here" in text(response)

    def test_not_found_for_a_stranger(self, db):
        assert "There is nothing here" in text(Client().get("/no/such/page/"))

    def test_a_forged_form_is_refused_in_words(self, owner):
        forger = Client(enforce_csrf_checks=True)
        forger.cookies = owner.cookies
        response = forger.post(reverse("web:theme"), {"theme": "dark"})

        assert response.status_code == 403
        assert "This form was open for too long" in text(response)

    def test_a_bug_answers_without_database_or_session(self, owner, monkeypatch):
        owner.raise_request_exception = False
        monkeypatch.setattr("oms.web.lists.page.capped_count", lambda _rows: 1 / 0)
        response = owner.get("/test/audit/")

        assert response.status_code == 500
        assert "Something broke on our side" in text(response)

    def test_a_question_that_takes_too_long_is_said_to_be_so(self, owner, monkeypatch):
        owner.raise_request_exception = False

        def ask(_rows) -> None:
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 20")
                cursor.execute("SELECT pg_sleep(5)")

        monkeypatch.setattr("oms.web.lists.page.capped_count", ask)
        response = owner.get("/test/audit/")

        assert (response.status_code, response["Retry-After"]) == (503, "1")
        assert "The database could not answer in time." in text(response)

    def test_a_bug_answers_htmx_with_a_message(self, owner, monkeypatch):
        owner.raise_request_exception = False
        monkeypatch.setattr("oms.web.lists.page.capped_count", lambda _rows: 1 / 0)
        response = owner.get("/test/audit/", headers={"HX-Request": "true"})

        assert (response.status_code, response["HX-Retarget"]) == (500, "#toasts")


def test_navigation_shows_only_what_exists_and_is_allowed(store_staff, owner, monkeypatch):
    from oms.tenancy.permissions import Permission  # noqa: PLC0415 -- patched here only
    from oms.web import navigation  # noqa: PLC0415 -- patched here only

    entries = (
        navigation.Entry(
            "test-audit",
            "Orders here",
            icon="home",
            permission=Permission.ORDERS_READ,
            count="tests.web.test_shell.three",
        ),
        navigation.Entry("web:shortcuts", "For all", icon="home"),
        navigation.Entry("no-such-route", "Nowhere", icon="home"),
    )
    monkeypatch.setattr(navigation, "SECTIONS", (navigation.Section("Work", entries),))

    seen = text(owner.get("/shortcuts/"))
    hidden = text(store_staff.get("/shortcuts/"))

    assert "Orders here" in seen
    assert "3 late" in seen
    assert "Orders here" not in hidden
    assert "Nowhere" not in seen
    assert 'aria-current="page"' in seen


def three(_request):
    from oms.web.navigation import Count  # noqa: PLC0415 -- named by a dotted path

    return Count(3, "late", loud=True)


def test_two_people_two_companies_two_worlds(tenants):
    stranger = signed_in(make_person(tenants[1]), tenants[1])

    assert "Maison Keravel" not in text(stranger.get("/test/audit/"))
