"""Request bodies of the gateway."""
