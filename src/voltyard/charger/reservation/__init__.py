"""Reservations of EVSEs and connectors (block H)."""
