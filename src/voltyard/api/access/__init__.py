"""Access: the audit log, its trail of requests and its routes."""
