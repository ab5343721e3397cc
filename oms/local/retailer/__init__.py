"""The demonstration merchants: made-up names, real French towns, the same data on every machine."""
