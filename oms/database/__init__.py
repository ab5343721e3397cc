"""Django's PostgreSQL backend, with readers and writers of our own, and connections that threads share."""
