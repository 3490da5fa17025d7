"""Requests and reports between a gateway and its workers, over the bus."""
