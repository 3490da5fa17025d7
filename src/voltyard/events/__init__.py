"""The log of events: numbering, followers, and webhooks."""
