"""Firmware updates and uploads of logs (block L, and N01)."""
