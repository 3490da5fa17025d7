"""The link to the CSMS and the power behind it: dialling, boot, reset, calls (block B)."""
