"""Which fields each kind of file has, and by which names people call their columns."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from inventory.enums import ImportKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class Field:
    """`words` are the names that a column of the field may have, the likeliest first."""

    name: str
    label: StrOrPromise
    words: tuple[str, ...]
    required: bool = False


FIELDS: dict[str, tuple[Field, ...]] = {
    ImportKind.STOCK: (
        Field(
            "sku",
            _("SKU"),
            (
                "sku",
                "code sku",
                "sku code",
                "reference",
                "ref",
                "code article",
                "article",
                "reference article",
                "code produit",
                "product code",
                "item code",
                "item",
                "code",
            ),
            required=True,
        ),
        Field(
            "location",
            _("Location"),
            (
                "location",
                "location code",
                "lieu",
                "code lieu",
                "magasin",
                "code magasin",
                "store",
                "store code",
                "entrepot",
                "warehouse",
                "depot",
                "site",
                "emplacement",
            ),
            required=True,
        ),
        Field(
            "on_hand",
            _("On hand"),
            (
                "on hand",
                "stock physique",
                "quantite",
                "quantity",
                "qte",
                "qty",
                "stock",
                "physical stock",
                "quantite en stock",
                "qte stock",
                "stock disponible",
                "disponible",
                "available",
            ),
            required=True,
        ),
    ),
    ImportKind.CATALOGUE: (
        Field(
            "code",
            _("SKU"),
            ("sku", "code sku", "code", "reference", "ref", "code article", "product code", "item code"),
            required=True,
        ),
        Field("name", _("Name"), ("name", "nom", "designation", "libelle", "label", "title", "titre", "product name")),
        Field("product", _("Product"), ("product", "produit", "modele", "model", "style", "parent")),
        Field(
            "barcodes",
            _("Barcodes"),
            ("barcodes", "barcode", "codes barres", "code barres", "code barre", "ean", "ean13", "gtin", "upc"),
        ),
        Field("category", _("Category"), ("category", "categorie", "famille", "rayon", "department")),
        Field("brand", _("Brand"), ("brand", "marque")),
        Field("weight_g", _("Weight in grams"), ("weight g", "poids g", "weight", "poids", "weight in grams")),
        Field("cost", _("Cost"), ("cost", "cout", "prix d achat", "prix achat", "purchase price", "pa")),
        Field("price", _("Price"), ("price", "prix", "prix de vente", "prix ttc", "pvp", "selling price")),
        Field("active", _("Active"), ("active", "actif", "enabled", "status")),
        Field("kind", _("Kind"), ("kind", "kit kind", "type de kit", "kit")),
        Field(
            "components", _("Components"), ("components", "component", "composants", "composition", "kit components")
        ),
    ),
    ImportKind.LOCATIONS: (
        Field(
            "code",
            _("Code"),
            ("code", "location", "location code", "code lieu", "lieu", "code magasin", "store code", "magasin"),
            required=True,
        ),
        Field("name", _("Name"), ("name", "nom", "enseigne", "libelle", "label")),
        Field("kind", _("Kind"), ("kind", "type", "nature")),
        Field("legal_entity", _("Legal entity"), ("legal entity", "entite juridique", "societe", "company")),
        Field("address", _("Address"), ("address", "adresse", "street", "rue")),
        Field("postcode", _("Postcode"), ("postcode", "code postal", "cp", "zip", "postal code")),
        Field("city", _("City"), ("city", "ville", "town")),
        Field("country", _("Country"), ("country", "pays", "code pays", "country code")),
        Field("latitude", _("Latitude"), ("latitude", "lat")),
        Field("longitude", _("Longitude"), ("longitude", "lng", "lon")),
        Field("time_zone", _("Time zone"), ("time zone", "fuseau horaire", "timezone")),
        Field("groups", _("Groups"), ("groups", "groupes", "group", "groupe", "region")),
        Field("ships", _("Ships"), ("ships", "expedie")),
        Field("collects", _("Collects"), ("collects", "retrait", "click collect")),
        Field("takes_returns", _("Takes returns"), ("takes returns", "reprend les retours", "retours", "returns")),
        Field("active", _("Active"), ("active", "actif", "enabled")),
        Field("priority", _("Priority"), ("priority", "priorite")),
        Field("daily_capacity", _("Orders a day"), ("daily capacity", "capacite par jour", "orders a day", "capacity")),
    ),
}


def plain(text: str) -> str:
    """Lower case, without accents, words with one space between: `Qté_en-stock ` becomes `qte en stock`."""
    bare = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", bare))


def guess_mapping(kind: str, headers: Sequence[str]) -> dict[str, str]:
    """The column of each field that can be told from the names of the columns."""
    by_word: dict[str, str] = {}
    for header in headers:
        by_word.setdefault(plain(header), header)
    mapping: dict[str, str] = {}
    for field in FIELDS[kind]:
        words = (field.name.replace("_", " "), *field.words)
        found = next((by_word[word] for word in words if word in by_word), None)
        if found is not None and found not in mapping.values():
            mapping[field.name] = found
    return mapping


def missing_fields(kind: str, mapping: Mapping[str, str], *, location: str = "") -> list[Field]:
    """The fields that a file must have and this one has no column for."""
    given = {*mapping, *(("location",) if location else ())}
    return [field for field in FIELDS[kind] if field.required and field.name not in given]


def places_of(kind: str, headers: Sequence[str], mapping: Mapping[str, str]) -> dict[str, int]:
    """Where each mapped field stands in a row; a column that the file does not have is left out."""
    at = {header: index for index, header in reversed(list(enumerate(headers)))}
    known = {field.name for field in FIELDS[kind]}
    return {name: at[header] for name, header in mapping.items() if name in known and header in at}
