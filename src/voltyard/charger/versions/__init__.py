"""Versions of OCPP: the interface of a dialect, and the calling of a version's handlers."""
