"""The parts of the simulated charger: what each is handed, and who writes an EVSE's state."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from voltyard.charger.charger import Charger
from voltyard.charger.commands.handlers import HANDLERS as COMMANDS
from voltyard.charger.connection.link_loss import LinkLoss, LinkRecovery
from voltyard.charger.connection.outage import Outage
from voltyard.charger.description.memory import ChargerMemory
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.description.view import StateView
from voltyard.charger.evse.evse import Evse
from voltyard.charger.v16.requests import HANDLERS as REQUESTS_16
from voltyard.charger.v16.variables import Configuration16
from voltyard.charger.v201.requests import HANDLERS as REQUESTS_201
from voltyard.charger.v201.variables import Variables201
from voltyard.charger.versions.handler_groups import made, needs_of

SOURCE = Path(__file__).resolve().parents[2] / "src"
CHARGER = SOURCE / "voltyard" / "charger"

LOOSE = {"__init__", "charger", "context", "effects", "inputs", "snapshot", "state"}
"""The files of the charger that are in no folder."""

RECEIVE_THE_CHARGER: dict[str, str] = {}
"""Files that may be handed the whole charger, with the reason. None has to."""

RECORD = "a record of its own"
WRITE_OTHERS = {
    ("authorization/local_authorization.py", "cached"): RECORD,
    ("evse/missed_errors.py", "missed"): RECORD,
    ("transactions/lifecycle.py", "transaction"): "transactions are the life cycle's own",
    ("transactions/outbox.py", "entry"): RECORD,
    ("transactions/outbox.py", "self._queue[0]"): RECORD,
}
"""Files that write attributes of something else than `self`, and of what, with the reason. No EVSE
is among them, nor a part of one."""


@cache
def modules() -> dict[str, ast.Module]:
    """The modules of the charger, by their names."""
    found = {}
    for path in sorted(CHARGER.rglob("*.py")):
        if path.name != "__init__.py":
            name = ".".join(path.relative_to(SOURCE).with_suffix("").parts)
            found[name] = ast.parse(path.read_text())
    return found


def imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{one.name}" for one in node.names)


def test_only_the_machine_itself_is_in_no_folder() -> None:
    assert {path.stem for path in CHARGER.glob("*.py")} == LOOSE


def test_no_modules_know_each_other_in_a_circle() -> None:
    """Imports for type checkers included."""
    known = {
        name: {one for one in imports(tree) if one in modules()} - {name}
        for name, tree in modules().items()
    }
    reached: dict[str, set[str]] = {}
    for name in known:
        found: set[str] = set()
        waiting = [name]
        while waiting:
            for one in known[waiting.pop()] - found:
                found.add(one)
                waiting.append(one)
        reached[name] = found
    circles = {
        frozenset(one for one in reached[name] if name in reached[one])
        for name in known
        if name in reached[name]
    }
    assert not circles, sorted(max(circles, key=len))


def test_no_part_is_handed_the_whole_charger() -> None:
    receiving = set()
    for name, tree in modules().items():
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        if name != "voltyard.charger.charger" and (
            "Charger" in names or "voltyard.charger.charger" in set(imports(tree))
        ):
            receiving.add(name)
    assert receiving == set(RECEIVE_THE_CHARGER)


GROUPS = sorted(
    {group for table in (REQUESTS_16, REQUESTS_201, COMMANDS) for group, _ in table.values()}
    | {ChargerMemory, Configuration16, Variables201, StateView, LinkLoss, LinkRecovery, Outage},
    key=lambda group: group.__name__,
)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)
def test_a_group_of_handlers_gets_the_parts_it_names(group: type[Any]) -> None:
    version = "2.0.1" if group.__name__.endswith("201") else "1.6"
    spec = ChargerSpec(identity="CP 1", version=version, local_controller=version == "2.0.1")
    charger = Charger(spec, 0.0)
    whole = made(group, charger)

    for name, wanted in needs_of(group):
        part = getattr(whole, name)
        if not hasattr(charger, name):
            assert type(part) is wanted
        elif name == "evses":
            assert wanted == tuple[Evse, ...] and part is charger.evses
        elif name == "configuration":
            assert isinstance(part, Configuration16 | Variables201)
        else:
            assert isinstance(part, wanted) and part is getattr(charger, name)


def written(tree: ast.Module) -> Iterator[str]:
    """The owners of the attributes that are assigned to, other than `self`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            owner = ast.unparse(node.value)
            if owner != "self":
                yield owner


def test_a_part_writes_its_own_state_alone() -> None:
    found = {
        (name.removeprefix("voltyard.charger.").replace(".", "/") + ".py", owner)
        for name, tree in modules().items()
        for owner in written(tree)
    }
    assert found == WRITE_OTHERS.keys()
