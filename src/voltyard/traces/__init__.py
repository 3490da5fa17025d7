"""Traces: recorded conversations, judged by OCPP's rules and laid out over time."""
