"""What people say of a stock view."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import SupplyKind
from inventory.errors import InvalidView
from inventory.models import StockView
from inventory.queries import stock_views
from inventory.rules.views import LISTS, SWITCHES, TERMS, is_ancestor
from inventory.services import with_terms
from inventory.web.choices import NONE, choose
from inventory.web.forms import CODE, WhereForm, words_in

if TYPE_CHECKING:
    from django.forms import BoundField

LONGEST_HORIZON = 3650
TERM_NAMES = (
    ("percentage", gettext_lazy("Share sold")),
    ("buffer", gettext_lazy("Buffer")),
    ("cap", gettext_lazy("At most")),
    ("pool", gettext_lazy("Ring-fence")),
    ("supply", gettext_lazy("Units to come")),
)
QUERY_NAMES = {
    "country": gettext_lazy("Countries"),
    "city": gettext_lazy("Cities"),
    "postcode": gettext_lazy("Postcodes that begin with"),
    "group": gettext_lazy("In one of the groups"),
    "legal_entity": gettext_lazy("Legal entities"),
    "ships": gettext_lazy("Ships"),
    "collects": gettext_lazy("Collects"),
    "takes_returns": gettext_lazy("Takes returns"),
}
EITHER = (("", gettext_lazy("either")), ("true", gettext_lazy("yes")), ("false", gettext_lazy("no")))
COMMAS = gettext_lazy("With commas between.")


class ViewForm(WhereForm):
    """A stock view. Without any location, kind, group or query it has every active location, or every one of its parent's."""

    code = forms.RegexField(
        CODE, label=gettext_lazy("Code"), max_length=40, help_text=gettext_lazy("Letters, digits, dots and dashes.")
    )
    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    parent = forms.ChoiceField(
        label=gettext_lazy("Parent"),
        required=False,
        help_text=gettext_lazy("It never sells what its parent has not; what the parent becomes reaches it."),
    )
    inherited = forms.MultipleChoiceField(
        label=gettext_lazy("Taken from the parent"),
        required=False,
        choices=TERM_NAMES,
        widget=forms.CheckboxSelectMultiple,
    )
    percentage = forms.IntegerField(
        label=gettext_lazy("Share sold, in %"), min_value=0, max_value=100, initial=100, required=False
    )
    buffer = forms.IntegerField(label=gettext_lazy("Buffer"), min_value=0, initial=0, required=False)
    cap = forms.IntegerField(label=gettext_lazy("At most"), min_value=0, required=False)
    pool = forms.RegexField(
        CODE,
        label=gettext_lazy("Ring-fence"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("The units set aside under this name are sold by this view too."),
    )
    pool_only = forms.BooleanField(label=gettext_lazy("Sell the ring-fence alone"), required=False)
    supply = forms.MultipleChoiceField(
        label=gettext_lazy("Units to come"),
        required=False,
        choices=SupplyKind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("What it sells before it is there; orders wait for the delivery."),
    )
    horizon = forms.IntegerField(
        label=gettext_lazy("Days ahead"),
        min_value=0,
        max_value=LONGEST_HORIZON,
        required=False,
        help_text=gettext_lazy("Empty: whenever it comes, a day that nobody knows included."),
    )

    def __init__(self, *args: Any, view: StockView | None = None, **kwargs: Any) -> None:
        self.view = view
        self.views = {each.pk: each for each in stock_views()}
        if view is not None:
            kwargs["initial"] = _initial(view)
        super().__init__(*args, **kwargs)
        choose(self, parent=[NONE, *((each.code, each.name) for each in self._possible_parents())])
        for name, label in QUERY_NAMES.items():
            self.fields[f"query_{name}"] = (
                forms.ChoiceField(label=label, choices=EITHER, required=False)
                if name in SWITCHES
                else forms.CharField(label=label, required=False, help_text=COMMAS, max_length=2000)
            )
        if view is not None:
            del self.fields["code"]

    def _possible_parents(self) -> list[StockView]:
        if self.view is None:
            return list(self.views.values())
        above = {each.pk: each.parent_id for each in self.views.values()}
        return [each for each in self.views.values() if not is_ancestor(self.view.pk, each.pk, above)]

    @property
    def parts(self) -> dict[str, list[BoundField]]:
        """The fields by the card they are in."""
        names = {
            "what": ("code", "name", "parent", "inherited"),
            "terms": ("percentage", "buffer", "cap", "pool", "pool_only"),
            "supply": ("supply", "horizon"),
            "where": ("kinds", "groups", "location_codes"),
            "query": tuple(f"query_{name}" for name in QUERY_NAMES),
        }
        return {part: [self[name] for name in fields if name in self.fields] for part, fields in names.items()}

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if stock_views().filter(code=code).exists():
            raise forms.ValidationError(_("There is a stock view %(code)s already.") % {"code": code})
        return code

    def clean(self) -> None:
        super().clean()
        given = self.cleaned_data
        if (
            given.get("pool_only")
            and not given.get("pool")
            and "pool" not in [*self.errors, *given.get("inherited", ())]
        ):
            self.add_error("pool", _("A view that sells a ring-fence alone must name it."))
        if not self.errors:
            try:
                self.resulting()
            except InvalidView as refusal:
                field = str(refusal.data.get("field", ""))
                self.add_error(field if field in self.fields else None, refusal.message)

    @property
    def values(self) -> dict[str, Any]:
        """The view's fields; those that it leaves to its parent are not among them."""
        given = self.cleaned_data
        parent = next((each for each in self.views.values() if each.code == given["parent"]), None)
        inherited = given["inherited"] if parent is not None else []
        own = {
            "percentage": 100 if given["percentage"] is None else given["percentage"],
            "buffer": given["buffer"] or 0,
            "cap": given["cap"],
            "pool": given["pool"],
            "pool_only": given["pool_only"],
            "supply": given["supply"],
            "horizon": given["horizon"],
        }
        left = {field for term in inherited for field in TERMS[term]}
        return {
            "code": given.get("code") or (self.view.code if self.view else ""),
            "name": given["name"],
            "parent_id": parent.pk if parent else None,
            "inherited": inherited,
            "location_codes": given["location_codes"],
            "kinds": given["kinds"],
            "groups": given["groups"],
            "query": self._query(),
            **{field: value for field, value in own.items() if field not in left},
        }

    def _query(self) -> dict[str, Any]:
        """The question to locations; parts that the form does not show stay as they are."""
        given = {name: self.cleaned_data.get(f"query_{name}", "") for name in QUERY_NAMES}
        asked: dict[str, Any] = {name: words_in(text) for name, text in given.items() if name in LISTS and text}
        asked |= {name: text == "true" for name, text in given.items() if name in SWITCHES and text}
        kept = {} if self.view is None else {k: v for k, v in self.view.query.items() if k not in QUERY_NAMES}
        return {**kept, **asked}

    def resulting(self) -> tuple[StockView, list[StockView]]:
        """The view as it would be, and the views below it as they would follow; nothing is saved. Raises InvalidView."""
        copies = {pk: copy(each) for pk, each in self.views.items()}
        values = self.values
        code = values.pop("code")
        view = copies[self.view.pk] if self.view is not None else StockView(code=code)
        with_terms(view, copies, **values)
        below = [
            each
            for each in copies.values()
            if each.pk != view.pk and is_ancestor(view.pk, each.parent_id, {k: v.parent_id for k, v in copies.items()})
        ]
        return view, below


def _initial(view: StockView) -> dict[str, Any]:
    names = (
        "code",
        "name",
        "location_codes",
        "kinds",
        "pool",
        "pool_only",
        "percentage",
        "buffer",
        "cap",
        "supply",
        "horizon",
        "inherited",
    )
    asked = {
        f"query_{name}": str(value).lower() if name in SWITCHES else ", ".join(value)
        for name, value in view.query.items()
        if name in QUERY_NAMES
    }
    parent = view.parent.code if view.parent else ""
    return {
        **{name: getattr(view, name) for name in names},
        **asked,
        "parent": parent,
        "groups": ", ".join(view.groups),
    }
