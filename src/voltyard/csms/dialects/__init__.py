"""The versions of OCPP as the backend speaks them: neutral words in, the version's messages out."""
