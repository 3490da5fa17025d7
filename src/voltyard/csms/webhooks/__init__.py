"""Webhooks: where organizations want their events, and how those get there."""
