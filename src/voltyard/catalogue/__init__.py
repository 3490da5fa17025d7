"""Data with sources: brands, vehicles, faults, quirks, network conditions."""
