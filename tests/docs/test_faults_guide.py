"""The tables of the guide to faults are the data's."""

import faults_tables
from generated_blocks import ROOT, written
from voltyard.catalogue.quirks.table import QUIRKS


def test_the_tables_of_quirks_and_personalities_are_the_datas() -> None:
    text = (ROOT / "docs" / "faults.md").read_text()

    assert text == written(text, faults_tables.blocks()), "run python tools/faults_tables.py"
    assert all(f"| {quirk.id} | `{quirk.name}` |" in text for quirk in QUIRKS)
