"""What this room tells. The subject is the order, so that its timeline is whole; payloads name the fulfilment order."""

from __future__ import annotations

from oms.events.registry import declare

SUBJECT = "order"
FULFILMENT_CREATED = declare("fulfilment.created", "A location was given units to prepare.")
FULFILMENT_ACCEPTED = declare("fulfilment.accepted", "The location accepted the work.")
FULFILMENT_REFUSED = declare(
    "fulfilment.refused", "The location refused units, with the reason; they must be routed again."
)
FULFILMENT_EXPIRED = declare(
    "fulfilment.expired", "The location did not answer in time; its units must be routed again."
)
FULFILMENT_PICKED = declare("fulfilment.picked", "Units were picked.")
FULFILMENT_PACKED = declare("fulfilment.packed", "The units are packed.")
FULFILMENT_SHIPPED = declare("fulfilment.shipped", "The parcel was handed to the carrier.")
FULFILMENT_READY = declare("fulfilment.ready", "The customer may come and collect.")
FULFILMENT_COLLECTED = declare("fulfilment.collected", "The customer collected, with the proof.")
FULFILMENT_CANCELLED = declare("fulfilment.cancelled", "Work was withdrawn from the location.")
