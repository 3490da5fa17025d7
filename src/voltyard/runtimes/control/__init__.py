"""The control link between a gateway and its workers."""
