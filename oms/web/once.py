"""A form carries a key, so that sending it twice, by a double tap or a poor network, does it once."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING
from uuid import uuid4

from django.utils.translation import gettext as _

from oms.tenancy.errors import OmsError
from oms.tenancy.services import claim_request, keep_answer

if TYPE_CHECKING:
    from django.http import HttpResponse

    from oms.tenancy.requests import TenantRequest

FIELD = "key"
LONGEST = 64


class BeingDone(OmsError):
    """The same form is being handled by another request at this moment."""

    code = "web.being_done"


@dataclass(frozen=True, slots=True)
class SentForm:
    """A form that was sent; `done` when it had its effect before. Without a key each sending stands alone."""

    credential: str
    operation: str
    key: str
    done: bool = False

    def keep(self, response: HttpResponse) -> None:
        """Remember that the form had its effect; a refusal may be sent again."""
        if self.key and response.status_code < HTTPStatus.BAD_REQUEST:
            keep_answer(
                credential=self.credential,
                operation=self.operation,
                key=self.key,
                fingerprint="form",
                status=response.status_code,
                body=b"",
            )


def new_key() -> str:
    """The key of a form that is about to be shown."""
    return uuid4().hex


def claim_form(request: TenantRequest) -> SentForm:
    """Claim the form's key until the transaction ends. Raises BeingDone."""
    key, operation = request.POST.get(FIELD, "")[:LONGEST], f"POST {request.path}"[:200]
    credential = request.access.credential
    if not key:
        return SentForm(credential, operation, "")
    claimed = claim_request(credential=credential, operation=operation, key=key)
    if claimed is None:
        raise BeingDone(_("This is being done at this moment. Wait a second, then look again."))
    return SentForm(credential, operation, key, done=bool(claimed.fingerprint))
