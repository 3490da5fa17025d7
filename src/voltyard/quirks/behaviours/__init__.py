"""Behaviours of quirks, by what they meddle with."""
