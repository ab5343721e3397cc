"""A clothing catalogue: models in colours and sizes, with barcodes whose check digits are right."""

from __future__ import annotations

import random
from decimal import Decimal
from typing import Any

MODELS = (
    ("Marinière", "MAR", "Hauts", 5890),
    ("Ciré", "CIR", "Manteaux", 12900),
    ("Caban", "CAB", "Manteaux", 18900),
    ("Pull marin", "PUL", "Mailles", 8900),
    ("Chemise", "CHE", "Hauts", 6900),
    ("Pantalon à pont", "PAN", "Bas", 9900),
    ("Robe", "ROB", "Robes", 7900),
    ("Bonnet", "BON", "Accessoires", 2900),
    ("Écharpe", "ECH", "Accessoires", 3900),
    ("Vareuse", "VAR", "Manteaux", 10900),
)
NAMES = ("Ouessant", "Groix", "Sein", "Molène", "Bréhat", "Houat", "Hoëdic", "Glénan", "Batz", "Arz")
COLOURS = (("marine", "MAR"), ("écru", "ECR"), ("jaune", "JAU"), ("rouge", "ROU"))
SIZES = ("XS", "S", "M", "L", "XL")
BRANDS = ("Keravel", "Atelier Keravel")


def skus(count: int, seed: int) -> list[dict[str, Any]]:
    """The first `count` variants: every model, name, colour and size, always in the same order."""
    rng = random.Random(seed)
    made: list[dict[str, Any]] = []
    for kind, prefix, category, cents in MODELS:
        for name in NAMES:
            price = Decimal(cents + rng.randrange(-4, 5) * 100) / 100
            for colour, short in COLOURS:
                for size in SIZES:
                    product = f"{prefix}-{name[:3].upper()}"
                    made.append(
                        {
                            "code": f"{product}-{short}-{size}",
                            "name": f"{kind} {name}, {colour}, {size}",
                            "product": product,
                            "barcodes": [ean13(f"37012{len(made):07d}")],
                            "category": category,
                            "brand": rng.choice(BRANDS),
                            "attributes": {"colour": colour, "size": size},
                            "weight_g": rng.randrange(120, 1400, 10),
                            "cost": (price * Decimal("0.38")).quantize(Decimal("0.0001")),
                            "price": price,
                        }
                    )
    return made[:count]


def ean13(twelve: str) -> str:
    """Twelve digits with their check digit."""
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve))
    return f"{twelve}{(10 - total % 10) % 10}"
