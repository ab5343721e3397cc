"""Baton's own small lints and their parts; nothing here is part of the product."""
