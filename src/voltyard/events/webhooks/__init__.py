"""Webhooks of organizations, and the delivery of events to them."""
