"""IP addresses, networks of them, and the policy for those that are dialled."""
