"""Spans for OpenTelemetry: sampled, queued, and sent over OTLP. The one room that imports it."""
