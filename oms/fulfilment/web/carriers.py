"""The carriers that a store hands parcels to, and where their customers follow them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Carrier:
    """One choice. `page` is the public page of a parcel; an untracked one gives no number."""

    code: str
    name: StrOrPromise
    page: str = ""
    tracked: bool = True


CARRIERS: dict[str, Carrier] = {
    each.code: each
    for each in (
        Carrier("colissimo", "Colissimo", "https://www.laposte.fr/outils/suivre-vos-envois?code={}"),
        Carrier("chronopost", "Chronopost", "https://www.chronopost.fr/tracking-no-cms/suivi-page?listeNumerosLT={}"),
        Carrier("mondial-relay", "Mondial Relay"),
        Carrier("dpd", "DPD", "https://trace.dpd.fr/fr/trace/{}"),
        Carrier("gls", "GLS", "https://gls-group.com/track/{}"),
        Carrier("ups", "UPS", "https://www.ups.com/track?tracknum={}"),
        Carrier("dhl", "DHL", "https://www.dhl.com/fr-fr/home/tracking.html?tracking-id={}"),
        Carrier("fedex", "FedEx", "https://www.fedex.com/fedextrack/?trknbr={}"),
        Carrier("other", _("Another carrier")),
        Carrier("letter", _("Letter without tracking"), tracked=False),
        Carrier("own", _("Own delivery"), tracked=False),
    )
}


def tracking_page(carrier: Carrier, number: str) -> str:
    """Where the parcel can be followed, or nothing."""
    return carrier.page.format(quote(number, safe="")) if carrier.page and number else ""
