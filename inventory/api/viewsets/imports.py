"""Files of stock, SKUs and locations: sent whole, read and applied afterwards, told step by step."""

from __future__ import annotations

import hashlib
import tempfile
from typing import IO, TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import StreamingHttpResponse
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.parsers import BaseParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.serializers import ValidationError

from inventory.api.filters import ImportFilters
from inventory.api.serializers import ImportIn, ImportOut, ImportRejectOut
from inventory.enums import ImportKind, ImportSource
from inventory.imports.probe import Format
from inventory.imports.writers import MEDIA_TYPES, write_csv
from inventory.models import ImportRun
from inventory.queries import get_import, import_runs, rejected_rows
from inventory.queries.exports import rejected_headers, rejected_table
from inventory.services.imports import apply_import, discard_import, receive_file
from inventory.services.imports.receive import ImportRequest
from oms.rest.errors import BodyTooLarge
from oms.rest.formats import to_json
from oms.rest.idempotency import once_of
from oms.rest.renderers import OneFormat
from oms.rest.serializers import parse, show
from oms.rest.viewsets import Listed
from oms.tenancy.context import tenant_scope
from oms.tenancy.errors import Forbidden
from oms.tenancy.permissions import Permission

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID

    from django.db.models import QuerySet
    from django.http import HttpResponse

    from oms.rest.requests import ApiRequest
    from oms.tenancy.types import Access

SPOOLED = 1_048_576
FIELDS = ("kind", "mode", "dry_run", "name", "location", "reason", "as_of")
WRITES = {
    ImportKind.STOCK: Permission.STOCK_WRITE,
    ImportKind.CATALOGUE: Permission.CATALOGUE_WRITE,
    ImportKind.LOCATIONS: Permission.CATALOGUE_WRITE,
}
READS = {
    ImportKind.STOCK: Permission.STOCK_READ,
    ImportKind.CATALOGUE: Permission.CATALOGUE_READ,
    ImportKind.LOCATIONS: Permission.CATALOGUE_READ,
}
FILE: dict[str, Any] = {"application/octet-stream": OpenApiTypes.BINARY, "text/csv": OpenApiTypes.BINARY}


class FileParser(BaseParser):
    """Leaves the body where it is: a file is read piece by piece, and not as data."""

    media_type = "*/*"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:  # noqa: ARG002 -- REST framework's signature
        return {}


class AnyContent(OneFormat):
    """Every content type is taken: what a file is written in is told from its bytes."""

    def select_parser(self, request: Any, parsers: Any) -> Any:
        return parsers[(request.content_type or "").lower().startswith("multipart/form-data")]


