"""Scenarios on the terminal: playing them, and the list of those that ship."""
