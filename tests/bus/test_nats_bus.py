"""A NATS server of one's own, and what a bus says that is not there, or lets nobody in."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.bus.bench import Heard, until
from voltyard.bus import local_server
from voltyard.bus.local_server import LocalBusServer
from voltyard.bus.nats_bus import NatsBus
from voltyard.kernel.errors import Invalid, Unavailable
from voltyard.ports.bus import BusGone
from voltyard.testing.processes import free_port

pytestmark = pytest.mark.service


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LocalBusServer]:
    made = LocalBusServer(tmp_path / "bus")
    await made.start()
    yield made
    await made.close()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def command_line(pid: int) -> str:
    return subprocess.run(
        ("ps", "-o", "args=", "-p", str(pid)), capture_output=True, text=True, check=True
    ).stdout


async def echo(subject: str, data: bytes) -> bytes:
    return data


async def test_a_bus_that_is_not_there_is_gone() -> None:
    port = free_port()

    with pytest.raises(BusGone, match=f"the bus at nats://127.0.0.1:{port} is not reached"):
        await NatsBus.connect(f"nats://a:secret@127.0.0.1:{port}")


async def test_a_wrong_password_is_no_way_in(server: LocalBusServer) -> None:
    url = server.worker_url
    password = url.split(":")[2].split("@")[0]

    with pytest.raises(Invalid, match="does not let us in: Authorization Violation") as refusal:
        await NatsBus.connect(url.replace(password, "wrong-password"))
    assert "wrong-password" not in str(refusal.value)


async def test_where_tls_is_asked_for_no_password_goes_out_without_it(
    server: LocalBusServer,
) -> None:
    with pytest.raises(Invalid, match="does not let us in: it speaks no TLS"):
        await NatsBus.connect(server.url.replace("nats://", "tls://"))


async def test_a_worker_may_say_and_hear_what_is_a_workers_alone(server: LocalBusServer) -> None:
    gateway = await NatsBus.connect(server.url, inbox="_INBOX.gateway")
    worker = await NatsBus.connect(server.worker_url, inbox="_INBOX.worker")
    await gateway.subscribe("voltyard.gateway", echo)
    await worker.subscribe("voltyard.worker.one", echo)

    assert await worker.request("voltyard.gateway", b"1", 60) == b"1"
    assert await gateway.request("voltyard.worker.one", b"2", 60) == b"2"
    assert worker.problem == ""
    for subject in ("voltyard.gateway", ">", "_INBOX.>"):
        with pytest.raises(Invalid, match=r"(?i)permissions violation"):
            await worker.subscribe(subject, echo)
    await worker.publish("voltyard.worker.two", b"")
    await until(lambda: "voltyard.worker.two" in worker.problem)

    await worker.close()
    await gateway.close()


async def test_a_bus_that_is_left_is_not_said_to_be_lost(server: LocalBusServer) -> None:
    bus = await NatsBus.connect(server.url)

    with capture_logs() as lines:
        await bus.close()

    assert lines == []


async def test_a_bus_server_that_is_killed_is_started_again_where_it_was(
    server: LocalBusServer,
) -> None:
    bus = await NatsBus.connect(server.url, inbox="_INBOX.gateway")
    await bus.subscribe("voltyard.gateway", echo)
    first = server.pid

    os.kill(first, signal.SIGKILL)

    await until(lambda: server.pid != first and not bus.problem)
    assert await bus.request("voltyard.gateway", b"1", 60) == b"1"
    await bus.close()


async def test_the_next_server_is_where_the_last_was_and_only_the_owner_reads_its_files(
    tmp_path: Path,
) -> None:
    first = LocalBusServer(tmp_path / "bus")
    await first.start()
    url, pid = first.worker_url, first.pid
    files = [tmp_path / "bus" / "worker-url", tmp_path / "bus" / "nats.conf"]
    assert [stat.S_IMODE(file.stat().st_mode) for file in files] == [0o600, 0o600]
    assert stat.S_IMODE((tmp_path / "bus").stat().st_mode) == 0o700
    assert url.split("@")[0].rpartition(":")[2] not in command_line(pid)
    await first.close()
    assert not is_alive(pid)

    second = LocalBusServer(tmp_path / "bus")
    await second.start()

    assert second.worker_url == url
    assert second.url != first.url
    await second.close()


async def test_the_port_is_waited_for_where_the_last_server_is_slow_to_let_go(
    tmp_path: Path,
) -> None:
    last, server = LocalBusServer(tmp_path / "bus"), LocalBusServer(tmp_path / "bus")
    await last.start()
    url = last.worker_url

    starting = asyncio.create_task(server.start())
    await asyncio.sleep(1.0)
    assert not starting.done()
    await last.close()
    await starting

    assert server.worker_url == url
    await server.close()


async def test_its_port_is_none_that_an_outgoing_connection_gets_between_two_servers(
    server: LocalBusServer,
) -> None:
    first_of_those = 32_768  # Linux; elsewhere 49,152

    assert int(server.url.rpartition(":")[2]) < first_of_those


async def test_where_its_port_is_another_programs_it_takes_a_free_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_server, "_PREDECESSOR_S", 0.5)
    first, second = LocalBusServer(tmp_path / "one"), LocalBusServer(tmp_path / "two")
    await first.start()
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "worker-url").write_text(first.worker_url)

    await second.start()

    bus = await NatsBus.connect(second.url)
    assert second.url.rpartition(":")[2] != first.url.rpartition(":")[2]
    await bus.close()
    await second.close()
    await first.close()


def test_it_ends_with_the_process_that_started_it_however_that_ends(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys; from pathlib import Path\n"
        "from voltyard.bus.local_server import LocalBusServer\n"
        "async def main():\n"
        "    server = LocalBusServer(Path(sys.argv[1]))\n"
        "    await server.start()\n"
        "    print(server.pid, flush=True)\n"
        "    await asyncio.sleep(600)\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path / "bus")], stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)

        parent.kill()

    asyncio.run(until(lambda: not is_alive(pid)))


async def test_without_a_program_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_server, "find_program", lambda: None)

    with pytest.raises(Unavailable, match="voltyard\\[nats\\]"):
        await LocalBusServer(tmp_path / "bus").start()


async def test_a_bus_that_is_lost_while_a_subscription_begins_is_gone_and_nothing_is_heard(
    server: LocalBusServer,
) -> None:
    bus, heard = await NatsBus.connect(server.url), Heard()
    os.kill(server.pid, signal.SIGSTOP)
    beginning = asyncio.create_task(bus.subscribe("news", heard))
    await asyncio.sleep(0.2)
    assert not beginning.done()

    os.kill(server.pid, signal.SIGKILL)

    with pytest.raises(BusGone):
        await beginning
    await until(lambda: not bus.problem)
    await bus.publish("news", b"")
    await bus.flush()
    assert not heard.messages
    await bus.close()


async def test_a_bus_without_streams_says_so(server: LocalBusServer) -> None:
    bus = await NatsBus.connect(server.url, inbox="_INBOX.gateway")

    with pytest.raises(Invalid, match="it has no JetStream"):
        await bus.keep("kept", ("kept",))
    await bus.close()
