"""Where things are kept: schema, migrations, the group-committing writer, repositories."""
