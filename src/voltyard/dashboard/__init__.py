"""The page at `/`, a client of the REST API with no private door."""
