"""The owner's pages: people and roles, API keys, safety, audit trail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from oms.tenancy.enums import ActorKind, Role
from oms.tenancy.errors import NotFound
from oms.tenancy.permissions import Permission
from oms.tenancy.queries import api_keys, audit_entries, memberships
from oms.tenancy.services import add_member, create_api_key, create_person, revoke_api_key, update_tenant
from oms.tenancy.services.members import LastOwner, change_member, deactivate_member
from oms.tenancy.web.acts import ACTIONS, action_words, details, name_people
from oms.tenancy.web.forms import KeyForm, PersonForm, RoleForm, SafetyForm
from oms.web import elements
from oms.web.lists import ChoiceFilter, Column, DateFilter, ListSpec, Option, render_list
from oms.web.pages import page

if TYPE_CHECKING:
    from uuid import UUID

    from django.http import HttpResponse
    from django.http.response import HttpResponseBase

    from oms.tenancy.models import AuditEntry, Membership
    from oms.tenancy.requests import TenantRequest

ADMIN = Permission.TENANT_ADMIN
BOTH = ("GET", "POST")
REFUSED = 422
TABS = (
    ("settings", gettext_lazy("People")),
    ("keys", gettext_lazy("API keys")),
    ("safety", gettext_lazy("Second factor")),
    ("audit", gettext_lazy("Audit trail")),
)


def tabs(current: str) -> list[dict[str, Any]]:
    """The parts of the settings."""
    return [{"label": label, "href": reverse(f"tenancy:{name}"), "current": name == current} for name, label in TABS]


@page(ADMIN, methods=BOTH)
def people(request: TenantRequest) -> HttpResponse:
    """Who works here, and somebody new."""
    form = PersonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        given = form.cleaned_data
        with transaction.atomic():
            person = create_person(email=given["email"], name=given["name"])
            add_member(user=person, role=given["role"], actor=request.access.actor, location_ids=form.location_ids)
        words = _("%(email)s may enter; whoever has no password yet asks for one on the sign-in page.")
        messages.success(request, words % {"email": person.email})
        return redirect("tenancy:settings")
    members = [{"row": row, "role": Role(row.role).label} for row in memberships()]
    context = {"tabs": tabs("settings"), "members": members, "form": form}
    return render(request, "settings/people.html", context, status=REFUSED if form.is_bound else 200)


@page(ADMIN, methods=BOTH)
def member(request: TenantRequest, member_id: UUID) -> HttpResponse:
    """One member's role and locations."""
    row = _member(member_id)
    first = {"role": row.role, "locations": [str(each) for each in row.location_ids]}
    form = RoleForm(request.POST if request.method == "POST" else None, initial=first)
    if form.is_valid() and _changed(request, row, form):
        messages.success(request, _("%(name)s has the role now.") % {"name": row.user})
        return redirect("tenancy:settings")
    context = {"tabs": tabs("settings"), "member": row, "form": form, "is_me": row.user_id == request.user.pk}
    return render(request, "settings/member.html", context, status=REFUSED if form.is_bound else 200)


def _changed(request: TenantRequest, row: Membership, form: RoleForm) -> bool:
    try:
        with transaction.atomic():
            change_member(
                member_id=row.pk,
                role=form.cleaned_data["role"],
                actor=request.access.actor,
                location_ids=form.location_ids,
            )
    except LastOwner as refusal:
        form.add_error("role", refusal.message)
        return False
    return True


@page(ADMIN, methods=("POST",))
def deactivate(request: TenantRequest, member_id: UUID) -> HttpResponse:
    """Let the person in no more."""
    row = _member(member_id)
    try:
        with transaction.atomic():
            deactivate_member(member_id=row.pk, actor=request.access.actor)
    except LastOwner as refusal:
        form = RoleForm(initial={"role": row.role})
        context = {"tabs": tabs("settings"), "member": row, "form": form, "refusal": refusal.message}
        return render(request, "settings/member.html", context, status=REFUSED)
    messages.success(request, _("%(name)s may no longer enter.") % {"name": row.user})
    return redirect("tenancy:settings")


