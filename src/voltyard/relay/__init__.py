"""Relay: REST requests handed from one process to another over the bus."""
