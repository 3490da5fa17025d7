"""Figures of samples of many chargers."""
