"""The security extension: events, certificates, credentials (1.6 security white paper; 2.0.1 Part
2, blocks A and M)."""
