"""REST: what every endpoint shares, so that the rooms' viewsets only translate.

Owns: credentials, declared permissions, problem documents, pages, idempotency, rates, formats, the OpenAPI document, health.
Promises: nothing that a refused request wrote is kept; an undeclared action is refused.
Knows nothing of: stock, orders, channels.
"""
