"""Links of chargers to the backend: handshakes, sockets, back-pressure."""
