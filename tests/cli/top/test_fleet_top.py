"""The live view, driven by keys against a server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import DataTable, Input

from tests.cli.bench import Shell
from voltyard.cli.client.address import ServerAddress
from voltyard.cli.client.api_client import ApiClient, Listed
from voltyard.cli.top.fleet_top import FleetTop
from voltyard.cli.top.picture import COLUMNS
from voltyard.testing.processes import free_port

pytestmark = pytest.mark.slow


async def until(pilot: "Pilot[None]", holds: Callable[[], object]) -> None:
    """Wait for a condition, and fail where it does not come true."""
    async with asyncio.timeout(60):
        while not holds():
            await pilot.pause(0.05)


def top_of(shell: Shell, search: str = "") -> FleetTop:
    api = ApiClient(ServerAddress(shell.server.url, shell.server.key))
    return FleetTop(api, search=search, every_s=0.2)


def cell(app: FleetTop, identity: str, column: str) -> str:
    assert column in COLUMNS
    table = app.query_one("#fleet", DataTable)
    return str(table.get_cell(identity, column)) if identity in map(_key, table.rows) else ""


def _key(row: object) -> object:
    return getattr(row, "value", None)


async def test_a_charger_is_watched_and_driven_by_keys(shell: Shell) -> None:
    cp = shell.charger()
    app = top_of(shell, cp)
    async with app.run_test(size=(160, 40)) as pilot:
        await until(pilot, lambda: cell(app, cp, "connectors") == "Available")
        await pilot.press("p")
        await until(pilot, lambda: cell(app, cp, "connectors") == "Preparing")
        await pilot.press("f")
        await pilot.press("enter")
        await until(pilot, lambda: cell(app, cp, "connectors") == "Faulted")
        await pilot.press("c")
        await until(pilot, lambda: cell(app, cp, "connectors") == "Preparing")
        await pilot.press("p")
        await until(pilot, lambda: "plugged in already" in app.message)
        await pilot.press("q")

    assert app.return_code == 0


class CountedLooks(ApiClient):
    """Counts how often the list of chargers is read."""

    looks = 0

    def listed(self, path: str, limit: int, **query: Any) -> Listed:
        self.looks += path == "/ocpp/chargers"
        return super().listed(path, limit, **query)


async def test_what_moves_comes_with_the_stream_and_the_list_is_not_read_again(
    shell: Shell,
) -> None:
    cp = shell.charger()
    api = CountedLooks(ServerAddress(shell.server.url, shell.server.key))
    app = FleetTop(api, search=cp, every_s=0.02)
    async with app.run_test(size=(160, 40)) as pilot:
        await until(pilot, lambda: app.samples is not None and app.is_current)
        looks = api.looks
        await asyncio.to_thread(shell.done, "plug", cp)
        await until(pilot, lambda: cell(app, cp, "connectors") == "Preparing")
        await asyncio.to_thread(shell.done, "unplug", cp)
        await until(pilot, lambda: cell(app, cp, "connectors") == "Available")

    assert api.looks - looks <= 1  # one is read each half a minute


async def test_whose_transaction_it_is_and_a_charger_that_came_are_read(shell: Shell) -> None:
    cp = shell.charger()
    tag = f"T{cp[2:]}"
    shell.done("csms", "tags", "new", tag)  # others may have made tags: then each has to be known
    app = top_of(shell)
    async with app.run_test(size=(160, 60)) as pilot:
        await until(pilot, lambda: app.samples is not None and app.is_current)
        came = await asyncio.to_thread(shell.charger)
        await until(pilot, lambda: cell(app, came, "connectors") == "Available")
        for verb in (("plug", cp), ("swipe", cp, tag)):
            await asyncio.to_thread(shell.done, *verb)
        await until(pilot, lambda: cell(app, cp, "tag") == tag)
        assert app.samples is not None


class WithoutSamples(ApiClient):
    """Asks a server that streams events, and no samples."""

    def streamed_lines(self, path: str, silence_s: float, **query: Any) -> AsyncIterator[str]:
        return super().streamed_lines(path, silence_s, **{**query, "include": None})


async def test_without_samples_the_list_is_read_each_time(shell: Shell) -> None:
    cp = shell.charger()
    app = FleetTop(
        WithoutSamples(ServerAddress(shell.server.url, shell.server.key)), search=cp, every_s=0.05
    )
    async with app.run_test(size=(160, 40)) as pilot:
        await until(pilot, lambda: cell(app, cp, "connectors") == "Available")
        await pilot.press("p")
        await until(pilot, lambda: cell(app, cp, "connectors") == "Preparing")

    assert app.samples is None


async def test_several_are_selected_and_driven_together(shell: Shell) -> None:
    first, second = sorted((shell.charger(), shell.charger()))
    app = top_of(shell)
    async with app.run_test(size=(160, 60)) as pilot:
        await until(pilot, lambda: cell(app, second, "connectors") == "Available")
        table = app.query_one("#fleet", DataTable)
        for identity in (first, second):
            table.move_cursor(row=table.get_row_index(identity))
            await pilot.press("space")
        assert app.marked == {first, second}
        await pilot.press("p")
        await until(pilot, lambda: cell(app, first, "connectors") == "Preparing")
        await until(pilot, lambda: cell(app, second, "connectors") == "Preparing")
        await pilot.press("escape")
        assert app.marked == set()


async def test_search_and_sort_are_the_servers(shell: Shell) -> None:
    cp, other = shell.charger(), shell.charger()
    app = top_of(shell)
    async with app.run_test(size=(160, 60)) as pilot:
        await until(pilot, lambda: cell(app, other, "identity"))
        await pilot.press("s", "slash")
        app.query_one("#asked", Input).value = cp
        await pilot.press("enter")
        await until(pilot, lambda: not cell(app, other, "identity") and cell(app, cp, "identity"))


async def test_names_of_strangers_are_text(shell: Shell) -> None:
    cp = shell.charger()
    hostile = "[red]Bay[/red]\x1b[2J"
    site = shell.done("locations", "new", hostile, "--json").json["id"]
    with shell.server.client() as client:
        client.put(f"/ocpp/chargers/{cp}", json={"location_id": site}).raise_for_status()
    app = top_of(shell, cp)
    async with app.run_test(size=(200, 40)) as pilot:
        await until(pilot, lambda: cell(app, cp, "location") == "[red]Bay[/red]\\x1b[2J")


async def test_a_server_that_goes_away_is_told_and_waited_for(shell: Shell) -> None:
    api = ApiClient(ServerAddress(f"http://127.0.0.1:{free_port()}", "key"))
    app = FleetTop(api, every_s=0.2)
    async with app.run_test() as pilot:
        await until(pilot, lambda: "no server answers" in app.message)
        await pilot.press("p", "space", "slash", "escape", "q")

    assert app.return_code == 0


def test_in_a_pipe_it_says_so_and_as_json_it_is_one_look(shell: Shell) -> None:
    piped, once = shell("top"), shell.done("top", "--json").json

    assert piped.code == 2
    assert "needs a terminal" in piped.err
    assert once["chargers"]["total"] >= 0
