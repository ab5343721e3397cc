"""Connectors: one small class per channel behind one contract (`base.Connector`).

A connector translates between a channel's wire format and the neutral types, and says what it can do. Cursors,
retries, deduplication, throttling, storage and mapping of SKUs are the framework's, written once elsewhere.
"""
