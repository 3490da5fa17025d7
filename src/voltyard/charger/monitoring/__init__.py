"""Monitors of variables: what they watch, what triggers them, and their events (block N)."""
