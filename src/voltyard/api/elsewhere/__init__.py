"""Requests that other processes of a server carry out, and those that are carried out for them."""
