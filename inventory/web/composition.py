"""What a SKU is made of: its kind, and the components of a kit, as one page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import SkuKind
from inventory.queries import sku_named, sku_with_parts
from inventory.rules.kits import MOST_PARTS, MOST_PER_KIT
from inventory.services import update_sku
from inventory.types import NewPart
from oms.tenancy.errors import InvalidInput
from oms.tenancy.permissions import Permission
from oms.web.fields import SkuInput
from oms.web.pages import page

if TYPE_CHECKING:
    from django.http import HttpResponse, QueryDict

    from inventory.models import Sku
    from oms.tenancy.requests import TenantRequest

REFUSED = 422
BLANK_ROWS = 3


class KindForm(forms.Form):
    """What a SKU is. One that is simple is offered to become a kit."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What it is"),
        choices=SkuKind.choices,
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "A virtual kit is prepared as its components and has no stock of its own; a prepacked one lies on a shelf."
        ),
    )


class PartForm(forms.Form):
    """So many units of one SKU in each kit."""

    sku = forms.CharField(
        label=gettext_lazy("SKU"),
        max_length=100,
        widget=SkuInput,
    )
    quantity = forms.IntegerField(label=gettext_lazy("In each kit"), min_value=1, max_value=MOST_PER_KIT)

    def has_changed(self) -> bool:
        """A row with anything in it is a component, whatever stood there when the page was drawn."""
        return any(self[name].data for name in ("sku", "quantity"))


PartForms = forms.formset_factory(PartForm, extra=BLANK_ROWS, max_num=MOST_PARTS, can_delete=True)


class Composition:
    """The forms of one SKU's composition; `keep` says its refusals on them."""

    def __init__(self, sku: Sku, data: QueryDict | None = None) -> None:
        parts = sku_with_parts(sku.pk).components.all()
        self.present = {part.component.code: part.quantity for part in parts}
        kind = SkuKind.VIRTUAL if sku.kind == SkuKind.SIMPLE else sku.kind
        self.sku = sku
        self.kind = KindForm(data, initial={"kind": kind})
        self.parts = PartForms(
            data,
            prefix="parts",
            initial=[
                {"sku": part.component.code, "name": part.component.name, "quantity": part.quantity} for part in parts
            ],
        )

    def is_valid(self) -> bool:
        return all([self.kind.is_valid(), self.parts.is_valid()])

    @property
    def wanted(self) -> list[NewPart] | None:
        """The components; None where a kit becomes simple, which lets go of those that it had."""
        left = [form.cleaned_data for form in self.parts if form not in self.parts.deleted_forms]
        wanted = [NewPart(given["sku"], given["quantity"]) for given in left if given]
        untouched = {part.sku: part.quantity for part in wanted} == self.present
        return None if untouched and self.kind.cleaned_data["kind"] == SkuKind.SIMPLE else wanted

    def keep(self, request: TenantRequest) -> bool:
        """Make the SKU what the forms say, or say on them why not."""
        try:
            with transaction.atomic():
                update_sku(
                    sku_id=self.sku.pk,
                    now=timezone.now(),
                    kind=self.kind.cleaned_data["kind"],
                    components=self.wanted,
                    actor=request.access.actor,
                )
        except InvalidInput as refusal:
            self._refuse(refusal)
            return False
        return True

    def _refuse(self, refusal: InvalidInput) -> None:
        named = set(refusal.data.get("skus", ()))
        rows = [form for form in self.parts if form.cleaned_data.get("sku") in named]
        for form in rows:
            form.add_error("sku", refusal.message)
        if not rows:
            self.kind.add_error("kind" if refusal.data.get("field") == "kind" else None, refusal.message)


@page(Permission.CATALOGUE_WRITE, methods=("GET", "POST"))
def composition(request: TenantRequest, code: str) -> HttpResponse:
    """Say what a SKU is and what it is made of."""
    sku = sku_named(code)
    forms_of = Composition(sku, request.POST if request.method == "POST" else None)
    if request.method == "POST" and forms_of.is_valid() and forms_of.keep(request):
        messages.success(request, _("The composition is saved; orders keep the components they were accepted with."))
        return redirect("inventory:sku", sku.code)
    context: dict[str, Any] = {"sku": sku, "composition": forms_of}
    return render(request, "inventory/composition.html", context, status=REFUSED if request.method == "POST" else 200)
