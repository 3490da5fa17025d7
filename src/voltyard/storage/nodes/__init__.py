"""Nodes in the database: the chargers that each owns, its lease, numbers and events."""
