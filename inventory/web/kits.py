"""What the page of a SKU says of kits: what one is made of, and which it is a part of; and the making of prepacked ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from inventory.enums import SkuKind
from inventory.queries import kits_of, sku_with_parts
from inventory.services import assemble, disassemble
from inventory.services.levels import LARGEST
from inventory.web.choices import NONE, choose, place_choices
from oms.tenancy.errors import OmsError

if TYPE_CHECKING:
    from inventory.models import Sku
    from oms.tenancy.types import Actor

ASSEMBLE, DISASSEMBLE = "assemble", "disassemble"


class AssemblyForm(forms.Form):
    """So many kits to make, or to take apart, where they lie. The key makes a form that is sent twice one making."""

    location = forms.TypedChoiceField(label=gettext_lazy("Location"), coerce=UUID)
    act = forms.ChoiceField(
        label=gettext_lazy("What to do"),
        choices=[(ASSEMBLE, gettext_lazy("Assemble")), (DISASSEMBLE, gettext_lazy("Take apart"))],
        initial=ASSEMBLE,
    )
    quantity = forms.IntegerField(label=gettext_lazy("Kits"), min_value=1, max_value=LARGEST - 1)
    key = forms.CharField(max_length=60, widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "kit_%s", **kwargs})
        choose(self, location=[NONE, *place_choices()])
        self.fields["key"].initial = f"web-{uuid4()}"


def kit_context(sku: Sku, form: AssemblyForm | None = None) -> dict[str, Any]:
    """What the cards of the page ask for."""
    return {
        "kind": SkuKind(sku.kind).label,
        "is_virtual": sku.kind == SkuKind.VIRTUAL,
        "parts": list(sku_with_parts(sku.pk).components.all()),
        "kits": list(kits_of(sku.pk)),
        "making": form or AssemblyForm() if sku.kind == SkuKind.PREPACKED else None,
    }


def make(sku: Sku, form: AssemblyForm, actor: Actor) -> bool:
    """Make what the form says; refused in words on the form."""
    given = form.cleaned_data
    verb = assemble if given["act"] == ASSEMBLE else disassemble
    try:
        with transaction.atomic():
            verb(
                sku_id=sku.pk,
                location_id=given["location"],
                quantity=given["quantity"],
                now=timezone.now(),
                key=given["key"],
                actor=actor,
            )
    except OmsError as refusal:
        form.add_error("quantity", refusal.message)
        return False
    return True
