"""docs/settings.md has every setting, as the code has it."""

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

from voltyard.api.csms.settings import SettingsChangeBody
from voltyard.config.config import ENVIRONMENT_PREFIX, Config

ROOT = Path(__file__).parents[2]


def test_every_setting_has_a_heading() -> None:
    tool = [sys.executable, str(ROOT / "tools" / "settings_table.py"), "--check"]

    checked = subprocess.run(tool, capture_output=True, text=True, check=False)

    assert checked.returncode == 0, checked.stderr
    told = (ROOT / "docs" / "settings.md").read_text()
    for setting in fields(Config):
        assert f"\n#### `{ENVIRONMENT_PREFIX}{setting.name.upper()}`\n" in told
    for name in SettingsChangeBody.model_json_schema(by_alias=True)["properties"]:
        assert f"\n### `{name}`\n" in told
