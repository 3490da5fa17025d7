"""Variables that one make of charger has beside the standard ones: its vendor's settings, and a
device model from a file."""
