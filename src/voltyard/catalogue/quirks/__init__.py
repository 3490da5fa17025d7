"""Quirks as data: misbehaviours seen in the field, with their sources and parameters.

What each does to a charger is in `voltyard.quirks`; this is what all rooms may know.
"""
