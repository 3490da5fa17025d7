"""A simulated PostgreSQL: connections, locks, leases, tables, and what processes keep in them."""
