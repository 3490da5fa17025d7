"""What the tests of the kubernetes provider share: the rights of the example, and patience."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import yaml

_ROLE = Path(__file__).parents[3] / "examples" / "kubernetes" / "chargers.yaml"


def rights() -> set[tuple[str, str]]:
    """Those that the example gives to a server, and no others."""
    _account, role, _binding = yaml.safe_load_all(_ROLE.read_text())
    return {
        (verb, resource)
        for rule in role["rules"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


async def until(holds: Callable[[], object], what: str) -> None:
    give_up_at = asyncio.get_running_loop().time() + 60
    while not holds():
        assert asyncio.get_running_loop().time() < give_up_at, f"{what} did not come true"
        await asyncio.sleep(0.02)
