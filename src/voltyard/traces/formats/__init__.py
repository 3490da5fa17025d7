"""Formats of logs that traces are read from, ours and those of others."""
