"""The gateway's domain: deployments, locations, commands, provisioning, days and logs."""
