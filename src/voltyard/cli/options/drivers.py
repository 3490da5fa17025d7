"""Options for drivers, of the commands that have some."""

from enum import StrEnum
from typing import Annotated, TypeAlias

import typer


class TagOrder(StrEnum):
    """Order in which drivers' tags go round."""

    RANDOM = "random"
    ROUND_ROBIN = "round-robin"
    AFFINITY = "connector-affinity"


Vehicles: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="A vehicle of the catalogue; repeat it. [cars off the street]"),
]
TagsInOrder: TypeAlias = Annotated[TagOrder, typer.Option(help="How tags go round.")]
UnknownTags: TypeAlias = Annotated[
    float, typer.Option(min=0.0, max=1.0, help="Share of drivers whose tags are unknown.")
]
