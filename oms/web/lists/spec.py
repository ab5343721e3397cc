"""The parts of an index page's declaration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from django.db.models import Model, QuerySet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from django import forms
    from django.http import HttpResponse
    from django.utils.safestring import SafeString
    from django_stubs_ext import StrOrPromise

    from oms.tenancy.permissions import Permission
    from oms.tenancy.requests import TenantRequest
    from oms.web.lists.filters import Filter

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class Column(Generic[M]):
    """One column. `value` is what is exported, and shown unless `cell` or `template` draws it.

    `sort` is the path to order by (it must be indexed with the id); `nullable` says that it may hold nothing.
    `priority` 2 and 3 leave first on narrow screens, and a column without `phone` on a phone, where another cell says what
    it holds or it can be spared; `shown` False waits until the person chooses it. `wide` takes the room that the others
    leave, and is cut where there is none.
    """

    key: str
    label: StrOrPromise
    value: Callable[[M], object]
    cell: Callable[[M], str] | None = None
    template: str = ""
    sort: str = ""
    nullable: bool = False
    newest_first: bool = False
    align: Literal["left", "right"] = "left"
    priority: Literal[1, 2, 3] = 1
    phone: bool = True
    short: StrOrPromise = ""
    shown: bool = True
    quiet: bool = False
    wide: bool = False


@dataclass(frozen=True, slots=True)
class SystemView:
    """A tab that every list of this kind has; `query` is its part of the address."""

    key: str
    label: StrOrPromise
    query: str = ""
    count: Callable[[TenantRequest], int] | None = None


@dataclass(frozen=True, slots=True)
class Counter:
    """A figure above the list that switches its filter on and off; `count` must be cheap."""

    key: str
    label: StrOrPromise
    icon: str
    tone: str
    query: str
    count: Callable[[TenantRequest], int]


@dataclass(frozen=True, slots=True)
class Button:
    """An act of the whole page. `url` is the name of a route; one that does not exist is not shown."""

    label: StrOrPromise
    url: str
    icon: str = ""
    permission: Permission | None = None
    primary: bool = False


@dataclass(frozen=True, slots=True)
class BulkResult:
    """What became of the selected rows: how many it was done to, and why not to the others."""

    done: int
    refused: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True, slots=True)
class BulkAction(Generic[M]):
    """An act on the selected rows. With a form or a sentence to confirm, a page asks before it is done."""

    key: str
    label: StrOrPromise
    icon: str
    run: Callable[[TenantRequest, QuerySet[M], Mapping[str, Any]], BulkResult | HttpResponse]
    permission: Permission
    form: type[forms.Form] | None = None
    confirm: StrOrPromise = ""
    danger: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    """What the list says when it holds nothing at all: what it is, why it is empty, one act, one link."""

    title: StrOrPromise
    text: StrOrPromise
    icon: str = "inbox"
    action: Button | None = None
    link: Button | None = None


@dataclass(frozen=True, kw_only=True)
class ListSpec(Generic[M]):
    """An index page. `search` narrows by the search box; `find` opens the one row a reference names exactly.

    `prepare` may attach to one page's rows what their cells need, in one query. `personal_data` asks the
    export permission and leaves a line in the audit trail. `keeps` names parameters of the page's own that are part of its
    state. Where a table is more than rows under heads, `draw` makes its rows, `table` shows them and `chooser` chooses what it has.
    """

    key: str
    title: StrOrPromise
    columns: tuple[Column[M], ...]
    default_sort: str
    filters: tuple[Filter, ...] = ()
    views: tuple[SystemView, ...] = ()
    counters: tuple[Counter, ...] = ()
    actions: tuple[BulkAction[M], ...] = ()
    buttons: tuple[Button, ...] = ()
    search: Callable[[QuerySet[M], str], QuerySet[M]] | None = None
    search_hint: StrOrPromise = ""
    find: Callable[[TenantRequest, str], str | None] | None = None
    row_label: Callable[[M], str] = str
    row_url: Callable[[M], str] | None = None
    prepare: Callable[[list[M]], None] | None = None
    noun: Callable[[int, str], str] | None = None
    empty: Empty | None = None
    page_size: int = 50
    exportable: bool = True
    personal_data: bool = False
    live: bool = False
    density: str = "standard"
    keeps: tuple[str, ...] = ()
    draw: Callable[[list[M]], list[SafeString]] | None = None
    template: str = "web/list.html"
    table: str = "web/list/table.html"
    chooser: str = "web/list/columns.html"

    def column(self, key: str) -> Column[M] | None:
        return next((column for column in self.columns if column.key == key), None)
