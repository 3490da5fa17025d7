"""Voltyard in the measured role: chargers in a host, a backend behind its door, a whole server."""

import asyncio
import contextlib
import tempfile
import time
from collections.abc import Sequence
from hashlib import scrypt
from pathlib import Path
from typing import Any, Final, Literal, TypeAlias

from bench.load import identity, password
from voltyard.catalogue.commands.commands import StartSession
from voltyard.charger.description.events import ChargerEvent, Framed
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.charger.effects import Done
from voltyard.csms.backend import Backend
from voltyard.csms.event_log import backend_event_log
from voltyard.csms.records import ChargerStored, Contents
from voltyard.drivers.fleet import SLACK_S
from voltyard.network.links.picows_links import PicowsDialler, PicowsDoor
from voltyard.network.transfers.transfers import NetworkTransfers
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.physics.vehicle import Vehicle
from voltyard.runtimes.host.host import Host

_TAG = "04A1B2C3"
_HUGE_BATTERY_KWH = 10_000.0
_EVSES = 2
_MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import"

Version: TypeAlias = Literal["1.6", "2.0.1"]

_STATUSES: Final[dict[Version, int]] = {"1.6": 1 + _EVSES, "2.0.1": _EVSES}
"""StatusNotifications of a charger that starts: 1.6 tells of connector 0 too."""


class Chargers:
    """A HostListener: simulated chargers in one host."""

    def __init__(self) -> None:
        self._host: Host
        self._charging = 0
        self._statuses_told = 0
        self._statuses_due = 0
        self._all_available = asyncio.Event()

    @property
    def exchanges(self) -> int:
        """Frames sent: but for a few answers, calls that the CSMS answers."""
        return self._host.frames_sent

    async def start(
        self, url: str, sample_interval_s: int, versions: Sequence[Version] = ("1.6",)
    ) -> dict[str, Any]:
        """An empty host, whose chargers will have these versions in turn."""
        transfers = NetworkTransfers()  # so the host keeps the chargers' logs
        self._host = Host(PicowsDialler(), time.time, self, transfers=transfers, slack_s=SLACK_S)
        self._url = url
        self._versions = versions
        self._settings: dict[Version, dict[str, str]] = {
            "1.6": {
                "MeterValueSampleInterval": str(sample_interval_s),
                "MeterValuesSampledData": _MEASURANDS,
            },
            "2.0.1": {
                "SampledDataCtrlr.TxUpdatedInterval": str(sample_interval_s),
                "SampledDataCtrlr.TxUpdatedMeasurands": _MEASURANDS,
            },
        }
        return {}

    async def power_on(self, count: int) -> dict[str, Any]:
        """Give so many more power, and wait until the CSMS knows each connector as Available."""
        begun = time.time()
        self._all_available.clear()
        specs = [self._spec(number) for number in range(len(self._host), len(self._host) + count)]
        for spec in specs:
            self._host.add(spec.identity, spec)
            self._statuses_due += _STATUSES[spec.version]
        await self._all_available.wait()
        return {"seconds": time.time() - begun}

    def _spec(self, number: int) -> ChargerSpec:
        version = self._versions[number % len(self._versions)]
        return ChargerSpec(
            identity=identity(number),
            version=version,
            csms_url=self._url,
            evses=(EvseSpec(),) * _EVSES,
            vehicle=Vehicle(battery_kwh=_HUGE_BATTERY_KWH),
            settings=self._settings[version],
            seed=number,
        )

    async def charge(self, over_s: float = 0.0) -> dict[str, Any]:
        """Begin a transaction on every connector without, spread over that time, and wait until
        all have."""
        idle = self._host.keys()[self._charging :]
        self._charging += len(idle)
        begun = []
        begins_at = time.monotonic()
        for number, key in enumerate(idle):
            begun += [
                self._host.ask(key, StartSession(evse_id=evse_id, id_tag=_TAG))
                for evse_id in range(1, _EVSES + 1)
            ]
            if over_s:
                wait_s = begins_at + over_s * (number + 1) / len(idle) - time.monotonic()
                await asyncio.sleep(max(0.0, wait_s))
        outcomes = await asyncio.gather(*begun)
        failed = [outcome for outcome in outcomes if not isinstance(outcome, Done)]
        if failed:
            raise RuntimeError(f"{len(failed)} sessions did not start, the first: {failed[0]}")
        return {}

    def reported(self, key: str, event: ChargerEvent) -> None:
        if type(event) is Framed and event.kind == "result" and not self._all_available.is_set():
            self._statuses_told += event.action == "StatusNotification"
            if self._statuses_told == self._statuses_due:
                self._all_available.set()

    def remembered(self, key: str) -> None:
        """See HostListener."""

    def broke(self, key: str, error: Exception) -> None:
        raise error


