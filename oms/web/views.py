from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from oms.tenancy.middleware import SESSION_KEY
from oms.tenancy.queries import tenant_choices
from oms.tenancy.services import delete_view, save_view, update_preferences
from oms.web import palette
from oms.web.context import THEME_COOKIE, THEMES
from oms.web.errors import problem
from oms.web.forms import SaveViewForm
from oms.web.navigation import start_page
from oms.web.pages import open_page, page
from oms.web.samples import styleguide_context

if TYPE_CHECKING:
    from django.http import HttpRequest

    from oms.tenancy.requests import TenantRequest

YEAR = 365 * 24 * 3600


@page(None)
def palette_page(request: TenantRequest) -> HttpResponse:
    """What the palette finds: its list for the dialog, a whole page without JavaScript."""
    query = request.GET.get("q", "")
    found = palette.search(request, query)
    context = {"found": found, "query": query}
    if request.htmx:
        return render(request, "web/palette.html#results", context)
    hit = palette.exact_hit(found)
    if hit is not None and not hit.post:
        return redirect(hit.url)
    return render(request, "web/palette.html", context)


@open_page
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language for this device, and for the person when one is signed in."""
    chosen = request.POST.get("language", "")
    if chosen not in dict(settings.LANGUAGES):
        return problem(request, 400)
    if request.user.is_authenticated:
        update_preferences(user=request.user, language=chosen)
    response = _back(request)
    _remember(response, settings.LANGUAGE_COOKIE_NAME, chosen)
    return response


@open_page
@require_POST
def set_theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme for this device, and for the person when one is signed in."""
    chosen = request.POST.get("theme", "")
    if chosen not in THEMES:
        return problem(request, 400)
    if request.user.is_authenticated:
        update_preferences(user=request.user, theme=chosen)
    response = _back(request)
    _remember(response, THEME_COOKIE, chosen)
    return response


@page(None, methods=("GET", "POST"))
def shortcuts(request: TenantRequest) -> HttpResponse:
    """The keyboard shortcuts, and the switch that turns the single-letter ones off."""
    if request.method == "POST":
        wanted = request.POST.get("shortcuts") == "on"
        update_preferences(user=request.user, shortcuts=wanted)
        messages.success(request, _("Keyboard shortcuts are on.") if wanted else _("Keyboard shortcuts are off."))
        return redirect("web:shortcuts")
    return render(request, "web/shortcuts.html")


@open_page
@require_POST
def switch_tenant(request: HttpRequest) -> HttpResponse:
    """Enter another company that the person belongs to."""
    user: Any = request.user
    wanted = request.POST.get("tenant", "")
    choices = {str(choice.tenant_id) for choice in tenant_choices(user.pk)} if user.is_authenticated else set()
    if wanted not in choices:
        return problem(request, 404)
    request.session[SESSION_KEY] = str(UUID(wanted))
    return HttpResponseRedirect("/")


@open_page
@require_http_methods(["GET", "HEAD"])
def welcome(request: HttpRequest) -> HttpResponse:
    """Where a person lands who belongs to no company, or whose role opens no page."""
    if not request.user.is_authenticated:
        return redirect(settings.LOGIN_URL)
    return render(request, "web/welcome.html")


@page(None)
def start(request: TenantRequest) -> HttpResponse:
    """The first page that the person's role opens; serves `/` where no room has a home page."""
    return redirect(start_page(request.access))


@page(None, methods=("POST",))
def save_list_view(request: TenantRequest) -> HttpResponse:
    """Keep a list's filters under a name, then show that list again."""
    form = SaveViewForm(request.POST)
    back = _safe(request, request.POST.get("next", ""))
    if not form.is_valid():
        messages.error(request, _("Give the view a name of at most 60 characters."))
        return HttpResponseRedirect(back)
    data = form.cleaned_data
    kept = save_view(
        page=data["page"], name=data["name"], query=data["query"], user_id=request.user.pk, shared=data["shared"]
    )
    messages.success(request, _("The view “%(name)s” is saved.") % {"name": kept.name})
    query = f"{kept.query}&" if kept.query else ""
    return HttpResponseRedirect(f"{urlsplit(back).path}?{query}view={kept.pk}")


@page(None, methods=("POST",))
def delete_list_view(request: TenantRequest, view_id: UUID) -> HttpResponse:
    """Forget a saved view."""
    delete_view(view_id=view_id, user_id=request.user.pk)
    messages.success(request, _("The view is deleted."))
    return HttpResponseRedirect(urlsplit(_safe(request, request.POST.get("next", ""))).path)


@page(None)
def styleguide(request: TenantRequest) -> HttpResponse:
    """Every component once, for people who build pages and for the accessibility tests."""
    return render(request, "web/styleguide.html", styleguide_context())


def _safe(request: HttpRequest, target: str) -> str:
    """The target if it is a page of ours, else the start."""
    fine = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if target and fine else "/"


def _back(request: HttpRequest) -> HttpResponseRedirect:
    return HttpResponseRedirect(_safe(request, request.POST.get("next", "") or request.headers.get("referer", "")))


def _remember(response: HttpResponse, name: str, value: str) -> None:
    response.set_cookie(name, value, max_age=YEAR, samesite="Lax", secure=settings.SESSION_COOKIE_SECURE, httponly=True)
