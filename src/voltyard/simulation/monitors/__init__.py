"""Monitors of simulated chargers: random ones, and the checks of what they tell (block N)."""