class BackendProcess:
    """A backend behind a real door, on SQLite or on a journal that keeps nothing."""

    def __init__(self) -> None:
        self._door = PicowsDoor()
        self._backend: Backend
        self._database: Any = None
        self.exchanges = 0

    async def start(self, count: int, durable: bool) -> dict[str, Any]:
        """Open the door; `count` chargers are registered."""
        contents = _registered(count)
        journal = await self._journal(durable, contents)
        event_log = backend_event_log(journal, None)  # type: ignore[arg-type]  # nobody follows
        self._backend = Backend(journal, time.time, event_log=event_log)
        self._backend.load(contents)
        await self._door.open("127.0.0.1", 0, self._backend.gate)
        return {}

    async def where(self) -> dict[str, Any]:
        return {"url": f"ws://127.0.0.1:{self._door.port}/ocpp"}

    async def stored(self) -> dict[str, Any]:
        """The number of meter values on disk, once all that was taken in is."""
        from sqlalchemy import text

        await self._database.flush()
        count = await self._database.read(
            lambda connection: connection.execute(
                text("SELECT count(*) FROM meter_values")
            ).scalar()
        )
        return {"meter_values": count}

    async def _journal(self, durable: bool, contents: Contents) -> Any:
        if not durable:
            from tests.fakes.journals import MemoryJournal

            return MemoryJournal(log_limit=0)
        from voltyard.storage.csms.backend_records import csms_journal
        from voltyard.storage.database.database import Database

        self._database = await Database.open(_folder())
        journal = csms_journal(self._database)
        journal.write(contents.chargers)
        await journal.flush()
        return journal


class ServerProcess:
    """A whole server, as `voltyard up` runs it."""

    def __init__(self) -> None:
        self._stack = contextlib.AsyncExitStack()
        self.exchanges = 0

    async def start(
        self,
        database_url: str | None = None,
        registered: int = 0,
        with_passwords: bool = False,
        **more: Any,
    ) -> dict[str, Any]:
        """On a new database; `registered` chargers may dial its backend, with their passwords where
        that is said; `more` are further settings."""
        from voltyard.config.config import Config
        from voltyard.server.server import Server

        folder = _folder()
        if registered:
            contents = _registered(registered, with_passwords=with_passwords)
            await _register(database_url or folder, contents)
        config = Config(data=folder, port=0, ocpp_port=0, database_url=database_url, **more)
        self._server = await self._stack.enter_async_context(Server(config))
        return {}

    async def where(self) -> dict[str, Any]:
        server = self._server
        return {"url": server.charger_url, "api": server.api_url, "key": server.key}


class NodeProcess:
    """A node beside a server, as `voltyard node` runs it."""

    def __init__(self) -> None:
        self._stack = contextlib.AsyncExitStack()
        self.exchanges = 0

    async def start(self, name: str, **settings: Any) -> dict[str, Any]:
        """Of that name, with those settings."""
        from voltyard.config.config import Config
        from voltyard.server.node import Node

        config = Config(data=_folder(), port=0, ocpp_port=0, nodes=0, **settings)
        self._node = await self._stack.enter_async_context(Node(config, name))
        return {}

    async def where(self) -> dict[str, Any]:
        return {"url": self._node.charger_url, "api": self._node.api_url}


def _registered(count: int, *, with_passwords: bool = False) -> Contents:
    return Contents(
        chargers=tuple(
            ChargerStored(
                id=f"chg_{number:016d}",
                organization_id=DEFAULT_ORGANIZATION_ID,
                charge_box_id=identity(number),
                registered_at=time.time(),
                password_hash=_hash(password(number)) if with_passwords else None,
            )
            for number in range(count)
        )
    )


def _hash(password: str) -> str:
    """A password's hash, as csms.security.passwords writes it down."""
    salt = password.encode()[:16]
    digest = scrypt(password.encode(), salt=salt, n=1024, r=8, p=1)
    return f"scrypt$1024${salt.hex()}${digest.hex()}"


async def _register(place: str | Path, contents: Contents) -> None:
    """Write them down before the server starts: over REST it would take longer than the rest."""
    from voltyard.storage.csms.backend_records import csms_journal
    from voltyard.storage.database.database import Database

    database = await Database.open(place)
    journal = csms_journal(database)
    journal.write(contents.chargers)
    await journal.flush()
    await database.close()


def _folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="voltyard-bench-"))
