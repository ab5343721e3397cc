"""Orders: what customers asked for, unit by unit, and how far each unit is.

Owns: SalesChannel, Order, OrderPayload, OrderLine, UnitGroup, Hold.
Promises: an order is accepted once; the groups of a line always sum to its quantity; states move only as the table allows.
Knows nothing of: which location prepares what and why, and of a channel's technical connection.
"""
