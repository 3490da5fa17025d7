"""Routes that send a backend command to a charger, by OCPP block."""
