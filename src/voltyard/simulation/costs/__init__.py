"""Costs of simulated transactions: random tariffs, and the reckoning that checks them (block I)."""
