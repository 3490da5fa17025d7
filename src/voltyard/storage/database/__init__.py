"""The database, its readers and the group-committing writer."""
