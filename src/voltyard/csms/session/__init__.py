"""The session with one connected charger, a machine of inputs and effects."""
