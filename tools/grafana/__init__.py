"""Grafana dashboards of a server's metrics, made from tables."""
