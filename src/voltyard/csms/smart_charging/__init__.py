"""Schedules that are planned from the needs of vehicles (block K, ISO 15118)."""
