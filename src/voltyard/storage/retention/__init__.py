"""Retention: how long history is kept, and the sweeps that delete it."""
