"""Provider whose runtimes are services of AWS ECS."""
