"""A server with nodes as a whole: on PostgreSQL and a bus, with chargers that dial any of them."""
