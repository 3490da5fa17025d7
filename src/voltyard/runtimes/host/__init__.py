"""The host: many chargers driven in one event loop."""
