"""Files of a host's chargers in virtual time: carried out, given up, and the log they send."""

import asyncio
import json
from collections.abc import Callable, Coroutine
from hashlib import md5
from typing import Any

import pytest

from tests.fakes.transfers import FakeTransfers
from tests.runtimes.host.bench import Desk, Heard, open_desk, specification
from voltyard.catalogue.commands.commands import Configure, PowerCut, PowerRestore
from voltyard.charger.description.events import (
    FirmwareChanged,
    Framed,
    PublicationChanged,
    SettingChanged,
    UploadChanged,
)
from voltyard.charger.effects import LogRange
from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import ANYWHERE, Egress
from voltyard.kernel.tls import SYSTEM_TRUST, Tls
from voltyard.network.links.memory import MemoryDialler, MemoryNetwork
from voltyard.ports.links import Link
from voltyard.ports.transfers import Fetched, TransferFailed
from voltyard.runtimes.host.host import Host
from voltyard.runtimes.host.logbook import Logbook
from voltyard.simulation.virtual_loop import VirtualLoop, run

START = 1_767_571_200.0
FIRMWARE = "http://files/yard-3.2.1.bin"


class Yard:
    """A host, its desk and its files, in virtual time."""

    def __init__(self, loop: VirtualLoop, transfers: Any) -> None:
        self.heard = Heard()
        self.network = MemoryNetwork()
        self.link: Link | None = None
        self.desk = Desk()
        self.host = Host(MemoryDialler(self.network), loop.time, self.heard, transfers=transfers)

    async def open(self, subprotocol: str = "ocpp1.6") -> None:
        self.door, self.gate = await open_desk(self.network, self.desk, subprotocol)

    def call(self, action: str, **payload: Any) -> None:
        link = self.gate.users[-1].link
        assert link is not None
        link.send(json.dumps([2, action, action, payload]))

    def firmware(self) -> list[str]:
        return [event.status for event in self.heard.of(FirmwareChanged)]

    def uploads(self) -> list[str]:
        return [event.status for event in self.heard.of(UploadChanged)]


def play(test: Callable[[Yard], Coroutine[Any, Any, None]], transfers: Any) -> None:
    loop = VirtualLoop(START)

    async def main() -> None:
        yard = Yard(loop, transfers)
        await yard.open()
        yard.host.add("CP-1", specification())
        await asyncio.sleep(10.0)
        await test(yard)
        yard.host.close()
        await asyncio.sleep(1.0)
        assert len(asyncio.all_tasks()) == 1, "a task was left behind"

    run(main(), loop)


def update(yard: Yard) -> None:
    yard.call("UpdateFirmware", location=FIRMWARE, retrieveDate="2026-01-05T00:00:00Z", retries=1)


def test_firmware_is_fetched_and_installed() -> None:
    async def test(yard: Yard) -> None:
        update(yard)
        await asyncio.sleep(9.0)
        assert yard.firmware() == ["Downloading"]
        await asyncio.sleep(60.0)

        assert yard.firmware()[-1] == "Installed"
        assert yard.host.charger("CP-1").context.firmware_version == "3.2.1"

    play(test, FakeTransfers({FIRMWARE: b"image"}, takes_s=10.0))


def test_what_fails_is_told() -> None:
    async def test(yard: Yard) -> None:
        update(yard)
        await asyncio.sleep(5.0)

        assert yard.firmware() == ["Downloading", "DownloadFailed"]

    play(test, FakeTransfers())


def test_a_host_without_transfers_can_do_none() -> None:
    async def test(yard: Yard) -> None:
        update(yard)
        yard.call("GetDiagnostics", location="ftp://files/")
        await asyncio.sleep(5.0)

        assert yard.firmware() == ["Downloading", "DownloadFailed"]
        assert yard.uploads() == ["Uploading", "NotSupportedOperation"]

    play(test, None)


def test_a_bug_of_an_adapter_is_a_failure() -> None:
    class Broken(FakeTransfers):
        async def fetch(
            self, url: str, tls: Tls = SYSTEM_TRUST, egress: Egress = ANYWHERE
        ) -> Fetched:
            raise ZeroDivisionError

    async def test(yard: Yard) -> None:
        update(yard)
        await asyncio.sleep(5.0)

        assert yard.firmware() == ["Downloading", "DownloadFailed"]
        assert not yard.heard.broken

    play(test, Broken())


