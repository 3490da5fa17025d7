"""Quirks at work: an honest charger whose inputs and effects are edited, unknown to it."""
