"""Monitors of OCPP 2.0.1: requests, reports, and the values that are watched (block N)."""