def test_a_charger_that_is_taken_away_takes_its_transfers_along() -> None:
    done: list[str] = []

    class Slow(FakeTransfers):
        async def fetch(
            self, url: str, tls: Tls = SYSTEM_TRUST, egress: Egress = ANYWHERE
        ) -> Fetched:
            try:
                await asyncio.sleep(1000.0)
            except asyncio.CancelledError:
                done.append("cut")
                raise
            raise AssertionError

    async def test(yard: Yard) -> None:
        update(yard)
        await asyncio.sleep(5.0)
        yard.host.remove("CP-1")
        await asyncio.sleep(1.0)

        assert done == ["cut"]

    play(test, Slow())


def test_power_off_leaves_the_update_in_memory() -> None:
    async def test(yard: Yard) -> None:
        update(yard)
        await asyncio.sleep(5.0)
        memory = yard.host.power_off("CP-1")
        await asyncio.sleep(5.0)
        yard.host.add("CP-1", specification(), memory)
        await asyncio.sleep(100.0)

        assert yard.firmware()[-1] == "Installed"

    play(test, FakeTransfers({FIRMWARE: b"image"}, takes_s=10.0))


def test_diagnostics_are_what_the_charger_did() -> None:
    transfers = FakeTransfers()

    async def test(yard: Yard) -> None:
        yard.host.add("CP-2", specification("CP-2"))
        await asyncio.sleep(10.0)
        link = yard.gate.users[0].link
        assert link is not None
        await yard.host.ask("CP-1", Configure(settings={"HeartbeatInterval": "77"}))
        link.send(
            json.dumps([2, "s", "ChangeConfiguration", {"key": "AuthorizationKey", "value": "s3"}])
        )
        await asyncio.sleep(1.0)
        link.send(json.dumps([2, "d", "GetDiagnostics", {"location": "ftp://files/"}]))
        await asyncio.sleep(5.0)

        ((url, content),) = transfers.files.items()
        assert url.startswith("ftp://files/diagnostics-CP-1-")
        lines = content.decode().splitlines()
        assert "sent call BootNotification [2," in lines[1] or "BootNotification" in lines[0]
        assert any("received result BootNotification [3," in line for line in lines)
        assert any('"name":"HeartbeatInterval"' in line for line in lines)
        assert "CP-2" not in content.decode()
        assert "s3" not in content.decode()
        assert yard.uploads() == ["Uploading", "Uploaded"]

    play(test, transfers)


# --- the book ----------------------------------------------------------------------------------


def framed(at: float, text: str) -> Framed:
    return Framed(at=at, direction="cp_to_csms", kind="call", action="X", message_id="1", text=text)


def test_a_log_has_the_time_that_was_asked_for() -> None:
    book = Logbook()
    for second in range(10):
        book.note("A", framed(START + second, f"[{second}]"))

    log = book.log("A", LogRange(oldest_at=START + 3, latest_at=START + 5)).decode()

    assert [line.split()[-1] for line in log.splitlines()] == ["[3]", "[4]", "[5]"]


def test_the_book_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOGBOOK_EVENTS", 4)
    book = Logbook()
    for second in range(10):
        book.note("A" if second % 2 else "B", framed(START + second, f"[{second}]"))

    assert [line.split()[-1] for line in book.log("A", LogRange()).decode().splitlines()] == [
        "[7]",
        "[9]",
    ]


def test_long_frames_are_forgotten_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOGBOOK_EVENTS", 100)
    monkeypatch.setattr(limits, "LOGBOOK_CHARS", 4_000)
    book = Logbook()

    def kept() -> list[int]:
        lines = book.log("A", LogRange()).decode().splitlines()
        return [len(line.split()[-1]) for line in lines]

    for length in (400, 20, 20, 400, 20, 400, 20):
        book.note("A", framed(START, "x" * length))
    assert kept() == [20, 20, 400, 20, 400, 20]

    for _ in range(200):
        book.note("A", framed(START, "x" * 30))
    assert kept() == [30] * 100

    for _ in range(200):
        book.note("A", framed(START, "x" * 100))
    assert sum(kept()) <= 4_000
    assert kept() == [100] * 14


def test_a_file_keeps_the_newest_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    book = Logbook()
    for second in range(100):
        book.note("A", framed(START + second, f"[{second}]"))
    monkeypatch.setattr(limits, "LOG_FILE_BYTES", 300)

    lines = book.log("A", LogRange()).decode().splitlines()

    assert lines[0] == "(older lines are left out)"
    assert lines[-1].endswith("[99]")
    assert len("\n".join(lines)) <= 300


def test_a_password_set_at_the_charger_is_blanked() -> None:
    book = Logbook()
    book.note("A", SettingChanged(at=START, name="AuthorizationKey", value="secret"))

    assert b"secret" not in book.log("A", LogRange())


def test_too_many_transfers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "TRANSFERS_WAITING", 0)

    async def test(yard: Yard) -> None:
        update(yard)
        await asyncio.sleep(1.0)

        assert yard.firmware() == ["Downloading", "DownloadFailed"]

    play(test, FakeTransfers({FIRMWARE: b"image"}))


