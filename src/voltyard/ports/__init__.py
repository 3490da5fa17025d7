"""Protocols of what the inside needs from outside, one subject a file."""
