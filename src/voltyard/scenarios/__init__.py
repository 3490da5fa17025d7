"""Scenarios: stories of a user's own, with people's acts, faults and expectations."""
