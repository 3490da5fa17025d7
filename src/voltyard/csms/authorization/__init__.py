"""Authorization of id tags: from memory, or by an organization's hook."""
