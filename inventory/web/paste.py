"""Quantities pasted from a spreadsheet: what they would change is shown first, then applied where it is still so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.core import signing
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inventory.enums import MANUAL_REASONS, MovementReason
from inventory.queries import pasted_changes
from inventory.services import set_levels
from inventory.types import LevelSetting
from oms.tenancy.errors import InvalidInput
from oms.tenancy.permissions import Permission
from oms.web import formats
from oms.web.once import claim_form, new_key
from oms.web.pages import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpResponse

    from inventory.queries import PastePreview
    from inventory.types import Applied
    from oms.tenancy.requests import TenantRequest

MOST_CELLS = 2000
LONGEST_TEXT = 200_000
SALT = "inventory.paste"
REFUSED = 422


class TextForm(forms.Form):
    """What was copied out of the spreadsheet."""

    text = forms.CharField(
        label=gettext_lazy("Quantities on hand"),
        max_length=LONGEST_TEXT,
        widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false", "class": "bt-paste"}),
        help_text=gettext_lazy(
            "Either SKUs in the first column and a location above each other one, or one line for each SKU, location and quantity."
        ),
    )


class ApplyForm(forms.Form):
    """Why the levels change; `changes` is what was shown, signed."""

    reason = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        choices=[(each.value, each.label) for each in MANUAL_REASONS],
        initial=MovementReason.ADJUSTMENT,
    )
    note = forms.CharField(label=gettext_lazy("Note"), max_length=300, required=False)
    changes = forms.CharField(widget=forms.HiddenInput)
    key = forms.CharField(widget=forms.HiddenInput)

    def clean_changes(self) -> list[LevelSetting]:
        try:
            rows = signing.loads(self.cleaned_data["changes"], salt=SALT)
        except signing.BadSignature:
            raise InvalidInput(_("What was shown can no longer be read. Paste it again.")) from None
        return [LevelSetting(*row) for row in rows]


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was not applied, as it can be pasted again."""

    level: LevelSetting
    reason: str


@page(Permission.STOCK_WRITE, methods=("GET", "POST"))
def paste(request: TenantRequest) -> HttpResponse:
    """Ask for the text, show what it would change, apply it."""
    if request.method == "GET":
        return _page(request, TextForm())
    return _apply(request) if "apply" in request.POST else _preview(request)


def _preview(request: TenantRequest) -> HttpResponse:
    form = TextForm(request.POST)
    if not form.is_valid():
        return _page(request, form, status=REFUSED)
    found = pasted_changes(form.cleaned_data["text"])
    if len(found.changes) > MOST_CELLS:
        form.add_error(
            "text",
            _("At most %(count)s quantities at a time; import a file for more.")
            % {"count": formats.number(MOST_CELLS)},
        )
        return _page(request, form, status=REFUSED)
    shown = [[each.sku.code, each.place.code, each.new, each.old] for each in found.changes]
    changes = signing.dumps(shown, salt=SALT, compress=True)
    return _page(request, form, found, ApplyForm(initial={"changes": changes, "key": new_key()}))


def _apply(request: TenantRequest) -> HttpResponse:
    form = ApplyForm(request.POST)
    if not form.is_valid():
        raise InvalidInput(_("Choose a reason, then paste the quantities again."))
    sent = claim_form(request)
    if sent.done:
        return redirect("inventory:matrix")
    levels, given = form.cleaned_data["changes"], form.cleaned_data
    applied = set_levels(
        levels=levels,
        now=timezone.now(),
        reason=given["reason"],
        actor=request.access.actor,
        cause_type="paste",
        note=given["note"],
    )
    response = _answer(request, levels, applied)
    sent.keep(response)
    return response


def _answer(request: TenantRequest, levels: Sequence[LevelSetting], applied: Applied) -> HttpResponse:
    said = ngettext("%(count)s level is changed.", "%(count)s levels are changed.", applied.changed)
    messages.success(request, said % {"count": formats.number(applied.changed)})
    if not applied.rejected:
        return redirect("inventory:matrix")
    refused = [Refused(levels[row.line - 1], row.reason) for row in applied.rejected]
    again = "\n".join(f"{each.level.sku}\t{each.level.location}\t{each.level.on_hand}" for each in refused)
    return _page(request, TextForm(initial={"text": again}), refused=refused)


def _page(
    request: TenantRequest,
    form: TextForm,
    preview: PastePreview | None = None,
    apply: ApplyForm | None = None,
    *,
    refused: Sequence[Refused] = (),
    status: int = 200,
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "preview": preview, "apply": apply, "refused": refused}
    return render(request, "inventory/paste.html", context, status=status)
