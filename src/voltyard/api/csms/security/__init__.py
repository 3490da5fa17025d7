"""Routes of what guards the charger socket: issued certificates, and refused handshakes."""
