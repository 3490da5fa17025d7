"""Quirks as data: what chargers in the field get wrong, who has seen it, and what may be set.

What each does to a charger is in `voltyard.quirks`; this is what all rooms may know.
"""
