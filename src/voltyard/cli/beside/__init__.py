"""Processes beside a server: workers that host chargers, and nodes that take chargers' links."""
