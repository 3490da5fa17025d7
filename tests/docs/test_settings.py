"""docs/settings.md has every setting, as the code has it."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from voltyard.api.csms.settings import SettingsBody
from voltyard.config import ENVIRONMENT_PREFIX, Config

ROOT = Path(__file__).parents[2]


def test_every_setting_is_in_its_table() -> None:
    tool = [sys.executable, str(ROOT / "tools" / "settings_table.py"), "--check"]

    checked = subprocess.run(tool, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr
    told = (ROOT / "docs" / "settings.md").read_text()
    for setting in fields(Config):
        assert f"| `{ENVIRONMENT_PREFIX}{setting.name.upper()}` |" in told
    for name in SettingsBody.model_json_schema(by_alias=True)["properties"]:
        assert f"| `{name}` |" in told
