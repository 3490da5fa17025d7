"""OCPP 2.0.1 dialect of the charger: requests it answers, messages it sends."""
