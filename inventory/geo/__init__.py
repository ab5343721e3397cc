"""Geography: where a postcode is and how far two points are, without any network.

Owns: the French postcode table (`data/`) and the great-circle distance.
Promises: pure and deterministic; the table is read once per process.
Knows nothing of: orders, locations, Django.
"""
