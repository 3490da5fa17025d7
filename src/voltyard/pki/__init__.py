"""Test PKIs of ISO 15118 and OCPP: authorities, certificates, revocation, and OCSP answers."""
