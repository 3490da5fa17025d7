"""Figures of several processes that share the chargers."""
