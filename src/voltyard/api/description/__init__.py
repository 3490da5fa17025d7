"""Parts of the OpenAPI description: shared types, plain schemas, examples."""
