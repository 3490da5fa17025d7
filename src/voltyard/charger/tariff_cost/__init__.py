"""Tariff and cost, as a driver is shown them (block I)."""
