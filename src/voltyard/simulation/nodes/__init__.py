"""A server and its nodes in virtual time: their bus, database and links under random faults."""
