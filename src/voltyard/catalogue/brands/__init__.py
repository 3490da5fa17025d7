"""Charger models by brand, a JSON file each."""
