"""Sensors of a charger: temperature and voltage, and how they drift (2.0.1 N07)."""
