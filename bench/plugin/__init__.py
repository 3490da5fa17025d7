"""Figures of the pytest plugin."""
