"""Nodes: processes that take chargers' links beside the server, and who owns a charger."""
