"""Locations, the presets they are made from, and the limit their chargers share."""
