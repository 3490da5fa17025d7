"""docs/charger.md says what the code does."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


def test_the_tables_are_what_the_code_says() -> None:
    tool = [sys.executable, str(ROOT / "tools" / "charger_tables.py"), "--check"]

    checked = subprocess.run(tool, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr or "run tools/charger_tables.py"
