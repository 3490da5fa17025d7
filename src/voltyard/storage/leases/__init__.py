"""Leases of a PostgreSQL database: which server uses it, and who comes next."""
