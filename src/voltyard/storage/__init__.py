"""Storage: schema, migrations, the group-committing writer, repositories, backups."""
