"""Nodes beside a server: what it keeps for them, asks of them, and tells them."""
