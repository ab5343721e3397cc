"""What the templates of a list ask about its state: tabs, heads, chips, counters, choices."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from oms.tenancy.permissions import Permission
from oms.tenancy.queries import saved_views
from oms.web import formats
from oms.web.lists.cells import css_of
from oms.web.lists.filters import Asked
from oms.web.lists.state import DENSITIES, ListState, same_query
from oms.web.navigation import address

if TYPE_CHECKING:
    from datetime import datetime

    from django_stubs_ext import StrOrPromise

    from oms.tenancy.requests import TenantRequest
    from oms.web.lists.filters import Active
    from oms.web.lists.spec import BulkAction, Button, Column, Counter, ListSpec, SystemView


@dataclass(frozen=True, slots=True)
class Tab:
    label: StrOrPromise
    href: str
    current: bool
    count: str = ""
    pk: str = ""
    shared: bool = False


@dataclass(frozen=True, slots=True)
class Head:
    column: Column[Any]
    css: str
    href: str
    direction: str


@dataclass(frozen=True, slots=True)
class Chip:
    active: Active
    remove: str


@dataclass(frozen=True, slots=True)
class CounterLink:
    counter: Counter
    figure: str
    zero: bool
    pressed: bool
    href: str


@dataclass(frozen=True)
class Listing:
    """What the templates of a list ask about its state."""

    request: TenantRequest
    spec: ListSpec[Any]
    state: ListState
    now: datetime

    @property
    def id(self) -> str:
        return f"list-{self.spec.key}"

    @property
    def here(self) -> str:
        return self.state.query()

    @property
    def reset(self) -> str:
        return self.request.path

    @property
    def export(self) -> str:
        return self.state.query(add=(("export", "csv"),))

    @property
    def may_export(self) -> bool:
        return self.spec.exportable and (
            not self.spec.personal_data or self.request.access.may(Permission.PERSONAL_DATA_EXPORT)
        )

    @property
    def has_search(self) -> bool:
        return self.spec.search is not None

    @property
    def selection_query(self) -> str:
        """What the form of the selection carries along, so that "all" means what was on the screen."""
        return urlencode(self.state.pairs)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What the filter form carries along besides its own fields."""
        own = {"q", *(name for each in self.spec.filters for name in each.names)}
        return [pair for pair in self.state.pairs if pair[0] not in own]

    @property
    def kept_for_columns(self) -> list[tuple[str, str]]:
        view = [("view", self.state.view)] if self.state.view else []
        return [pair for pair in self.state.pairs if pair[0] != "cols"] + view

    @property
    def buttons(self) -> list[tuple[Button, str]]:
        may = [b for b in self.spec.buttons if b.permission is None or self.request.access.may(b.permission)]
        return [(button, href) for button in may if (href := address(button.url))]

    @property
    def actions(self) -> list[BulkAction[Any]]:
        return [action for action in self.spec.actions if self.request.access.may(action.permission)]

    @property
    def empty_action(self) -> tuple[Button, str] | None:
        return self._button(self.spec.empty.action) if self.spec.empty else None

    @property
    def empty_link(self) -> tuple[Button, str] | None:
        return self._button(self.spec.empty.link) if self.spec.empty else None

    def _button(self, button: Button | None) -> tuple[Button, str] | None:
        if button is None or (button.permission is not None and not self.request.access.may(button.permission)):
            return None
        href = address(button.url)
        return (button, href) if href else None

    @property
    def heads(self) -> list[Head]:
        return [self._head(column) for column in self.state.columns]

    def _head(self, column: Column[Any]) -> Head:
        if not column.sort:
            return Head(column, css_of(column), "", "")
        present = {column.key: "ascending", f"-{column.key}": "descending"}.get(self.state.sort, "")
        first, other = (f"-{column.key}", column.key) if column.newest_first else (column.key, f"-{column.key}")
        target = other if self.state.sort == first else first
        return Head(column, css_of(column), self.state.query(drop=("sort",), add=(("sort", target),)), present)

    @property
    def chips(self) -> list[Chip]:
        names = {each.key: each.names for each in self.spec.filters}
        return [Chip(active, self.state.query(drop=names[active.key])) for active in self.state.active]

    @property
    def widgets(self) -> list[dict[str, Any]]:
        in_use = {active.key for active in self.state.active}
        asked = Asked(self.request.GET, self.request, self.now)
        return [
            {
                "filter": each,
                "template": each.template,
                "open": each.key in in_use,
                **each.widget(asked),
            }
            for each in self.spec.filters
        ]

    @property
    def column_choices(self) -> list[tuple[Column[Any], bool]]:
        shown = set(self.state.columns)
        return [(column, column in shown) for column in self.spec.columns[1:]]

    @property
    def densities(self) -> list[tuple[str, StrOrPromise, str, bool]]:
        labels = {"comfortable": _("Comfortable"), "standard": _("Standard"), "compact": _("Compact")}
        return [
            (key, labels[key], self.state.query(add=(("density", key),)), key == self.state.density)
            for key in DENSITIES
        ]

    @cached_property
    def counters(self) -> list[CounterLink]:
        return [self._counter(counter) for counter in self.spec.counters]

    def _counter(self, counter: Counter) -> CounterLink:
        wanted = parse_qsl(counter.query)
        present = list(self.state.filter_pairs)
        pressed = all(pair in present for pair in wanted)
        left = (
            [pair for pair in present if pair not in wanted]
            if pressed
            else present + [p for p in wanted if p not in present]
        )
        other = [pair for pair in self.state.pairs if pair not in present]
        figure = counter.count(self.request)
        return CounterLink(counter, formats.counted(figure), figure == 0, pressed, f"?{urlencode(left + other)}")

    @cached_property
    def tabs(self) -> list[Tab]:
        """The views of the list: those of the system, then the shared and own ones."""
        state, spec = self.state, self.spec
        kept = saved_views(page=spec.key, user_id=self.request.user.pk)
        everything = Tab(
            pgettext("rows of a list", "All"), self.request.path, current=not state.view and not state.is_changed
        )
        system = [self._system_tab(view) for view in spec.views]
        own = [
            Tab(
                v.name,
                self._tab_href(v.query, str(v.pk)),
                str(v.pk) == state.view,
                pk=str(v.pk),
                shared=v.owner_id is None,
            )
            for v in kept
        ]
        return [everything, *system, *own]

    def _system_tab(self, view: SystemView) -> Tab:
        current = view.key == self.state.view or (
            not self.state.view and self.state.is_changed and same_query(view.query, self.state.pairs)
        )
        figure = "" if view.count is None else formats.counted(view.count(self.request))
        return Tab(view.label, self._tab_href(view.query, view.key), current, figure)

    def _tab_href(self, query: str, key: str) -> str:
        return f"?{query}&view={key}" if query else f"?view={key}"

    @cached_property
    def current_tab(self) -> Tab | None:
        return next((tab for tab in self.tabs if tab.current), None)

    @property
    def modified(self) -> bool:
        """Whether the filters differ from the view that is open, so that there is something to save."""
        if not self.state.view:
            return self.state.is_changed and self.current_tab is None
        stored = next((tab.href for tab in self.tabs if tab.current), "")
        pairs = tuple(pair for pair in parse_qsl(stored.partition("?")[2]) if pair[0] != "view")
        return sorted(pairs) != sorted(self.state.pairs)