class ImportViewSet(Listed[ImportRun]):
    """Files of stock, SKUs and locations, newest first, and what became of each."""

    permissions = {
        "list": Permission.STOCK_READ,
        "retrieve": Permission.STOCK_READ,
        "rejected": Permission.STOCK_READ,
        "rejected_file": Permission.STOCK_READ,
        "create": Permission.STOCK_WRITE,
        "apply": Permission.STOCK_WRITE,
        "discard": Permission.STOCK_WRITE,
    }
    costs = {"create": 20}
    outside = frozenset({"create"})
    parameters = {"create": FIELDS, "rejected": ("limit", "cursor")}
    parser_classes = (FileParser, MultiPartParser)
    content_negotiation_class = AnyContent
    serializer_class = ImportOut
    filterset_class = ImportFilters

    @property
    def body_limit(self) -> int:
        return settings.IMPORT_MAX_BYTES if self.action == "create" else 0

    def get_queryset(self) -> QuerySet[ImportRun]:
        return import_runs().filter(kind__in=[kind for kind, needed in READS.items() if self.access.may(needed)])

    def retrieve(self, _request: ApiRequest, **_path: str) -> Response:
        """How far the import is, and what it found."""
        return Response(show(ImportOut, self._found()))

    @extend_schema(
        request=FILE,
        parameters=[
            OpenApiParameter("kind", str, enum=ImportKind.values, description="STOCK when it is left out."),
            OpenApiParameter("mode", str, enum=["FULL", "NON_ZERO", "DELTA"], description="DELTA when it is left out."),
            OpenApiParameter("dry_run", bool, description="Count what would change, and change nothing."),
            OpenApiParameter("name", str, description="The file's name, for people."),
            OpenApiParameter("location", str, description="Where the rows belong that have no column for it."),
            OpenApiParameter("reason", str, enum=["SYNC", "COUNT", "OPENING"], description="Of the movements."),
            OpenApiParameter("as_of", OpenApiTypes.DATETIME, description="The moment that the file tells of."),
        ],
        responses={201: ImportOut, 200: ImportOut},
    )
    def create(self, request: ApiRequest) -> Response | HttpResponse:
        """Send a file: as the body, or as `file` of a form. CSV, XLSX or JSON lines, told from its content.

        It is read afterwards; ask the import for its progress. The same content while its import is not over gives that one, with 200.
        """
        content, form, name = _content_of(request, self.body_limit)
        with content:
            asked = parse(ImportIn, {**form, **{key: request.query_params[key] for key in request.query_params}})
            _refuse_without(self.access, asked["kind"])
            now = timezone.now()
            wanted = ImportRequest(source=ImportSource.API, as_of=asked.pop("as_of", None), **_order(asked))
            with tenant_scope(request.tenant_id):
                once = once_of(request, self.access, to_json([_digest(content), {**form}]).decode())
                answer = once.claim() if once else None
                if answer:
                    return answer
                run, new = receive_file(
                    content=content, name=asked["name"] or name, wanted=wanted, now=now, actor=self.access.actor
                )
                response = Response(show(ImportOut, run), status.HTTP_201_CREATED if new else status.HTTP_200_OK)
                if once:
                    once.keep(response.status_code, to_json(response.data))
        return response

    @extend_schema(responses={200: ImportRejectOut(many=True)}, filters=False)
    def rejected(self, _request: ApiRequest, **_path: str) -> Response:
        """The rows that were not applied, by line, each with its reason."""
        return self.page(rejected_rows(self._found().pk), ImportRejectOut)

    @extend_schema(responses={(200, "text/csv"): OpenApiTypes.BINARY})
    def rejected_file(self, request: ApiRequest, **_path: str) -> StreamingHttpResponse:
        """The same as a file, to be mended and sent again."""
        run = self._found()
        return streamed(
            write_csv(rejected_headers(run.kind), rejected_table(run.pk, run.kind, tenant_id=request.tenant_id)),
            Format.CSV,
            f"rejected-{run.pk}",
        )

    @extend_schema(request=None, responses={200: ImportOut})
    def apply(self, request: ApiRequest, **_path: str) -> Response:
        """Apply a file that waits because it differs too much from the one before it."""
        run = self._found(to_write=True)
        return Response(show(ImportOut, apply_import(run_id=run.pk, actor=request.access.actor)))

    @extend_schema(request=None, responses={200: ImportOut})
    def discard(self, request: ApiRequest, **_path: str) -> Response:
        """Give up a file that was not applied."""
        run = self._found(to_write=True)
        return Response(show(ImportOut, discard_import(run_id=run.pk, now=timezone.now(), actor=request.access.actor)))

    def _found(self, *, to_write: bool = False) -> ImportRun:
        run_id: UUID = self.id_in_path
        run = get_import(run_id)
        if to_write:
            _refuse_without(self.access, run.kind)
        elif not self.access.may(READS[ImportKind(run.kind)]):
            raise Forbidden(f"This needs the permission {READS[ImportKind(run.kind)]}.")
        return run


def streamed(pieces: Iterator[bytes], kind: Format, name: str) -> StreamingHttpResponse:
    """A file that is given out as it is made."""
    return StreamingHttpResponse(
        pieces,
        content_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"},
    )


def _refuse_without(access: Access, kind: str) -> None:
    needed = WRITES[ImportKind(kind)]
    if not access.may(needed):
        raise Forbidden(f"This needs the permission {needed}.")


def _order(asked: dict[str, Any]) -> dict[str, Any]:
    return {name: asked[name] for name in ("kind", "mode", "dry_run", "location", "reason")}


def _content_of(request: ApiRequest, limit: int) -> tuple[IO[bytes], dict[str, str], str]:
    """The file on disk, the other fields of the form it came in, and its name. Raises BodyTooLarge, ValidationError."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > limit:
        raise BodyTooLarge(limit)
    # Parsed before a raw body is read, and kept: whoever describes a refusal asks for the data again.
    data: Any = request.data
    if data:
        sent = data.get("file")
        if not isinstance(sent, UploadedFile):
            raise ValidationError({"file": ["This field is required."]})
        form = {name: str(value) for name, value in data.items() if name in FIELDS}
        return cast("IO[bytes]", sent), form, sent.name or ""
    spool = tempfile.SpooledTemporaryFile(max_size=SPOOLED)  # noqa: SIM115 -- the caller closes it
    while piece := request.stream.read(SPOOLED) if request.stream else b"":
        spool.write(piece)
    return spool, {}, ""


def _digest(content: IO[bytes]) -> str:
    content.seek(0)
    return hashlib.file_digest(content, "sha256").hexdigest()  # type: ignore[arg-type]  # it reads like any file
