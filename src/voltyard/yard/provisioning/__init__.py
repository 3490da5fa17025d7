"""Provisioning of chargers, one by one or in bulk, in durable runs."""
