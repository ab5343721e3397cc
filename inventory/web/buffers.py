"""Buffer rules: the list, and the page of each with what it would change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import BufferMeasure, LocationKind
from inventory.queries import buffer_rules, get_buffer_rule, is_sweeping, preview_buffers
from inventory.services import create_buffer_rule, delete_buffer_rule, update_buffer_rule
from inventory.web.buffer_form import BufferForm, rule_id_of
from oms.tenancy.errors import Forbidden
from oms.tenancy.permissions import Permission
from oms.tenancy.queries import audit_entries
from oms.tenancy.web.acts import action_words, details
from oms.web import elements, formats
from oms.web.lists import Button, ChoiceFilter, Column, Empty, ListSpec, Option, render_list
from oms.web.pages import page

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase
    from django.utils.safestring import SafeString

    from inventory.models import BufferRule
    from oms.tenancy.requests import TenantRequest

REFUSED = 422
TRAIL_SHOWN = 20
PAGE = "inventory/buffers/page.html"
NEW = Button(
    gettext_lazy("New buffer rule"),
    "inventory:new-buffer",
    icon="plus",
    permission=Permission.STOCK_WRITE,
    primary=True,
)


def where_words(rule: BufferRule) -> str:
    """The locations, or all."""
    kinds = [str(LocationKind(kind).label) for kind in rule.kinds if kind in LocationKind]
    places = ", ".join([*rule.location_codes, *kinds, *rule.groups]) or _("All locations")
    if rule.confidence_below is None:
        return places
    under = {"places": places, "share": formats.percent(rule.confidence_below / 100, 0)}
    return _("%(places)s, where confidence is under %(share)s") % under


def what_words(rule: BufferRule) -> str:
    """The SKUs, or all; a SKU must be in each of the lists."""
    lists = (rule.categories, rule.brands, rule.sku_codes)
    return " × ".join(", ".join(each) for each in lists if each) or _("All SKUs")


def how_words(rule: BufferRule) -> str:
    """`3 units`, `10% of on hand, at least 1, at most 5`."""
    if rule.measure == BufferMeasure.UNITS:
        return formats.units(rule.amount)
    parts = [_("%(share)s of on hand") % {"share": formats.percent(rule.amount / 100, 0)}]
    if rule.least is not None:
        parts.append(_("at least %(units)s") % {"units": formats.number(rule.least)})
    if rule.most is not None:
        parts.append(_("at most %(units)s") % {"units": formats.number(rule.most)})
    return ", ".join(parts)


def when_words(rule: BufferRule) -> str:
    """The days, or always."""
    if rule.starts_on and rule.ends_on:
        return _("%(first)s to %(last)s") % {"first": formats.day(rule.starts_on), "last": formats.day(rule.ends_on)}
    if rule.starts_on:
        return _("from %(first)s") % {"first": formats.day(rule.starts_on)}
    return _("until %(last)s") % {"last": formats.day(rule.ends_on)} if rule.ends_on else _("always")


def _state(rule: BufferRule) -> SafeString:
    if rule.active:
        return elements.mark("good", "check", _("active"), quiet=True)
    return elements.mark("neutral", "minus", _("inactive"), quiet=True)


RULES: ListSpec[BufferRule] = ListSpec(
    key="buffers",
    title=gettext_lazy("Buffers"),
    columns=(
        Column("name", gettext_lazy("Name"), value=lambda rule: rule.name, sort="name"),
        Column(
            "priority",
            gettext_lazy("Priority"),
            value=lambda rule: rule.priority,
            sort="priority",
            align="right",
            phone=False,
        ),
        Column("how", gettext_lazy("Held back"), value=how_words),
        Column("where", gettext_lazy("Locations"), value=where_words, priority=2, wide=True),
        Column("what", gettext_lazy("SKUs"), value=what_words, priority=2),
        Column("when", gettext_lazy("When"), value=when_words, priority=3),
        Column("active", gettext_lazy("State"), value=lambda rule: rule.active, cell=_state),
    ),
    default_sort="priority",
    filters=(
        ChoiceFilter(
            "measure",
            gettext_lazy("Held back"),
            options=tuple(Option(value, label) for value, label in BufferMeasure.choices),
            field="measure",
        ),
    ),
    buttons=(NEW,),
    search=lambda found, text: found.filter(name__icontains=text),
    search_hint=gettext_lazy("Name"),
    row_label=lambda rule: rule.name,
    row_url=lambda rule: reverse("inventory:buffer", args=[rule.pk]),
    empty=Empty(
        gettext_lazy("No buffer rule yet"),
        gettext_lazy("Hold units back where the figures are uncertain: some units, or a share of what is on hand."),
        icon="shield-half",
        action=NEW,
    ),
    template="inventory/buffers/list.html",
)


@page(Permission.STOCK_READ)
def rule_list(request: TenantRequest) -> HttpResponseBase:
    """Every rule, in the order in which they are tried."""
    return render_list(request, RULES, buffer_rules(), context={"sweeping": is_sweeping()})


@page(Permission.STOCK_WRITE, methods=("GET", "POST"))
def new_rule(request: TenantRequest) -> HttpResponse:
    """Write a rule."""
    form = BufferForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or "preview" in request.POST or not form.is_valid():
        return _show(request, form)
    create_buffer_rule(now=timezone.now(), actor=request.access.actor, **form.cleaned_data)
    messages.success(request, _("The rule is kept; the levels follow within seconds."))
    return redirect("inventory:buffers")


@page(Permission.STOCK_READ, methods=("GET", "POST"))
def rule_page(request: TenantRequest, rule_id: UUID) -> HttpResponse:
    """One rule, what it would change, and what was done to it."""
    form = BufferForm(request.POST if request.method == "POST" else None, rule=get_buffer_rule(rule_id))
    if request.method == "POST" and not request.access.may(Permission.STOCK_WRITE):
        raise Forbidden(_("Your role does not include changing buffer rules."))
    if request.method == "GET" or "preview" in request.POST or not form.is_valid():
        return _show(request, form)
    update_buffer_rule(rule_id=rule_id, now=timezone.now(), actor=request.access.actor, **form.cleaned_data)
    messages.success(request, _("The rule is kept; the levels follow within seconds."))
    return redirect("inventory:buffers")


@page(Permission.STOCK_READ, methods=("POST",))
def preview(request: TenantRequest) -> HttpResponse:
    """What the rule in the form would change, while it is written."""
    rule_id = rule_id_of(request.POST.get("rule", ""))
    form = BufferForm(request.POST, rule=get_buffer_rule(rule_id) if rule_id else None)
    return render(request, f"{PAGE}#preview", {"form": form, "preview": _preview(form)})


@page(Permission.STOCK_WRITE, methods=("POST",))
def switch(request: TenantRequest, rule_id: UUID) -> HttpResponse:
    """Let the rule count, or no more."""
    wanted = "active" in request.POST
    rule = update_buffer_rule(rule_id=rule_id, now=timezone.now(), actor=request.access.actor, active=wanted)
    said = _("%(name)s counts; the levels follow within seconds.") if wanted else _("%(name)s counts no more.")
    messages.success(request, said % {"name": rule.name})
    return redirect("inventory:buffers")


@page(Permission.STOCK_WRITE, methods=("POST",))
def delete(request: TenantRequest, rule_id: UUID) -> HttpResponse:
    """Forget the rule."""
    name = get_buffer_rule(rule_id).name
    delete_buffer_rule(rule_id=rule_id, now=timezone.now(), actor=request.access.actor)
    messages.success(request, _("%(name)s is deleted; its units can be sold again.") % {"name": name})
    return redirect("inventory:buffers")


def _preview(form: BufferForm) -> Any:
    valid = form.is_valid() if form.is_bound else form.rule is not None
    if not valid:
        return None
    rule = form.as_rule() if form.is_bound else form.rule
    return None if rule is None else preview_buffers(rule, now=timezone.now())


def _show(request: TenantRequest, form: BufferForm) -> HttpResponse:
    rule = form.rule
    trail = audit_entries().filter(object_type="buffer_rule", object_id=str(rule.pk)) if rule else ()
    context = {
        "rule": rule,
        "form": form,
        "preview": _preview(form),
        "trail": [{"row": row, "words": action_words(row), "details": details(row)} for row in trail[:TRAIL_SHOWN]],
        "may_write": request.access.may(Permission.STOCK_WRITE),
    }
    refused = form.is_bound and not form.is_valid() and "preview" not in request.POST
    return render(request, PAGE, context, status=REFUSED if refused else 200)
