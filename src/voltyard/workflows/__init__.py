"""Engines of durable workflows: ports.workflows.WorkflowEngine on what is there for it."""
