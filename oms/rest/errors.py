"""Refusals that belong to HTTP itself and to no room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.exceptions import APIException

from oms.tenancy.errors import OmsError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class BodyTooLarge(APIException):
    status_code = 413
    default_code = "body_too_large"

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body is larger than {limit // 1_048_576} MiB. Send fewer rows at a time.")


class LengthRequired(APIException):
    status_code = 411
    default_code = "length_required"
    default_detail = "Send the body with a Content-Length."


class InvalidParameters(APIException):
    """The query string is wrong; `faults` maps each parameter to its sentences."""

    status_code = 400
    default_code = "invalid_parameter"
    default_detail = "The query string is not valid."

    def __init__(self, faults: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        self.faults = faults


class InvalidIdempotencyKey(APIException):
    status_code = 400
    default_code = "invalid_idempotency_key"
    default_detail = "An Idempotency-Key has 1 to 255 visible ASCII characters."


class IdempotencyKeyReused(OmsError):
    code = "idempotency.key_reused"
    http_status = 422


class RequestInFlight(OmsError):
    """The same request runs at this moment; `retry_after` is in seconds."""

    code = "idempotency.in_flight"
    http_status = 409
    retry_after = 1
