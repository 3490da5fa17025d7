"""The published list of OCTT's cases by id, and the reasons why some of them are not played.

The files are in the folder `published`, tab-separated: `octt-1.6.tsv` and `octt-2.0.1.tsv` are the
lists; `left-out.tsv` says of a case that will not be written, or not yet, which of the two (`not
applicable` or `to come`) and why. Add a line to it for a case, anywhere.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

from voltyard.conformance.cases.case import Role

VERSIONS: Final = ("1.6", "2.0.1")
LEFT_OUT_STATES: Final = ("not applicable", "to come")


@dataclass(frozen=True)
class PublishedCase:
    """A case as the list of the Open Charge Alliance names it."""

    id: str
    name: str
    version: str

    @property
    def role(self) -> Role:
        """Of the subject: ids of cases for a CSMS end so."""
        return "csms" if self.id.endswith("_CSMS") else "charger"


@dataclass(frozen=True)
class LeftOut:
    """A case that is not written: `not applicable` or `to come`, and the reason."""

    state: str
    reason: str


def published_cases() -> list[PublishedCase]:
    """All published cases, in the order of their lists."""
    return [
        PublishedCase(row["id"], row["name"], version)
        for version in VERSIONS
        for row in _rows(f"octt-{version}.tsv")
    ]


def left_out_cases() -> dict[str, LeftOut]:
    """The cases that are left out, by id."""
    return {row["id"]: LeftOut(row["state"], row["reason"]) for row in _rows("left-out.tsv")}


def _rows(name: str) -> Iterator[dict[str, str]]:
    text = files(__package__).joinpath("published", name).read_text(encoding="utf-8")
    yield from csv.DictReader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
