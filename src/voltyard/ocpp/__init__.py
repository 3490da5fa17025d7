"""OCPP-J, as text and as types: frames, calls and answers, messages, and what may be wrong."""
