"""Local: everything a single machine needs to run Baton for development, tests and the demo.

Owns: the embedded PostgreSQL and Valkey, the data folder, the process runner behind `make demo`.
Promises: the core works before Django is configured; servers listen on the loopback address only.
Knows nothing of: production. No other room imports it.
"""
