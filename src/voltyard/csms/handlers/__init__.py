"""Handling of chargers' requests, in neither version's words."""
