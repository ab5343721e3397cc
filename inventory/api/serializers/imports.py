"""Imports in JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from inventory.api.serializers.stock import FEED_REASONS
from inventory.enums import ImportKind, ImportMode, ImportSource, ImportState, MovementReason
from inventory.imports.reasons import why_failed, why_rejected
from oms.rest.serializers import In, Out, Text

if TYPE_CHECKING:
    from inventory.models import ImportReject, ImportRun


class ImportIn(In):
    """What is to be done with a file. In a query string or in the fields of a form everything is text."""

    kind = serializers.ChoiceField(ImportKind.values, default=str(ImportKind.STOCK))
    mode = serializers.ChoiceField(ImportMode.values, default=str(ImportMode.DELTA))
    dry_run = serializers.BooleanField(default=False)
    name = Text(max_length=200, allow_blank=True, default="")
    location = Text(max_length=40, allow_blank=True, default="")
    reason = serializers.ChoiceField([str(each) for each in FEED_REASONS], default=str(MovementReason.SYNC))
    as_of = serializers.DateTimeField(required=False)


class GuardOut(Out):
    """What a snapshot was compared with; `passed` names the limits it passes, for which it waits."""

    compared_with = serializers.CharField(allow_null=True)
    rows_before = serializers.IntegerField(allow_null=True)
    units_before = serializers.IntegerField(allow_null=True)
    passed = serializers.ListField(child=serializers.CharField())


class ImportOut(Out):
    """An import. `unchanged` rows say what is so already and cost nothing; `zeroed` levels are those a snapshot left out at the
    locations it `covers`; `to_apply` of them all `applied` are written.
    """

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(ImportKind.choices)
    mode = serializers.ChoiceField(ImportMode.choices)
    source = serializers.ChoiceField(ImportSource.choices)  # type: ignore[assignment]  # REST framework takes it off the class
    state = serializers.ChoiceField(ImportState.choices)
    dry_run = serializers.BooleanField()
    file = serializers.CharField(source="file_name")
    size = serializers.IntegerField(source="file_size")
    digest = serializers.CharField(help_text="SHA-256 of the content.")
    as_of = serializers.DateTimeField()
    read = serializers.IntegerField(source="read_bytes", help_text="Bytes of the file read so far.")
    rows = serializers.IntegerField()
    valid = serializers.IntegerField()
    changed = serializers.IntegerField()
    unchanged = serializers.IntegerField()
    rejected = serializers.IntegerField()
    ignored = serializers.IntegerField(help_text="Zeroes in a file that names only what has stock.")
    zeroed = serializers.IntegerField()
    to_apply = serializers.IntegerField()
    applied = serializers.IntegerField()
    units = serializers.IntegerField()
    covers = serializers.ListField(child=serializers.CharField())
    guard = serializers.SerializerMethodField()
    failure = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(GuardOut(allow_null=True))
    def get_guard(self, run: ImportRun) -> dict[str, Any] | None:
        if not run.guard:
            return None
        names = ("compared_with", "rows_before", "units_before")
        return {**{name: run.guard.get(name) for name in names}, "passed": run.guard.get("passed", [])}

    @extend_schema_field({"type": ["string", "null"]})
    def get_failure(self, run: ImportRun) -> str | None:
        return why_failed(run.failure, run.failure_detail) if run.failure else None


class ImportRejectOut(Out):
    """A row that was not applied: its line in the file, its cells as they stand there, and why."""

    line = serializers.IntegerField()
    code = serializers.CharField()
    reason = serializers.SerializerMethodField()
    cells = serializers.DictField(child=serializers.CharField())

    @extend_schema_field(str)
    def get_reason(self, row: ImportReject) -> str:
        return why_rejected(row.code, row.cells, row.detail)
