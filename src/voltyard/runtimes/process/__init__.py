"""Provider whose runtimes are worker processes."""
