"""Organizations, the scopes of their keys, and their request rates."""
