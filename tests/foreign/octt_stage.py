"""Where OCTT's cases for a 1.6 charge point are played: our charger, and a `Central`.

    @case(sockets=True)
    async def test_TC_003_CS_regular_session(stage: Stage) -> None: ...

Each is played in memory and virtual time, where an hour's wait takes no time; those with `sockets`
over real WebSockets too.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import ocpp.messages
import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.fakes.transfers import FakeTransfers
from tests.foreign.octt_central import Central, Gone, Payload
from tests.foreign.ours import Heard
from voltyard.catalogue.commands import commands as do
from voltyard.catalogue.commands.commands import ChargerCommand
from voltyard.charger.charger import Charger
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.charger.effects import Done, Failed
from voltyard.charger.state import ConnectorState
from voltyard.kernel.time import from_rfc3339
from voltyard.network.links.memory import MemoryDialler, MemoryDoor, MemoryNetwork
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import Admitted, Barred, Dialler, Dialling, Handshake, Link, LinkUser
from voltyard.runtimes.host.host import Host
from voltyard.simulation.virtual_loop import VirtualLoop, run
from voltyard.testing.certificates import RootAuthority

IDENTITY = "UNDER-TEST"
TAG = "04A1B2C3"
OTHER = "05D4C3B2"
LISTED = [{"idTag": TAG, "idTagInfo": {"status": "Accepted"}}]
START = from_rfc3339("2026-01-05T10:00:00Z")

Play = Callable[["Stage"], Coroutine[Any, Any, None]]

SETTINGS = {"MeterValueSampleInterval": "1", "ConnectionTimeOut": "2"}
"""Short enough for a real clock."""


def case(*, sockets: bool = False, **spec: Any) -> Callable[[Play], Callable[..., None]]:
    """A test of a case; `spec` is the charger's, where it matters."""
    places = [pytest.param(_in_memory, id="memory")]
    if sockets:
        places.append(pytest.param(_over_sockets, id="sockets", marks=pytest.mark.slow))

    def made(play: Play) -> Callable[..., None]:
        @pytest.mark.parametrize("place", places)
        def test(place: Callable[[Play, dict[str, Any]], None]) -> None:
            place(play, spec)

        test.__name__ = play.__name__
        test.__doc__ = play.__doc__
        return test

    return made


class Stage:
    """The charger under test and the central system, while a case is played."""

    def __init__(
        self, central: Central, host: Host, files: dict[str, bytes], patience_s: float
    ) -> None:
        self.central = central
        self.host = host
        self.files = files
        """What file servers have, by URL."""
        self.dialled: list[str] = []
        """The URLs, in order."""
        self.context: ssl.SSLContext | None = None
        self._patience_s = patience_s
        self._read = 0
        """How far of what was heard the case has come."""

    @property
    def in_memory(self) -> bool:
        """Whether time is virtual here."""
        return isinstance(asyncio.get_running_loop(), VirtualLoop)

    @property
    def charger(self) -> Charger:
        return self.host.charger(IDENTITY)

    def connector(self, number: int = 1) -> ConnectorState:
        """What it looks like from outside."""
        return self.charger.state(self.central.clock()).connectors[number - 1]

    # --- what the tester does at the charge point -----------------------------------------------

    async def do(self, *commands: ChargerCommand) -> Payload:
        """Have these done at the charge point, one after the other; the last one's result."""
        outcome = Done()
        for command in commands:
            async with asyncio.timeout(self._patience_s):
                found = await self.host.ask(IDENTITY, command)
            assert isinstance(found, Done), found
            outcome = found
        return outcome.result

    async def tries(self, command: ChargerCommand) -> Failed:
        """Have it tried there, in vain."""
        async with asyncio.timeout(self._patience_s):
            found = await self.host.ask(IDENTITY, command)
        assert isinstance(found, Failed), found
        return found

    async def passes(self, seconds: float) -> None:
        """Let so much time pass."""
        await asyncio.sleep(seconds)

    # --- what the central system does -----------------------------------------------------------

    async def asks(self, request: Any) -> Any:
        """The charge point's answer. A CALLERROR is raised."""
        async with asyncio.timeout(self._patience_s):
            await self.central.until(lambda: self.central.station is not None)
            assert self.central.station is not None
            return await self.central.station.call(request, suppress=False)

    async def hears(
        self, action: str, where: Callable[[Payload], Any] = lambda _: True, **fields: Any
    ) -> Payload:
        """The next call of that action with those fields. What comes before it is passed over."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self.central.until(lambda: self._next(action, where, fields) is not None)
        except TimeoutError:
            heard = self.central.heard[self._read :]
            raise AssertionError(f"{action} {fields} never came; there came {heard}") from None
        found = self._next(action, where, fields)
        assert found is not None
        self._read, payload = found
        return payload

    def _next(
        self, action: str, where: Callable[[Payload], Any], fields: Payload
    ) -> tuple[int, Payload] | None:
        for at, (name, payload) in enumerate(self.central.heard[self._read :], self._read + 1):
            fits = fields.items() <= payload.items() if name == action else False
            if fits and where(payload):
                return at, payload
        return None

    async def hears_status(self, status: str, connector: int = 1, **fields: Any) -> Payload:
        return await self.hears(
            "StatusNotification", status=status, connectorId=connector, **fields
        )

    async def booted(self) -> None:
        """The charge point has booted and told every status."""
        count = len(self.charger.context.spec.evses)
        await self.hears("BootNotification")
        for number in range(count + 1):
            await self.hears("StatusNotification", connectorId=number)

    def since(self, action: str) -> list[Payload]:
        """The calls of that action after what the case has come to."""
        return [payload for name, payload in self.central.heard[self._read :] if name == action]

    def all(self, action: str) -> list[Payload]:
        return [payload for name, payload in self.central.heard if name == action]

    def skip(self) -> None:
        """What was heard so far does not matter any more."""
        self._read = len(self.central.heard)


# --- in memory and virtual time ------------------------------------------------------------------


class _Ear:
    """The central system's end of a link in memory, as the package wants it."""

    def __init__(self, central: Central) -> None:
        self._central = central
        self._link: Link | None = None
        self._texts: asyncio.Queue[str | None] = asyncio.Queue()
        self._serving: asyncio.Task[None] | None = None

    def opened(self, link: Link) -> None:
        self._link = link
        self._serving = asyncio.get_running_loop().create_task(self._central.serve(self))

    def received(self, text: str) -> None:
        self._texts.put_nowait(text)

    def closed(self, code: int, reason: str) -> None:
        self._texts.put_nowait(None)

    async def recv(self) -> str:
        text = await self._texts.get()
        if text is None:
            raise Gone
        return text

    async def send(self, text: str) -> None:
        assert self._link is not None
        self._link.send(text)


