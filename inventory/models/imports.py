from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from inventory.enums import (
    OPEN_IMPORTS,
    ImportKind,
    ImportMode,
    ImportPart,
    ImportSource,
    ImportState,
    MovementReason,
)
from oms.tenancy.models import TenantForeignKey, TenantModel


class ImportRun(TenantModel):
    """A file of stock, SKUs or locations on its way in, and what became of it.

    `mapping` names the column of each field, `layout` what was recognised of the file, `covers` the codes of the locations whose
    stock a snapshot tells, `guard` what the file was compared with when it looked wrong. `turn` is the worker's that has the
    lease: whoever has an older one writes nothing any more.
    """

    kind = models.CharField(max_length=12, choices=ImportKind.choices)
    mode = models.CharField(max_length=12, choices=ImportMode.choices)
    source = models.CharField(max_length=12, choices=ImportSource.choices)
    state = models.CharField(max_length=12, choices=ImportState.choices)
    dry_run = models.BooleanField(default=False)
    reason = models.CharField(max_length=20, default=MovementReason.SYNC)
    file_name = models.CharField(max_length=200)
    file_size = models.BigIntegerField()
    digest = models.CharField(max_length=64)
    key = models.CharField(max_length=300, blank=True)
    layout = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    location = models.CharField(max_length=40, blank=True)
    as_of = models.DateTimeField()
    read_bytes = models.BigIntegerField(default=0)
    last_line = models.IntegerField(default=0)
    rows = models.IntegerField(default=0)
    valid = models.IntegerField(default=0)
    changed = models.IntegerField(default=0)
    rejected = models.IntegerField(default=0)
    ignored = models.IntegerField(default=0)
    zeroed = models.IntegerField(default=0)
    applied = models.IntegerField(default=0)
    units = models.BigIntegerField(default=0)
    covers = ArrayField(models.CharField(max_length=40), default=list)
    guard = models.JSONField(default=dict)
    failure = models.CharField(max_length=60, blank=True)
    failure_detail = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    turn = models.IntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    actor = models.JSONField(default=dict)
    decided_by = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "digest", "kind", "mode", "location", "dry_run"],
                condition=Q(state__in=[str(each) for each in OPEN_IMPORTS]),
                name="importrun_open_content",
            ),
            models.UniqueConstraint(fields=["tenant", "key"], condition=~Q(key=""), name="importrun_key"),
        ]
        indexes = [
            models.Index(fields=["tenant", "created_at", "id"], name="importrun_created"),
            models.Index(
                fields=["state"], condition=Q(state__in=["QUEUED", "READING", "APPLYING"]), name="importrun_at_work"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.state})"

    @property
    def unchanged(self) -> int:
        """Rows that say what is so already."""
        return self.valid - self.changed

    @property
    def to_apply(self) -> int:
        """What applying writes: the rows that change something and what a snapshot does not name."""
        return self.changed + self.zeroed


class ImportPiece(TenantModel):
    """A compressed part of the file, kept until the run is over."""

    run = TenantForeignKey("inventory.ImportRun")
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "run", "number"], name="importpiece_number")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.number}"


class ImportChunk(TenantModel):
    """Rows that were understood: as a rule thousands in one row of this table, which is what keeps a million cheap.

    NAMED are the places that a stock file names (quantity NULL where only the place was understood), CHANGE and ZERO what is
    to be written; one that is written is deleted in the same transaction, so that what is left is what is still to do.
    """

    run = TenantForeignKey("inventory.ImportRun")
    part = models.CharField(max_length=8, choices=ImportPart.choices)
    lines = ArrayField(models.IntegerField(), default=list)
    sku_ids = ArrayField(models.UUIDField(null=True), default=list)
    location_ids = ArrayField(models.UUIDField(), default=list)
    quantities = ArrayField(models.IntegerField(null=True), default=list)
    codes = ArrayField(models.CharField(max_length=100), default=list)
    documents = models.JSONField(default=list)

    class Meta:
        indexes = [models.Index(fields=["tenant", "run", "part", "id"], name="importchunk_part")]

    def __str__(self) -> str:
        return f"{self.run_id} {self.part}"


class ImportReject(TenantModel):
    """A row that was not applied: its line in the file, its cells as they stood there, and why."""

    run = TenantForeignKey("inventory.ImportRun")
    line = models.IntegerField()
    code = models.CharField(max_length=40)
    detail = models.CharField(max_length=200, blank=True)
    cells = models.JSONField(default=dict)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "run", "line"], name="importreject_line")]

    def __str__(self) -> str:
        return f"{self.line}: {self.code}"


class ImportThreshold(TenantModel):
    """How far a file may differ from the one before it without a person looking, in %; NULL is without limit."""

    kind = models.CharField(max_length=12, choices=ImportKind.choices)
    rows_percent = models.PositiveSmallIntegerField(null=True)
    units_percent = models.PositiveSmallIntegerField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["tenant", "kind"], name="importthreshold_kind")]

    def __str__(self) -> str:
        return self.kind
