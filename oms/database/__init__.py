"""Django's PostgreSQL backend, with psycopg's own reader of timestamps."""
