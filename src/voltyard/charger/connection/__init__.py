"""The link to the CSMS: dialling, registration, heartbeats, calls and answers (block B)."""
