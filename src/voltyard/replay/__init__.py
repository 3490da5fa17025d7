"""Recorded logs of frames, played again against a CSMS."""
