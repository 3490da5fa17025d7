"""Refused handshakes of chargers: their reasons, what to do about them, and a record of them."""
