"""Samples of the chargers that run: totals of them, and what they come to over time."""
