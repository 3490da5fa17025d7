"""Engines of durable workflows: ports.Engine on what is there for it."""