def _in_memory(play: Play, spec: dict[str, Any]) -> None:
    async def main() -> None:
        central = Central(loop.time)
        network = MemoryNetwork()
        door = MemoryDoor(network)

        def gate(handshake: Handshake) -> Admitted | Barred:
            central.handshakes.append(handshake.authorization)
            if central.bars(handshake.authorization):
                return Barred(401, "not with that")
            return Admitted(_Ear(central), "ocpp1.6")

        await door.open("127.0.0.1", 9000, gate)
        async with _staged(
            central, MemoryDialler(network), "ws://127.0.0.1:9000", 86_400, spec
        ) as (stage):
            await play(stage)

    loop = VirtualLoop(START)
    before = ocpp.messages.ASYNC_VALIDATION
    ocpp.messages.ASYNC_VALIDATION = False  # there are no threads in virtual time
    try:
        run(main(), loop)
    finally:
        ocpp.messages.ASYNC_VALIDATION = before


# --- over real sockets ---------------------------------------------------------------------------


def over_tls(
    play: Play,
    shown: RootAuthority,
    directory: Path,
    *,
    of_clients: RootAuthority | None = None,
    **spec: Any,
) -> None:
    """A case over TLS: the central system shows a certificate of `shown`, and asks for one of
    `of_clients` where those are given."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if of_clients is not None:
        context.load_verify_locations(cadata=of_clients.ca)
        context.verify_mode = ssl.CERT_REQUIRED
    show(context, shown, directory)
    _over_sockets(play, spec, context)


def show(context: ssl.SSLContext, authority: RootAuthority, directory: Path) -> None:
    """Have the next links shown a certificate of that authority."""
    context.load_cert_chain(*authority.sign("central", "127.0.0.1").files(directory))


def _over_sockets(play: Play, spec: dict[str, Any], context: ssl.SSLContext | None = None) -> None:
    async def main() -> None:
        central = Central(time.time)

        def judge(connection: ServerConnection, request: Any) -> Any:
            header = request.headers.get("Authorization")
            central.handshakes.append(header)
            return connection.respond(401, "not with that") if central.bars(header) else None

        async def attend(connection: ServerConnection) -> None:
            await central.serve(_Socket(connection))

        async with serve(
            attend, "127.0.0.1", 0, subprotocols=["ocpp1.6"], process_request=judge, ssl=context
        ) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            url = f"{'ws' if context is None else 'wss'}://127.0.0.1:{port}"
            async with _staged(central, PicowsDialler(), url, 30, spec) as stage:
                stage.context = context
                await play(stage)

    asyncio.run(main())


class _Noting:
    """A dialler that keeps the URLs."""

    def __init__(self, dialler: Dialler) -> None:
        self._dialler = dialler
        self.urls: list[str] = []

    async def dial(self, dialling: Dialling, user: LinkUser) -> None:
        self.urls.append(dialling.url)
        await self._dialler.dial(dialling, user)


class _Socket:
    """A connection of `websockets`, which ends as a link does here."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    async def recv(self) -> str:
        try:
            return str(await self._connection.recv())
        except ConnectionClosed:
            raise Gone from None

    async def send(self, text: str) -> None:
        # What came before the end is still to be read, though nobody hears what is said to it.
        with suppress(ConnectionClosed):
            await self._connection.send(text)


@asynccontextmanager
async def _staged(
    central: Central, dialler: Dialler, url: str, patience_s: float, spec: dict[str, Any]
) -> AsyncIterator[Stage]:
    heard = Heard()
    files: dict[str, bytes] = {}
    noting = _Noting(dialler)
    host = Host(noting, central.clock, heard, transfers=FakeTransfers(files, takes_s=0.2))
    given = dict(spec)
    settings = SETTINGS | given.pop("settings", {})
    central.boot |= given.pop("boot", {})
    evses = given.pop("evses", (EvseSpec(), EvseSpec()))
    host.add(
        IDENTITY,
        ChargerSpec(
            identity=IDENTITY, csms_url=f"{url}/ocpp", evses=evses, settings=settings, **given
        ),
    )
    try:
        stage = Stage(central, host, files, patience_s)
        stage.dialled = noting.urls
        yield stage
    finally:
        host.close()
    assert not heard.failures
    assert not central.errors, central.errors


async def charging(stage: Stage, tag: str = TAG) -> int:
    """A session under way; its transaction's number."""
    await stage.booted()
    await stage.do(do.PlugIn(), do.Swipe(id_tag=tag))
    await stage.hears("StartTransaction", idTag=tag)
    await stage.hears_status("Charging")
    return stage.central.transactions
