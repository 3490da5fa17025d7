"""The demo: a site of chargers and drivers, made over the REST API."""
