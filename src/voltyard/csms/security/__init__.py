"""Passwords, certificates, and the authority that signs them."""