def _member(member_id: UUID) -> Membership:
    found = memberships().filter(pk=member_id).first()
    if found is None:
        raise NotFound(_("There is no such member."))
    return found


@page(ADMIN, methods=BOTH)
def keys(request: TenantRequest) -> HttpResponse:
    """The keys of programs. A new secret is in this one answer and nowhere else, hence no redirect."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    secret, status = "", 200
    if form.is_valid():
        given = form.cleaned_data
        _key, secret = create_api_key(
            name=given["name"], scopes=given["scopes"], expires_at=given["expires_at"], actor=request.access.actor
        )
        form = KeyForm()
    elif form.is_bound:
        status = REFUSED
    context = {
        "tabs": tabs("keys"),
        "keys": list(api_keys()),
        "form": form,
        "secret": secret,
        "now": timezone.now(),
    }
    response = render(request, "settings/keys.html", context, status=status)
    response["Cache-Control"] = "no-store"
    return response


@page(ADMIN, methods=("POST",))
def revoke(request: TenantRequest, key_id: UUID) -> HttpResponse:
    """Make a key useless."""
    revoke_api_key(key_id=key_id, now=timezone.now(), actor=request.access.actor)
    messages.success(request, _("The key is useless from now on."))
    return redirect("tenancy:keys")


@page(ADMIN, methods=BOTH)
def safety(request: TenantRequest) -> HttpResponse:
    """Whether everybody needs a second factor."""
    if request.method == "POST":
        wanted = "mfa_required" in request.POST
        update_tenant(actor=request.access.actor, mfa_required=wanted)
        done = _("Everybody needs a second factor now.") if wanted else _("A second factor is everybody's own choice.")
        messages.success(request, done)
        return redirect("tenancy:safety")
    form = SafetyForm(initial={"mfa_required": request.tenant.mfa_required})
    return render(request, "settings/safety.html", {"tabs": tabs("safety"), "form": form})


AUDIT: ListSpec[AuditEntry] = ListSpec(
    key="audit",
    title=gettext_lazy("Audit trail"),
    columns=(
        Column(
            "what",
            gettext_lazy("Action"),
            value=action_words,
            cell=lambda row: elements.folded(action_words(row), details(row)),
        ),
        Column("details", gettext_lazy("Details"), value=details, priority=2, wide=True),
        Column("action", gettext_lazy("Code"), value=lambda row: row.action, shown=False, priority=3),
        Column(
            "object",
            gettext_lazy("Object"),
            value=lambda row: f"{row.object_type} {row.object_id}",
            shown=False,
            priority=3,
        ),
        Column("actor", gettext_lazy("By"), value=lambda row: row.actor_label or str(ActorKind(row.actor_kind).label)),
        Column("request", gettext_lazy("Request"), value=lambda row: row.request_id, shown=False, priority=3),
        Column("at", gettext_lazy("When"), value=lambda row: row.at, sort="at", newest_first=True, align="right"),
    ),
    default_sort="-at",
    filters=(
        DateFilter("at", gettext_lazy("When"), field="at"),
        ChoiceFilter(
            "kind",
            gettext_lazy("By"),
            options=tuple(Option(value, label) for value, label in ActorKind.choices),
            field="actor_kind",
        ),
        ChoiceFilter(
            "action",
            gettext_lazy("Action"),
            options=tuple(Option(code, words) for code, words in ACTIONS.items()),
            field="action",
        ),
    ),
    row_label=action_words,
    prepare=name_people,
    personal_data=True,
    template="settings/audit.html",
)


@page(ADMIN)
def audit_trail(request: TenantRequest) -> HttpResponseBase:
    """Who did what, newest first."""
    return render_list(request, AUDIT, audit_entries(), context={"tabs": tabs("audit")})
