"""Provider whose runtimes are pods of Kubernetes."""
