"""The tables of the guide to faults are the data's."""

import importlib.util
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_tables_of_quirks_and_personalities_are_the_datas() -> None:
    path = ROOT / "tools" / "faults_tables.py"
    spec = importlib.util.spec_from_file_location("faults_tables", path)
    assert spec is not None and spec.loader is not None
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    text = (ROOT / "docs" / "faults.md").read_text()

    assert text == tool.tables(text), "run python tools/faults_tables.py"
    assert all(f"| {quirk.id} | `{quirk.name}` |" in text for quirk in tool.QUIRKS)
