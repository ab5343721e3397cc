"""What people say about a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.enums import ImportKind, ImportMode
from inventory.imports.columns import FIELDS, guess_mapping, missing_fields
from inventory.queries import threshold_of
from inventory.web.choices import NONE, choose, code_choices

if TYPE_CHECKING:
    from collections.abc import Sequence

    from inventory.models import ImportRun
    from oms.tenancy.types import Access

MEBIBYTE = 1_048_576
_MODES = {
    ImportMode.DELTA: gettext_lazy("Only the rows of the file change"),
    ImportMode.FULL: gettext_lazy("The file has everything: what it leaves out becomes 0 at the locations it names"),
    ImportMode.NON_ZERO: gettext_lazy("The file has everything that is in stock; the rest of its locations becomes 0"),
}


class UploadForm(forms.Form):
    """A file and what it is."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV, XLSX or JSON lines. Columns, separators and encoding are recognised."),
    )
    kind = forms.ChoiceField(label=gettext_lazy("What it is about"), choices=ImportKind.choices)
    mode = forms.ChoiceField(
        label=gettext_lazy("What it says"), choices=[(key.value, label) for key, label in _MODES.items()]
    )
    location = forms.ChoiceField(
        label=gettext_lazy("Location of the rows"),
        required=False,
        help_text=gettext_lazy("For a file of stock that has no column for it."),
    )

    def __init__(self, *args: Any, kinds: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        labels = dict(ImportKind.choices)
        choose(self, kind=[(kind, labels[kind]) for kind in kinds], location=[NONE, *code_choices()])

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > settings.IMPORT_MAX_BYTES:
            raise forms.ValidationError(
                _("The file is larger than %(size)s MB.") % {"size": settings.IMPORT_MAX_BYTES // MEBIBYTE}
            )
        return file


class MappingForm(forms.Form):
    """Which column each field is in."""

    def __init__(self, *args: Any, run: ImportRun, headers: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.run = run
        guessed = run.mapping or guess_mapping(run.kind, headers)
        choices = [NONE, *((header, header) for header in dict.fromkeys(headers) if header)]
        for field in FIELDS[run.kind]:
            self.fields[field.name] = forms.ChoiceField(
                label=field.label,
                choices=choices,
                required=field.required and not (field.name == "location" and run.location),
                initial=guessed.get(field.name, ""),
            )

    @property
    def mapping(self) -> dict[str, str]:
        """The columns that were chosen."""
        return {name: header for name, header in self.cleaned_data.items() if header}

    @property
    def guessed(self) -> dict[str, str]:
        """The columns as they are before anybody chose."""
        return {name: str(field.initial) for name, field in self.fields.items() if field.initial}

    @property
    def missing(self) -> list[str]:
        """Fields that must have a column and have none yet."""
        return [str(field.label) for field in missing_fields(self.run.kind, self.guessed, location=self.run.location)]


class ThresholdForm(forms.Form):
    """How far a snapshot of a kind may differ from the one before it."""

    rows_percent = forms.IntegerField(label=gettext_lazy("Rows, in %"), min_value=0, max_value=1000, required=False)
    units_percent = forms.IntegerField(label=gettext_lazy("Units, in %"), min_value=0, max_value=1000, required=False)

    def __init__(self, data: Any = None, *, kind: str) -> None:
        set_now = threshold_of(kind)
        initial = {"rows_percent": set_now.rows_percent, "units_percent": set_now.units_percent}
        super().__init__(data, prefix=kind.lower(), initial=initial)
        self.kind = kind
        if kind != ImportKind.STOCK:
            del self.fields["units_percent"]

    @property
    def title(self) -> str:
        """The kind in words."""
        return str(ImportKind(self.kind).label)


def kinds_to_write(access: Access, writes: dict[ImportKind, Any]) -> list[str]:
    """The kinds of file that a person may send."""
    return [str(kind) for kind, needed in writes.items() if access.may(needed)]
