"""The application of `voltyard top`: a table that is written anew now and then.

The server's event stream tells what the chargers are doing; the page of the list on show is read
again where something else has changed, and now and then for its order. Where the server streams no
samples the list is read each time.
"""

import asyncio
import contextlib
import time
from functools import partial
from typing import ClassVar, Final

from rich.text import Text
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Footer, Input, Static

from voltyard.cli.client.api_client import ApiClient
from voltyard.cli.client.event_stream import StreamedEvent, events_of
from voltyard.cli.display.printable import cell
from voltyard.cli.display.tables import style_of
from voltyard.cli.top.acting import VERBS, KeyedVerb, act
from voltyard.cli.top.live_samples import CHANGES, SAMPLES, LiveSamples
from voltyard.cli.top.picture import (
    COLUMNS,
    MOVING_SORTS,
    SORTS,
    FleetPicture,
    cells,
    look,
    sampled,
    told,
)
from voltyard.kernel.errors import VoltyardError
from voltyard.kernel.time import Seconds

_MARK = "●"
_PAUSE_S: Final[Seconds] = 0.5
_LONGEST_PAUSE_S: Final[Seconds] = 10.0
_SILENCE_S: Final[Seconds] = 50.0
"""The server sends a comment every 15 s."""
_ORDER_EACH_S: Final[Seconds] = 5.0
"""Readings of the list while it is sorted by what moves; so too the next, while it is not."""
_PAGE_EACH_S: Final[Seconds] = 30.0


