"""Transfers and proposals in JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rest_framework import serializers

from inventory.api.lines import MOST_LINES, MOST_UNITS, NamedLineIn
from inventory.enums import DECISIONS, TransferState
from oms.rest.serializers import In, Out, Switch, Text, Whole, many

if TYPE_CHECKING:
    from inventory.models import Transfer, TransferLine


class TransferLineIn(In):
    sku = Text(max_length=100)
    quantity = Whole(min_value=1, max_value=MOST_UNITS)


class TransferIn(In):
    """Units to move. With `request` they are reserved at the origin at once."""

    origin = Text(max_length=40)
    destination = Text(max_length=40)
    expected_date = serializers.DateField(allow_null=True, default=None)
    note = Text(max_length=300, allow_blank=True, default="")
    request = Switch(default=False)
    lines = many(TransferLineIn, at_most=MOST_LINES)


class SentLineIn(NamedLineIn):
    quantity = Whole(min_value=0, max_value=MOST_UNITS)


class DispatchIn(In):
    """What leaves, by line; what is not named stays and is free again. Without `lines`, everything."""

    lines = many(SentLineIn, at_most=MOST_LINES, required=False)


class TransferArrivalIn(NamedLineIn):
    quantity = Whole(min_value=0, max_value=MOST_UNITS, default=0)
    damaged = Whole(min_value=0, max_value=MOST_UNITS, default=0)


class TransferReceiveIn(In):
    """What arrived, by line; the same `key` again receives nothing more. With `finish` nothing else is expected."""

    lines = many(TransferArrivalIn, at_most=MOST_LINES)
    finish = Switch(default=True)
    key = Text(max_length=60, required=False)


class FateIn(NamedLineIn):
    """What became of units that are missing (RECEIVED, DAMAGED, LOST, RETURNED) or too many (EXTRA_TAKEN, EXTRA_KEPT)."""

    fate = serializers.ChoiceField([(fate.value, fate.label) for fate in DECISIONS])
    quantity = Whole(min_value=1, max_value=MOST_UNITS)
    reason = Text(max_length=200, allow_blank=True, default="")


class SettleIn(In):
    lines = many(FateIn, at_most=MOST_LINES)
    key = Text(max_length=60, required=False)


class TransferSummaryOut(Out):
    """`quantity` was requested; `in_transit` has left and is nowhere yet."""

    id = serializers.UUIDField()
    number = serializers.CharField()
    origin = serializers.CharField(source="source.code")
    destination = serializers.CharField(source="destination.code")
    state = serializers.ChoiceField(TransferState.choices)
    expected_date = serializers.DateField(allow_null=True)
    note = serializers.CharField()
    quantity = serializers.IntegerField(source="units")
    in_transit = serializers.IntegerField(source="on_the_way")
    created_at = serializers.DateTimeField()
    requested_at = serializers.DateTimeField(allow_null=True)
    dispatched_at = serializers.DateTimeField(allow_null=True)
    received_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class TransferLineOut(Out):
    """`dispatched` = what `received` brought less `extra`, plus `lost`, `returned` and `in_transit`."""

    id = serializers.UUIDField()
    sku = serializers.CharField(source="sku.code")
    quantity = serializers.IntegerField()
    dispatched = serializers.IntegerField()
    received = serializers.IntegerField()
    damaged = serializers.IntegerField()
    lost = serializers.IntegerField()
    returned = serializers.IntegerField()
    extra = serializers.IntegerField()
    in_transit = serializers.IntegerField()
    unsettled = serializers.IntegerField()


@dataclass(frozen=True, slots=True)
class ShownTransfer:
    """A transfer with its lines."""

    transfer: Transfer
    lines: list[TransferLine]


class TransferOut(TransferSummaryOut):
    lines = TransferLineOut(many=True)

    def to_representation(self, instance: ShownTransfer) -> dict[str, Any]:
        told = {name: get(instance.transfer) for name, get in self._getters() if name != "lines"}
        return {**told, "lines": self.fields["lines"].to_representation(instance.lines)}


class ProposalOut(Out):
    """Units that should move, with what the formula saw: sales of the window, days of cover (null: nothing was sold)."""

    sku = serializers.CharField()
    origin = serializers.CharField()
    destination = serializers.CharField()
    quantity = serializers.IntegerField()
    need = serializers.IntegerField()
    surplus = serializers.IntegerField()
    origin_available = serializers.IntegerField()
    origin_sold = serializers.IntegerField()
    origin_cover = serializers.FloatField(allow_null=True)
    destination_available = serializers.IntegerField()
    destination_inbound = serializers.IntegerField()
    destination_sold = serializers.IntegerField()
    destination_cover = serializers.FloatField(allow_null=True)


class ProposalsOut(Out):
    """`window`, `target`, `keep` and `least` are the policy that was used, in days and units."""

    window = serializers.IntegerField()
    target = serializers.IntegerField()
    keep = serializers.IntegerField()
    least = serializers.IntegerField()
    results = ProposalOut(many=True)


class AcceptedLineIn(In):
    sku = Text(max_length=100)
    origin = Text(max_length=40)
    destination = Text(max_length=40)
    quantity = Whole(min_value=1, max_value=MOST_UNITS)


class AcceptIn(In):
    """Proposals to make into transfers, one for each pair of places; their units are reserved."""

    proposals = many(AcceptedLineIn, at_most=MOST_LINES)


class AcceptedOut(Out):
    """The transfers that were requested, and why others were not."""

    transfers = TransferSummaryOut(many=True)
    refused = serializers.ListField(child=serializers.CharField())
