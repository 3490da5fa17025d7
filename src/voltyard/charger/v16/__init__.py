"""OCPP 1.6 dialect of the charger: requests it answers, messages it sends."""
