"""The composition root: the only place that picks adapters and puts a server together."""
