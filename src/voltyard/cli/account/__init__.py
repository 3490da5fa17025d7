"""Commands about access: login, keys, organizations, the audit log and webhooks."""
