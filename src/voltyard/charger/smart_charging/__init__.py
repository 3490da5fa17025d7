"""Charging profiles, their arithmetic, and the limits they make (block K)."""
