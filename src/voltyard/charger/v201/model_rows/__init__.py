"""Rows of the 2.0.1 device model: their class, and those of sensors."""
