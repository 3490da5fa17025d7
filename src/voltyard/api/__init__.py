"""HTTP: the gateway under /ocpp, the backend under /api/v1, and what both share."""
