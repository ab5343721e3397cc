"""How sure one may be that the stock of a SKU at a location is right; docs/confidence.md has the reasons.

Every observation weighs for and against the figure, and its weight halves every `HALF_LIFE`. Then, each a Beta posterior's mean
whose prior is the one before it:

    tenant   = (100 x 0.95     + for) / (100 + for + against)      over all locations
    location = ( 50 x tenant   + for) / ( 50 + for + against)      over all SKUs there
    SKU      = (  4 x location + for) / (  4 + for + against)
"""

from __future__ import annotations

from datetime import timedelta

HALF_LIFE = timedelta(days=60)
FIRST_GUESS = 0.95
# How many observations the prior is worth.
TENANT_STRENGTH = 100
LOCATION_STRENGTH = 50
SKU_STRENGTH = 4
# What each kind of evidence weighs for and against. A count makes the figure right whatever it finds; that it was wrong counts beside.
WEIGHTS = {"PICKED": (1, 0), "MISSING": (0, 1), "COUNT_RIGHT": (2, 0), "COUNT_WRONG": (2, 1)}