def test_a_failure_is_told_with_its_kind() -> None:
    transfers = FakeTransfers()
    transfers.failures = [TransferFailed("no", "denied")]

    async def test(yard: Yard) -> None:
        yard.call("GetDiagnostics", location="ftp://files/", retries=0)
        await asyncio.sleep(5.0)

        assert yard.uploads() == ["Uploading", "PermissionDenied"]

    play(test, transfers)


# --- files that are kept -----------------------------------------------------------------------

CHECKSUM = md5(b"image", usedforsecurity=False).hexdigest()


def play_controller(
    test: Callable[[Yard], Coroutine[Any, Any, None]], transfers: FakeTransfers
) -> None:
    """Play it with a local controller LC-1."""

    async def main() -> None:
        yard = Yard(loop, transfers)
        await yard.open("ocpp2.0.1")
        yard.host.add("LC-1", specification("LC-1", version="2.0.1", local_controller=True))
        await asyncio.sleep(10.0)
        await test(yard)
        yard.host.close()
        await asyncio.sleep(1.0)
        assert len(asyncio.all_tasks()) == 1, "a task was left behind"

    loop = VirtualLoop(START)
    run(main(), loop)


def publish(yard: Yard, request_id: int = 7) -> None:
    yard.call(
        "PublishFirmware", location=FIRMWARE, checksum=CHECKSUM, requestId=request_id, retries=0
    )


def published(yard: Yard) -> list[str]:
    return [event.status for event in yard.heard.of(PublicationChanged)]


def test_a_controller_publishes_until_it_is_told_otherwise() -> None:
    transfers = FakeTransfers({FIRMWARE: b"image"}, takes_s=10.0)

    async def test(yard: Yard) -> None:
        publish(yard)
        await asyncio.sleep(60.0)
        state = yard.host.charger("LC-1").state(0.0).publication
        assert state is not None
        [url] = state.files[0].locations
        fetching = asyncio.ensure_future(transfers.fetch(url))
        await asyncio.sleep(1.0)
        yard.call("UnpublishFirmware", checksum=CHECKSUM)  # somebody fetches it
        await asyncio.sleep(1.0)
        assert url in transfers.files
        await fetching
        yard.call("UnpublishFirmware", checksum=CHECKSUM)
        await asyncio.sleep(1.0)

        assert url not in transfers.files
        assert published(yard) == [
            "Downloading",
            "Downloaded",
            "ChecksumVerified",
            "Published",
            "Unpublished",
        ]

    play_controller(test, transfers)


def test_a_controller_without_power_serves_nothing() -> None:
    transfers = FakeTransfers({FIRMWARE: b"image"})

    async def test(yard: Yard) -> None:
        publish(yard)
        await asyncio.sleep(60.0)
        before = dict(transfers.files)
        yard.host.ask("LC-1", PowerCut())
        await asyncio.sleep(1.0)
        assert list(transfers.files) == [FIRMWARE]
        yard.host.ask("LC-1", PowerRestore())
        await asyncio.sleep(60.0)

        assert transfers.files == before
        assert published(yard)[-1] == "Published"

    play_controller(test, transfers)


def test_a_file_goes_with_its_controller_and_is_fetched_again_when_it_is_back() -> None:
    transfers = FakeTransfers({FIRMWARE: b"image"})

    async def test(yard: Yard) -> None:
        publish(yard)
        await asyncio.sleep(60.0)
        spec = yard.host.charger("LC-1").context.spec
        memory = yard.host.power_off("LC-1")
        assert list(transfers.files) == [FIRMWARE]
        yard.host.add("LC-1", spec, memory)
        await asyncio.sleep(60.0)

        assert len(transfers.files) == 2
        assert published(yard).count("Published") == 2

    play_controller(test, transfers)


def test_a_publication_that_is_given_up_leaves_nothing() -> None:
    transfers = FakeTransfers({FIRMWARE: b"image"}, takes_s=10.0)

    async def test(yard: Yard) -> None:
        publish(yard)
        await asyncio.sleep(1.0)
        yard.host.remove("LC-1")
        await asyncio.sleep(60.0)

        assert list(transfers.files) == [FIRMWARE]
        assert published(yard) == ["Downloading"]

    play_controller(test, transfers)


def test_what_cannot_be_served_is_told() -> None:
    transfers = FakeTransfers({FIRMWARE: b"image"})
    transfers.publishes = False

    async def test(yard: Yard) -> None:
        publish(yard)
        await asyncio.sleep(60.0)

        assert published(yard)[-1] == "PublishFailed"

    play_controller(test, transfers)