class FleetTop(App[None]):
    """The fleet of a server, live. What strangers named things is never read as markup."""

    CSS = """
    #summary { height: auto; padding: 0 1; }
    #asked { display: none; }
    #message { height: 1; padding: 0 1; color: $text-muted; }
    """
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "quit"),
        Binding("slash", "search", "search", key_display="/"),
        Binding("s", "sort", "sort"),
        Binding("space", "mark", "select"),
        Binding("escape", "back", "back", show=False),
        *(Binding(verb.key, f"act({number})", verb.name) for number, verb in enumerate(VERBS)),
    ]

    def __init__(self, api: ApiClient, *, search: str = "", every_s: Seconds = 1.0) -> None:
        super().__init__()
        self.marked: set[str] = set()
        """Identities that are selected; none: the one under the cursor."""
        self.message = ""
        self._api = api
        self._every_s = every_s
        self._searched = search
        self._sorted = 0
        self._asks: KeyedVerb | None = None
        """The verb whose field is typed now; None: it is what to search."""
        self._looks = False
        self._shown: dict[str, tuple[str, ...]] = {}
        self.samples: LiveSamples | None = None
        """The last samples of all chargers; None while the server streams none."""
        self._picture: FleetPicture | None = None
        self._looked_at = 0.0
        self._is_stale = True
        """The list is another than it was when it was read."""

    def compose(self) -> ComposeResult:
        """Totals, the question that a key asks, chargers, the last message, and the keys."""
        yield Static(id="summary", markup=False)
        yield Input(id="asked")
        yield DataTable(id="fleet", cursor_type="row", zebra_stripes=True)
        yield Static(id="message", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """Begin to look."""
        self._table.add_column("", key="mark", width=1)
        for name in COLUMNS:
            self._table.add_column(name, key=name)
        self._table.focus()
        self.set_interval(self._every_s, self._tick)
        self._look()
        self.run_worker(self._follow(), group="follow")

    @property
    def is_current(self) -> bool:
        """True where the list has been read, and nothing says that it is another by now."""
        return self._picture is not None and not self._looks and not self._is_stale

    @property
    def _table(self) -> "DataTable[Text]":
        return self.query_one("#fleet", DataTable)

    # --- following -------------------------------------------------------------------------------

    async def _follow(self) -> None:
        """Follow the samples, for ever; a stream that ends is begun anew."""
        types = ",".join(CHANGES)
        pause_s = _PAUSE_S
        while True:
            with contextlib.suppress(VoltyardError):  # the next look at the list tells of it
                async for event in events_of(
                    *(self._api, "/ocpp/events/stream"),
                    silence_s=_SILENCE_S,
                    include=SAMPLES,
                    types=types,
                ):
                    self._heard(event)
                    pause_s = _PAUSE_S
            self.samples = None
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)

    def _heard(self, event: StreamedEvent) -> None:
        if event.name != SAMPLES:
            self._is_stale = True
            return
        if self.samples is None:
            self.samples, self._is_stale = LiveSamples(), True
        self.samples.take(event.data)

    def _tick(self) -> None:
        """Show what is known now, and read the list where that is not enough."""
        if self.samples is None or self._picture is None:
            self._look()
            return
        beyond = any(map(self.samples.is_beyond, self._picture.rows))
        order_s = _ORDER_EACH_S if SORTS[self._sorted] in MOVING_SORTS else _PAGE_EACH_S
        if self._is_stale or beyond or time.monotonic() - self._looked_at > order_s:
            self._look()
        else:
            self._draw()

    # --- looking ---------------------------------------------------------------------------------

    def _look(self) -> None:
        """Look in a thread, unless the last look still takes its time."""
        if not self._looks:
            self._looks, self._is_stale = True, False
            search, sort = self._searched, SORTS[self._sorted]
            self.run_worker(partial(self._look_there, search, sort), thread=True, group="look")

    def _look_there(self, search: str, sort: str) -> None:
        try:
            picture = look(self._api, search, sort)
        except VoltyardError as error:
            self.call_from_thread(self._failed, str(error))
        else:
            self.call_from_thread(self._show, picture)

    def _failed(self, why: str) -> None:
        self._looks, self._is_stale = False, True
        self._say(why)

    def _show(self, picture: FleetPicture) -> None:
        self._looks = False
        self._picture, self._looked_at = picture, time.monotonic()
        self._draw()

    def _draw(self) -> None:
        """Write the picture, with the samples where there are some."""
        if self._picture is None or not self.query("#summary"):  # it has ended meanwhile
            return
        picture = self._picture if self.samples is None else sampled(self._picture, self.samples)
        self.query_one("#summary", Static).update(told(picture))
        rows = {str(row["identity"]): cells(row) for row in picture.rows}
        if list(rows) == list(self._shown):
            self._update(rows)
        else:
            self._fill(rows)
        self._shown = rows
        if picture.total > len(rows):
            self._say(f"the first {len(rows)} of {picture.total:,}; / searches", keeps=True)

    def _update(self, rows: dict[str, tuple[str, ...]]) -> None:
        """Write the cells that have changed."""
        for identity, row in rows.items():
            for name, text, former in zip(COLUMNS, row, self._shown[identity], strict=True):
                if text != former:
                    self._table.update_cell(identity, name, _cell(text), update_width=True)

    def _fill(self, rows: dict[str, tuple[str, ...]]) -> None:
        """Write all rows anew; the cursor stays at its charger."""
        table, here = self._table, self._under_cursor()
        table.clear()
        for identity, row in rows.items():
            mark = Text(_MARK if identity in self.marked else "")
            table.add_row(mark, *map(_cell, row), key=identity)
        if here in rows:
            table.move_cursor(row=list(rows).index(here))

    def _under_cursor(self) -> str:
        names = list(self._shown)
        at = self._table.cursor_row
        return names[at] if 0 <= at < len(names) else ""

    def _say(self, text: str, *, keeps: bool = False) -> None:
        """Show a message; one that `keeps` yields to another."""
        if self.query("#message") and not (keeps and self.message):
            self.message = "" if keeps else text
            self.query_one("#message", Static).update(cell(text))

    # --- keys ------------------------------------------------------------------------------------

    def action_sort(self) -> None:
        """Sort by the next order."""
        self._sorted = (self._sorted + 1) % len(SORTS)
        self._say(f"sorted by {SORTS[self._sorted].removeprefix('-')}")
        self._look()

    def action_search(self) -> None:
        """Ask what to search."""
        self._ask(None, "search", self._searched)

    def action_mark(self) -> None:
        """Select the charger under the cursor, or no more."""
        here = self._under_cursor()
        if here:
            self.marked ^= {here}
            mark = Text(_MARK if here in self.marked else "")
            self._table.update_cell(here, "mark", mark)
            self._table.action_cursor_down()

    async def action_back(self) -> None:
        """Leave the question; without one, forget the selection."""
        if self.query_one("#asked", Input).display:
            self._answered()
        else:
            self.marked.clear()
            self._fill(self._shown)

    def action_act(self, number: int) -> None:
        """Do what a key stands for to what is selected."""
        verb = VERBS[number]
        if not self._targets():
            self._say("there is no charger here")
        elif verb.asks:
            self._ask(verb, verb.asks, verb.given)
        else:
            self._act(verb, "")

    def on_input_submitted(self, typed: Input.Submitted) -> None:
        """Take the answer to a question."""
        verb = self._asks
        self._answered()
        if verb is None:
            self._searched = typed.value.strip()
            self._look()
        else:
            self._act(verb, typed.value.strip())

    def _ask(self, verb: KeyedVerb | None, question: str, given: str) -> None:
        asked = self.query_one("#asked", Input)
        self._asks = verb
        asked.placeholder, asked.value = question, given
        asked.display = True
        asked.focus()

    def _answered(self) -> None:
        self.query_one("#asked", Input).display = False
        self._table.focus()

    def _targets(self) -> list[str]:
        here = self._under_cursor()
        return sorted(self.marked) or ([here] if here else [])

    def _act(self, verb: KeyedVerb, asked: str) -> None:
        targets = self._targets()
        self._say(f"{verb.name}: {', '.join(targets)} ...")
        self.run_worker(partial(self._act_there, targets, verb, asked), thread=True, group="act")

    def _act_there(self, targets: list[str], verb: KeyedVerb, asked: str) -> None:
        """One after another; the last line stays, and those that went wrong before it."""
        for identity in targets:
            self.call_from_thread(self._say, act(self._api, identity, verb, asked))
        self.call_from_thread(self._tick)


def _cell(text: str) -> Text:
    return Text(text, style=style_of(text))
