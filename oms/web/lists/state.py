"""A list's state, read from the address and written back to it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext as _

from oms.web.lists.filters import LONGEST_VALUE, MOST_VALUES, Active, Asked, BadValue, Filter, Pairs
from oms.web.lists.keyset import Order

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from django.db.models import QuerySet
    from django.http import QueryDict

    from oms.tenancy.requests import TenantRequest
    from oms.web.lists.spec import Column, ListSpec

DENSITIES = ("comfortable", "standard", "compact")
DENSITY_COOKIE = "density"
LONGEST_SEARCH = 200
# Parameters that say where one is, not what is shown; a saved view does not keep them.
PLACE = ("after", "before", "view", "part", "export", "density")


@dataclass(frozen=True, slots=True)
class ListState:
    """What the address asks for, checked; what could not be read is in `mistakes`."""

    search: str
    active: tuple[Active, ...]
    sort: str
    order: Order
    columns: tuple[Column[Any], ...]
    chosen_columns: bool
    density: str
    view: str
    after: str
    before: str
    mistakes: tuple[str, ...]
    default_sort: str
    kept: Pairs = ()

    @property
    def filter_pairs(self) -> Pairs:
        """The part of the address that narrows the list."""
        found = (("q", self.search),) if self.search else ()
        return found + tuple(pair for active in self.active for pair in active.pairs)

    @property
    def pairs(self) -> Pairs:
        """The part of the address that a saved view keeps."""
        found = self.filter_pairs
        if self.sort != self.default_sort:
            found += (("sort", self.sort),)
        if self.chosen_columns:
            found += tuple(("cols", column.key) for column in self.columns)
        return found + self.kept

    @property
    def is_narrowed(self) -> bool:
        return bool(self.filter_pairs)

    @property
    def is_changed(self) -> bool:
        """Whether there is more to keep than how the page is without anything in its address."""
        return bool(self.filter_pairs or self.kept)

    def query(self, *, drop: Iterable[str] = (), add: Pairs = (), view: bool = True) -> str:
        """The address with changes; the place in the pages is always left."""
        left_out = set(drop)
        pairs = [pair for pair in self.pairs if pair[0] not in left_out] + list(add)
        if view and self.view:
            pairs.append(("view", self.view))
        return f"?{urlencode(pairs)}"

    def narrow(self, queryset: QuerySet[Any], spec: ListSpec[Any]) -> QuerySet[Any]:
        """The rows that the search and the filters leave."""
        for active in self.active:
            queryset = active.narrow(queryset)
        return spec.search(queryset, self.search) if self.search and spec.search else queryset


def read_state(spec: ListSpec[Any], request: TenantRequest, params: QueryDict, now: datetime) -> ListState:
    """Read the address; what means nothing is left out and reported, so that an old link still opens."""
    active, mistakes = _filters(spec.filters, Asked(params, request, now))
    sort, order = _order(spec, params.get("sort", ""))
    columns, chosen = _columns(spec, params.getlist("cols"))
    wanted = (params.get("density", ""), request.COOKIES.get(DENSITY_COOKIE, ""), spec.density)
    return ListState(
        search=" ".join(params.get("q", "").split())[:LONGEST_SEARCH] if spec.search else "",
        active=active,
        sort=sort,
        order=order,
        columns=columns,
        chosen_columns=chosen,
        density=next(density for density in wanted if density in DENSITIES),
        view=params.get("view", "")[:40],
        after=params.get("after", ""),
        before=params.get("before", ""),
        mistakes=mistakes,
        default_sort=spec.default_sort,
        kept=tuple(
            (name, value[:LONGEST_VALUE])
            for name in spec.keeps
            for value in params.getlist(name)[:MOST_VALUES]
            if value
        ),
    )


def same_query(query: str, pairs: Pairs) -> bool:
    """Whether a stored query says what these pairs say, in whatever order."""
    return sorted(parse_qsl(query, keep_blank_values=False)) == sorted(pairs)


def _filters(filters: Sequence[Filter], asked: Asked) -> tuple[tuple[Active, ...], tuple[str, ...]]:
    active, mistakes = [], []
    for each in filters:
        try:
            found = each.read(asked)
        except BadValue as mistake:
            mistakes.append(_("%(mistake)s This filter was left out.") % {"mistake": mistake})
            continue
        if found is not None:
            active.append(found)
    return tuple(active), tuple(mistakes)


def _order(spec: ListSpec[Any], asked: str) -> tuple[str, Order]:
    for sort in (asked, spec.default_sort):
        column = spec.column(sort.removeprefix("-"))
        if column is not None and column.sort:
            return sort, Order(column.sort, descending=sort.startswith("-"), nullable=column.nullable)
    message = f"The list {spec.key} is sorted by {spec.default_sort}, which is no column that can be sorted."
    raise LookupError(message)


def _columns(spec: ListSpec[Any], asked: Sequence[str]) -> tuple[tuple[Column[Any], ...], bool]:
    """The columns to show. The first one names the row and always stays."""
    first, usual = spec.columns[0], tuple(column for column in spec.columns if column.shown)
    wanted = [
        column for key in dict.fromkeys(asked) if (column := spec.column(key)) is not None and column is not first
    ]
    if not wanted:
        return usual, False
    found = (first, *wanted)
    return found, found != usual
