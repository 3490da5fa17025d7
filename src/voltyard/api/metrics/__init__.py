"""Prometheus metrics of the server, of its backend and of its yard."""
