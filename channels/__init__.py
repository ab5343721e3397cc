"""Channels: the technical connection to each sales channel.

Owns: the connector contract and connectors, ingestion, publication, the simulators.
Promises: an order enters once, a stock change reaches every channel, and nothing a channel sends is lost.
Knows nothing of: returns, analytics. A connector knows nothing of Django, so it can be tried alone.
"""
