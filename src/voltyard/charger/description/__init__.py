"""Descriptions of a charger: its specification, its state from outside, its memory, its events."""
