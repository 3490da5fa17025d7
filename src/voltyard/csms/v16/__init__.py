"""OCPP 1.6 dialect of the backend."""
