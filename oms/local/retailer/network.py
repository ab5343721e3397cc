"""Where the demonstration merchants hold stock."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from inventory.geo.postcodes import locate

SHOP_HOURS = {str(day): [["10:00", "19:30"]] for day in range(1, 7)}
WAREHOUSE_HOURS = {str(day): [["06:00", "22:00"]] for day in range(1, 7)}
STORES = (
    ("RENNES", "Rennes Le Bastard", "35000", "Rennes", "ouest"),
    ("NANTES", "Nantes Crébillon", "44000", "Nantes", "ouest"),
    ("BREST", "Brest Siam", "29200", "Brest", "ouest"),
    ("VANNES", "Vannes Port", "56000", "Vannes", "ouest"),
    ("LORIENT", "Lorient Ménager", "56100", "Lorient", "ouest"),
    ("QUIMPER", "Quimper Kéréon", "29000", "Quimper", "ouest"),
    ("ANGERS", "Angers Ralliement", "49000", "Angers", "ouest"),
    ("STBRIEUC", "Saint-Brieuc Halles", "22000", "Saint-Brieuc", "ouest"),
    ("LEMANS", "Le Mans République", "72000", "Le Mans", "ouest"),
    ("CAEN", "Caen Saint-Pierre", "14000", "Caen", "nord"),
    ("ROUEN", "Rouen Gros-Horloge", "76000", "Rouen", "nord"),
    ("LILLE", "Lille Bettignies", "59000", "Lille", "nord"),
    ("AMIENS", "Amiens Cathédrale", "80000", "Amiens", "nord"),
    ("PARIS06", "Paris Saint-Sulpice", "75006", "Paris", "paris"),
    ("PARIS11", "Paris Charonne", "75011", "Paris", "paris"),
    ("VERSAILLES", "Versailles Notre-Dame", "78000", "Versailles", "paris"),
    ("TOURS", "Tours Nationale", "37000", "Tours", "centre"),
    ("ORLEANS", "Orléans Martroi", "45000", "Orléans", "centre"),
    ("POITIERS", "Poitiers Marché", "86000", "Poitiers", "ouest"),
    ("BORDEAUX", "Bordeaux Sainte-Catherine", "33000", "Bordeaux", "sud"),
    ("TOULOUSE", "Toulouse Capitole", "31000", "Toulouse", "sud"),
    ("MONTPELLIER", "Montpellier Comédie", "34000", "Montpellier", "sud"),
    ("MARSEILLE", "Marseille Paradis", "13001", "Marseille", "sud"),
    ("LYON", "Lyon Brotteaux", "69006", "Lyon", "est"),
    ("GRENOBLE", "Grenoble Grenette", "38000", "Grenoble", "est"),
    ("STRASBOURG", "Strasbourg Gutenberg", "67000", "Strasbourg", "est"),
)
OTHERS = (
    ("DC-STMALO", "Entrepôt Saint-Malo", "WAREHOUSE", "35400", "Saint-Malo"),
    ("DC-LYON", "Entrepôt Lyon-Sud", "WAREHOUSE", "69200", "Vénissieux"),
    ("3PL-PARIS", "Logisticien Île-de-France", "THREE_PL", "77600", "Bussy-Saint-Georges"),
    ("SUP-TRICOT", "Fournisseur Tricots d’Armor", "SUPPLIER", "22300", "Lannion"),
)


def locations() -> list[dict[str, Any]]:
    """Every location's fields, without the legal entity."""
    stores = [_store(*store) for store in STORES]
    return stores + [_other(*other) for other in OTHERS]


def _store(code: str, name: str, postcode: str, city: str, region: str) -> dict[str, Any]:
    return {
        **_place(code, name, postcode, city),
        "kind": "STORE",
        "collects": True,
        "takes_returns": True,
        "groups": ["magasins", region],
        "opening": SHOP_HOURS,
        "daily_capacity": 40,
        "minutes_to_accept": 30,
        "minutes_to_prepare": 90,
        "parcel_cost": Decimal("6.40"),
        "priority": 2,
    }


def _other(code: str, name: str, kind: str, postcode: str, city: str) -> dict[str, Any]:
    return {
        **_place(code, name, postcode, city),
        "kind": kind,
        "groups": ["entrepots"],
        "opening": WAREHOUSE_HOURS,
        "minutes_to_accept": 120,
        "minutes_to_prepare": 240,
        "parcel_cost": Decimal("4.90"),
        "priority": 1 if kind == "WAREHOUSE" else 3,
    }


def _place(code: str, name: str, postcode: str, city: str) -> dict[str, Any]:
    point = locate("FR", postcode)
    return {
        "code": code,
        "name": name,
        "postcode": postcode,
        "city": city,
        "latitude": point.latitude if point else None,
        "longitude": point.longitude if point else None,
    }
