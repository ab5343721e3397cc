"""The stock matrix as it is drawn: which places have a column, which figure a cell shows, the rows under their product."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from itertools import groupby
from math import inf
from typing import TYPE_CHECKING, TypeVar

from django.urls import reverse
from django.utils.html import conditional_escape, escape
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from inventory.enums import LocationKind
from inventory.queries import Stand, families, locations, stands_of_families, stands_of_skus
from inventory.rules.names import own_words, shared_words
from inventory.web.levels import LOW
from oms.web import elements, formats
from oms.web.lists import Column

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from django.http import QueryDict
    from django_stubs_ext import StrOrPromise

    from inventory.models import Location, Sku
    from inventory.queries import Family

MOST_PLACES, USUAL_PLACES = 20, 12
# Days over which sales are averaged for days of cover.
WINDOW = 28
KINDS = [str(kind) for kind in ("WAREHOUSE", "THREE_PL", "STORE", "SUPPLIER", "VIRTUAL")]
Figure = float | None
NOTHING = Stand()
K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Mode:
    """A figure that the matrix can show: of one place, and of several together."""

    key: str
    label: StrOrPromise
    cell: Callable[[Stand], Figure]
    total: Callable[[Stand], Figure]
    judged: bool = False


def _cover(stand: Stand) -> Figure:
    """Days until the stock is sold at the pace of the window; endless where nothing was sold."""
    if stand.sold > 0:
        return stand.sells * WINDOW // stand.sold
    return inf if stand.sells else 0


def _plain(key: str, label: StrOrPromise) -> Mode:
    def units(stand: Stand) -> Figure:
        return int(getattr(stand, key))

    return Mode(key, label, units, units)


MODES = {
    mode.key: mode
    for mode in (
        Mode(
            "available",
            gettext_lazy("Available"),
            lambda stand: stand.left if stand.known else None,
            lambda stand: stand.sells if stand.known else None,
            judged=True,
        ),
        _plain("on_hand", gettext_lazy("On hand")),
        _plain("reserved", gettext_lazy("Reserved")),
        _plain("buffer", gettext_lazy("Buffer")),
        _plain("aside", gettext_lazy("Quarantined or damaged")),
        _plain("in_transit", gettext_lazy("In transit")),
        Mode(
            "cover",
            gettext_lazy("Days of cover"),
            lambda stand: _cover(stand) if stand.known else None,
            lambda stand: _cover(stand) if stand.known else None,
        ),
    )
}


@dataclass
class Sheet:
    """One page of the matrix. `prepare` reads what the rows need, in three queries whatever their number."""

    mode: Mode
    places: list[Location]
    asked: dict[str, list[str]]
    now: datetime
    _own: dict[tuple[UUID, UUID | None], Stand] = field(default_factory=dict)
    _summed: dict[tuple[str, UUID | None], Stand] = field(default_factory=dict)
    _families: dict[str, Family] = field(default_factory=dict)
    _texts: dict[Figure, str] = field(default_factory=dict)

    @cached_property
    def chosen(self) -> list[Location]:
        """The places asked for by name, kind or group; all when none is."""
        codes, kinds, groups = (set(self.asked[name]) for name in ("place", "kind", "group"))
        found = [
            place
            for place in self.places
            if place.code in codes or place.kind in kinds or not groups.isdisjoint(place.groups)
        ]
        return found or self.places

    @cached_property
    def shown(self) -> list[Location]:
        """The places that have a column of their own."""
        usual = self.chosen is self.places
        return self.chosen[: USUAL_PLACES if usual and len(self.places) > MOST_PLACES else MOST_PLACES]

    @property
    def others(self) -> int:
        """How many places share the last column."""
        return len(self.places) - len(self.shown)

    @property
    def crowded(self) -> bool:
        """Whether more were asked for than can have a column."""
        return any(self.asked.values()) and len(self.chosen) > len(self.shown)

    @property
    def kinds(self) -> list[tuple[str, StrOrPromise, bool]]:
        """The kinds that there are, and which are asked for."""
        there = {place.kind for place in self.places}
        return [(each, LocationKind(each).label, each in self.asked["kind"]) for each in KINDS if each in there]

    @property
    def groups(self) -> list[tuple[str, bool]]:
        there = sorted({group for place in self.places for group in place.groups})
        return [(each, each in self.asked["group"]) for each in there]

    @property
    def place_choices(self) -> list[tuple[Location, bool]]:
        return [(place, place.code in self.asked["place"]) for place in self.places]

    @property
    def heads(self) -> list[tuple[Location, datetime | None]]:
        """The shown places with the moment their sources last spoke of them, or of what this page shows there."""
        heard: dict[UUID | None, datetime] = {}
        for (_sku, place), stand in self._own.items():
            if stand.as_of is not None and (place not in heard or heard[place] < stand.as_of):
                heard[place] = stand.as_of
        return [
            (place, max((at for at in (place.stock_as_of, heard.get(place.pk)) if at), default=None))
            for place in self.shown
        ]

    @property
    def width(self) -> int:
        """How many columns the table has."""
        return 2 + len(self.shown) + bool(self.others)

    def columns(self) -> tuple[Column[Sku], ...]:
        """What the list's grammar and its export know of the matrix."""
        first: tuple[Column[Sku], ...] = (
            Column("sku", _("SKU"), value=lambda sku: sku.code),
            Column("family", _("Product"), value=lambda sku: sku.product, sort="family"),
            Column("name", _("Name"), value=lambda sku: sku.name),
            Column("network", _("Network"), value=self._network),
        )
        places = tuple(self._column(place) for place in self.shown)
        rest: tuple[Column[Sku], ...] = (
            Column("others", _("Other locations"), value=lambda sku: self._plain(sku, None)),
        )
        return first + places + (rest if self.others else ())

    def _column(self, place: Location) -> Column[Sku]:
        return Column(f"at-{place.code}", place.name, value=lambda sku: self._plain(sku, place.pk))

    def prepare(self, skus: list[Sku]) -> None:
        """Read what the rows of a page need."""
        since = self.now - timedelta(days=WINDOW) if self.mode.key == "cover" else None
        where = {"shown": [place.pk for place in self.shown], "places": [place.pk for place in self.places]}
        self._own = stands_of_skus([sku.pk for sku in skus], since=since, **where)
        self._families = families({sku.product for sku in skus if sku.product})
        self._summed = stands_of_families(list(self._families), since=since, **where)

    def draw(self, skus: Sequence[Sku]) -> list[SafeString]:
        """A `<tbody>` for each product, whose first row is its name and sums, and one for each run of single SKUs."""
        runs = groupby(skus, key=lambda sku: sku.product if sku.product in self._families else "")
        return [self._product(name, list(rows)) if name else self._singles(rows) for name, rows in runs]

    def _singles(self, skus: Iterable[Sku]) -> SafeString:
        return SafeString(f"<tbody>{''.join(self._row(sku, sku.name) for sku in skus)}</tbody>")

    def _product(self, name: str, skus: list[Sku]) -> SafeString:
        shared = shared_words([sku.name for sku in skus])
        rows = "".join(self._row(sku, capfirst(own_words(sku.name, shared))) for sku in skus)
        return SafeString(f"<tbody>{self._head(name, shared, len(skus))}{rows}</tbody>")

    def _head(self, name: str, shared: str, here: int) -> str:
        found = self._families[name]
        words = ngettext("%(count)s variant", "%(count)s variants", found.variants) % {"count": found.variants}
        if here < found.variants:
            words = _("%(here)s of %(variants)s") % {"here": here, "variants": words}
        figures = [self._text(figure) for figure in self._totals(self._stands(self._summed, name))]
        sums = "".join(f'<td class="bt-right">{figure}</td>' for figure in figures[1:])
        title, fold = escape(shared or name), escape(_("Variants of %(product)s") % {"product": shared or name})
        code = f' <span class="bt-3">{escape(name)}</span>' if shared else ""
        return (
            f'<tr class="bt-group"><th scope="row"><button class="bt-fold" type="button" data-fold aria-expanded="true" '
            f'aria-label="{fold}" hidden>{elements.icon("chevron-down", size="s")}</button>{title}{code} '
            f'<span class="bt-meta">{escape(words)}</span></th><td class="bt-right bt-net">{figures[0]}</td>{sums}</tr>'
        )

    def _row(self, sku: Sku, words: str) -> str:
        code, url = escape(sku.code), escape(reverse("inventory:sku", args=[sku.code]))
        stands = self._stands(self._own, sku.pk)
        network, *others = (self._text(figure) for figure in self._totals(stands))
        cells = [
            f'<td class="bt-right">{self._cell(f"{url}at/{place.pk}/", stand)}</td>'
            for place, stand in zip(self.shown, stands, strict=False)
        ]
        rest = f'<td class="bt-right">{others[-1]}</td>' if self.others else ""
        head = (
            f'<div class="bt-sku"><a class="bt-name" href="{url}" title="{escape(sku.name)}">{escape(words)}</a>'
            f'<span class="bt-3">{code}</span></div>'
        )
        return (
            f'<tr data-row data-sku="{code}"><th scope="row">{head}</th>'
            f'<td class="bt-right bt-net">{network}</td>{"".join(cells)}{rest}</tr>'
        )

    def _stands(self, found: Mapping[tuple[K, UUID | None], Stand], key: K) -> list[Stand]:
        """What there is at each shown place, and last at the others together."""
        return [found.get((key, place), NOTHING) for place in [*(place.pk for place in self.shown), None]]

    def _totals(self, stands: Sequence[Stand]) -> list[Figure]:
        """The figure of the network, of each shown place, and of the others if there are any."""
        return [self.mode.total(each) for each in (together(stands), *stands[: len(self.shown) + bool(self.others)])]

    def _cell(self, url: str, stand: Stand) -> str:
        figure = self.mode.cell(stand)
        kind = self._kind(figure)
        return f'<a class="bt-sc{kind and f" bt-sc-{kind}"}" href="{url}" data-cell>{self._text(figure, note=True)}</a>'

    def _kind(self, figure: Figure) -> str:
        if figure is None:
            return "unk"
        if not self.mode.judged:
            return "" if figure else "0"
        return elements.Stock(int(figure), LOW).kind

    def _text(self, figure: Figure, *, note: bool = False) -> str:
        """A figure as it is shown, with an icon and words that only a reader hears where it needs a look."""
        if figure not in self._texts:
            self._texts[figure] = "?" if figure is None else "∞" if figure == inf else formats.number(figure)
        text = self._texts[figure]
        return f"{self._notes.get(self._kind(figure), '%s') % text}" if note else text

    @cached_property
    def _notes(self) -> dict[str, str]:
        """What stands around a figure of each kind."""
        low, deficit, unknown = (
            conditional_escape(words)
            for words in (_("Under the threshold of %(count)s") % {"count": LOW}, _("Deficit"), _("Unknown, not told"))
        )
        return {
            "low": f'{elements.icon("arrow-down")}%s<span class="bt-sr"> ({low})</span>',
            "neg": f'{elements.icon("alert-triangle")}%s<span class="bt-sr"> ({deficit})</span>',
            "unk": f'%s<span class="bt-sr"> ({unknown})</span>',
        }

    def _network(self, sku: Sku) -> Figure:
        return self._totals(self._stands(self._own, sku.pk))[0]

    def _plain(self, sku: Sku, place: UUID | None) -> Figure:
        stand = self._own.get((sku.pk, place), NOTHING)
        return self.mode.total(stand) if place is None else self.mode.cell(stand)


def together(stands: Sequence[Stand]) -> Stand:
    """The sums; known when one of them is."""
    figures = [sum(column) for column in zip(*(stand[:8] for stand in stands), strict=True)]
    return Stand._make([*figures, any(stand.known for stand in stands), None])


def open_sheet(params: QueryDict, now: datetime) -> Sheet:
    """The sheet that the address asks for; what it names and nobody knows is left out."""
    places = sorted(locations().filter(active=True), key=lambda place: (KINDS.index(place.kind), place.name, place.pk))
    mode = MODES.get(params.get("mode", ""), MODES["available"])
    return Sheet(mode, places, {name: params.getlist(name) for name in ("place", "kind", "group")}, now)
