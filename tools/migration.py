"""Write a migration from what differs between the schema's tables and its migrations.

    python tools/migration.py again          # rewrite the newest revision, while it is unreleased
    python tools/migration.py new MESSAGE    # begin the next one

Read the outcome before committing it: Alembic does not see renames.
"""

import re
import subprocess
import sys
from pathlib import Path

from alembic import command
from sqlalchemy import create_engine

from voltyard.storage import migrations

PACKAGE = Path(migrations.__file__).parent
VERSIONS = PACKAGE / "versions"


def write(revision: str, message: str) -> Path:
    """Autogenerate `revision` on top of the files that are there."""
    with create_engine("sqlite://").connect() as connection:
        configuration = migrations.configuration(connection)
        command.upgrade(configuration, "head")
        command.revision(configuration, message=message, autogenerate=True, rev_id=revision)
    (path,) = VERSIONS.glob(f"{revision}_*.py")
    text = re.sub(r" *# ### .* ###\n", "", path.read_text())
    path.write_text(re.sub(r'^"""(.*)"""$', r'"""\1."""', text, count=1, flags=re.M))
    for step in (["check", "--fix", "--quiet", "--select", "I,F,UP"], ["format", "--quiet"]):
        subprocess.run([sys.executable, "-m", "ruff", *step, str(path)], check=True)
    return path


def main(arguments: list[str]) -> None:
    match arguments:
        case ["again"]:
            (path,) = VERSIONS.glob(f"{migrations.HEAD}_*.py")
            message = path.read_text().split("\n", 1)[0].strip('".')
            path.unlink()
            print(write(migrations.HEAD, message))
        case ["new", message]:
            revision = f"{int(migrations.HEAD) + 1:04d}"
            print(write(revision, message))
            source = PACKAGE / "__init__.py"
            source.write_text(source.read_text().replace(f'"{migrations.HEAD}"', f'"{revision}"'))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
