"""Fulfilment: the work of one location for one order, from acceptance to the parcel or the hand-over.

Owns: FulfilmentOrder, FulfilmentLine, Parcel.
Promises: deadlines are the server's; a refusal's reason does to stock exactly what it declares; goods leave once.
Knows nothing of: why a location was chosen, and what happens to units it refuses.
"""
