"""Lanes of a trace: a charger's state over time, as its frames tell it."""
