"""Files of simulated chargers, against real HTTP, HTTPS, FTP and FTPS servers: one contract, which
the one in memory keeps too."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from hashlib import md5, sha256
from pathlib import Path

import pytest

from tests.fakes.transfers import FakeTransfers
from tests.ftp import FtpServer
from voltyard.kernel import limits, tls_contexts
from voltyard.kernel.addressing.egress import PUBLIC, Egress
from voltyard.kernel.tls import SYSTEM_TRUST, Tls
from voltyard.network.transfers.transfers import NetworkTransfers
from voltyard.ports.transfers import TransferFailed, Transfers
from voltyard.testing.certificates import RootAuthority

CONTENT = b"2.0.0\n" + bytes(range(256)) * 2000

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass
class HttpFiles:
    """An HTTP server that keeps files as a web server does, and misbehaves where it is told to."""

    files: dict[str, bytes] = field(default_factory=dict)
    heads: list[str] = field(default_factory=list)
    answers: dict[str, Callable[[asyncio.StreamWriter], Awaitable[None]]] = field(
        default_factory=dict
    )
    no_put: bool = False
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._one(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            """The client is gone."""
        finally:
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.heads.append(head)
        method, path, _ = head.split(" ", 2)
        length = next(
            (int(line[15:]) for line in head.split("\r\n") if line.startswith("Content-Length:")), 0
        )
        body = await reader.readexactly(length)
        if path in self.answers:
            await self.answers[path](writer)
        elif method == "GET":
            found = self.files.get(path)
            answer(writer, "404 Not Found" if found is None else "200 OK", found or b"")
        elif method == "PUT" and self.no_put:
            answer(writer, "405 No")
        else:
            self.files[path] = body
            answer(writer, "201 Created")
        await writer.drain()


def answer(writer: asyncio.StreamWriter, status: str, body: bytes = b"", *more: str) -> None:
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body)}", *more, "", ""]
    writer.write("\r\n".join(lines).encode() + body)


@asynccontextmanager
async def http_files(context: ssl.SSLContext | None = None) -> AsyncIterator[HttpFiles]:
    files = HttpFiles()
    server = await asyncio.start_server(files.serve, "127.0.0.1", 0, ssl=context)
    files.port = server.sockets[0].getsockname()[1]
    try:
        yield files
    finally:
        server.close()


@asynccontextmanager
async def over_network(**more: float) -> AsyncIterator[NetworkTransfers]:
    ours = NetworkTransfers(**more)
    yield ours
    await ours.close()


@dataclass
class Place:
    """Somewhere to fetch from and to send to, and what is there now."""

    transfers: Transfers
    url: str
    put: Callable[[str, bytes], object]
    got: Callable[[str], bytes | None]
    tls: Tls = SYSTEM_TRUST


@pytest.fixture(params=["fake", "http", "https", "ftp", "ftps"])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Place]:
    kind = request.param
    authority = RootAuthority()
    root = tmp_path / "root"
    root.mkdir()
    async with AsyncExitStack() as stack:
        tls = SYSTEM_TRUST
        signed = None
        if kind in ("https", "ftps"):
            signed = authority.sign("files", "127.0.0.1").files(tmp_path)
            tls = Tls(ca=authority.ca)
        if kind == "fake":
            fake = FakeTransfers()
            base = "http://fake"
            yield Place(
                fake,
                base,
                lambda path, content: fake.files.update({base + path: content}),
                lambda path: fake.files.get(base + path),
            )
            return
        ours = await stack.enter_async_context(over_network())
        if kind.startswith("http"):
            context = None if signed is None else tls_contexts.server_context(*signed, None)
            files = await stack.enter_async_context(http_files(context))
            yield Place(
                ours,
                f"{kind}://127.0.0.1:{files.port}",
                lambda path, content: files.files.update({path: content}),
                files.files.get,
                tls,
            )
            return
        server = stack.enter_context(FtpServer(root, signed))
        yield Place(
            ours,
            server.url,
            lambda path, content: (root / path[1:]).write_bytes(content),
            lambda path: (root / path[1:]).read_bytes() if (root / path[1:]).is_file() else None,
            tls,
        )


def ignore(count: int) -> None:
    """Nobody asks how many fetch it."""


# --- the contract ------------------------------------------------------------------------------


async def test_what_is_fetched_is_measured_hashed_and_begun(place: Place) -> None:
    place.put("/fw.bin", CONTENT)

    fetched = await place.transfers.fetch(place.url + "/fw.bin", place.tls)

    assert fetched.size == len(CONTENT)
    assert fetched.sha256 == sha256(CONTENT).digest()
    assert fetched.md5 == md5(CONTENT, usedforsecurity=False).digest()
    assert fetched.beginning == CONTENT[: limits.FIRMWARE_BEGINNING_BYTES]


async def test_what_is_not_there_may_come_later(place: Place) -> None:
    with pytest.raises(TransferFailed) as failure:
        await place.transfers.fetch(place.url + "/none.bin", place.tls)

    assert failure.value.kind == "failed"


async def test_what_is_sent_is_there(place: Place) -> None:
    await place.transfers.send(place.url + "/log.txt", "name.txt", CONTENT, place.tls)

    assert place.got("/log.txt") == CONTENT


async def test_a_directory_takes_it_under_its_name(place: Place) -> None:
    await place.transfers.send(place.url + "/", "name.txt", b"log", place.tls)

    assert place.got("/name.txt") == b"log"


async def test_what_is_kept_can_be_fetched_while_it_is_published(place: Place) -> None:
    counts: asyncio.Queue[int] = asyncio.Queue()
    place.put("/fw.bin", CONTENT)
    kept = await place.transfers.keep(place.url + "/fw.bin", place.tls)
    [url] = await kept.publish("yard 2.0.bin", counts.put_nowait)
    fetched = await place.transfers.fetch(url)

    assert kept.fetched == fetched
    assert url.endswith("/yard%202.0.bin")
    assert [await counts.get(), await counts.get()] == [1, 0]


async def test_what_is_withdrawn_is_published_again_in_its_place(place: Place) -> None:
    place.put("/fw.bin", CONTENT)
    kept = await place.transfers.keep(place.url + "/fw.bin", place.tls)
    [url] = await kept.publish("fw.bin", ignore)
    kept.withdraw()

    with pytest.raises(TransferFailed):
        await place.transfers.fetch(url)
    assert await kept.publish("fw.bin", ignore) == (url,)
    assert (await place.transfers.fetch(url)).size == len(CONTENT)


async def test_what_is_dropped_is_gone(place: Place) -> None:
    place.put("/fw.bin", CONTENT)
    kept = await place.transfers.keep(place.url + "/fw.bin", place.tls)
    [url] = await kept.publish("fw.bin", ignore)
    kept.drop()
    kept.drop()
    kept.withdraw()

    with pytest.raises(TransferFailed):
        await place.transfers.fetch(url)
    with pytest.raises(TransferFailed):
        await kept.publish("fw.bin", ignore)


async def test_what_is_not_there_cannot_be_kept(place: Place) -> None:
    with pytest.raises(TransferFailed) as failure:
        await place.transfers.keep(place.url + "/none.bin", place.tls)

    assert failure.value.kind == "failed"


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("", "malformed"),
        ("nothing", "malformed"),
        ("http://", "malformed"),
        ("ftp:///path", "malformed"),
        ("sftp://host/path", "unsupported"),
        ("file:///etc/passwd", "unsupported"),
    ],
)
async def test_what_is_no_target_is_said_to_be_none(place: Place, url: str, kind: str) -> None:
    with pytest.raises(TransferFailed) as fetching:
        await place.transfers.fetch(url)
    with pytest.raises(TransferFailed) as sending:
        await place.transfers.send(url, "name", b"")

    assert (fetching.value.kind, sending.value.kind) == (kind, kind)


async def test_a_transfer_can_be_cancelled(place: Place) -> None:
    place.put("/fw.bin", CONTENT * 4)

    fetching = asyncio.ensure_future(place.transfers.fetch(place.url + "/fw.bin", place.tls))
    await asyncio.sleep(0)
    fetching.cancel()

    with pytest.raises(asyncio.CancelledError):
        await fetching


# --- HTTP --------------------------------------------------------------------------------------


async def test_a_redirect_is_followed() -> None:
    async def moved(writer: asyncio.StreamWriter) -> None:
        answer(writer, "302 Found", b"", "location: /there")

    async with http_files() as files, over_network() as ours:
        files.files["/there"] = CONTENT
        files.answers["/here"] = moved
        fetched = await ours.fetch(f"http://127.0.0.1:{files.port}/here")

    assert fetched.size == len(CONTENT)


@pytest.mark.parametrize("target", ["/here", "ftp://127.0.0.1/x", "file:///etc/passwd", "http://["])
async def test_a_redirect_to_nowhere_is_not(target: str) -> None:
    async def moved(writer: asyncio.StreamWriter) -> None:
        answer(writer, "302 Found", b"", f"location: {target}")

    async with http_files() as files, over_network() as ours:
        files.answers["/here"] = moved
        with pytest.raises(TransferFailed):
            await ours.fetch(f"http://127.0.0.1:{files.port}/here")

    assert len(files.heads) <= 1 + limits.TRANSFER_REDIRECTS


async def test_a_connection_cut_in_the_middle_is_a_failure() -> None:
    async def cut(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + b"x" * 1000)
        await writer.drain()
        writer.transport.abort()

    async with http_files() as files, over_network() as ours:
        files.answers["/fw"] = cut
        with pytest.raises(TransferFailed) as failure:
            await ours.fetch(f"http://127.0.0.1:{files.port}/fw")

    assert failure.value.kind == "failed"


async def test_a_server_that_falls_silent_is_given_up() -> None:
    silence = asyncio.Event()

    async def silent(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + b"x" * 1000)
        await writer.drain()
        await silence.wait()

    async with http_files() as files, over_network(silence_s=0.2) as ours:
        files.answers["/fw"] = silent
        with pytest.raises(TransferFailed, match="says nothing"):
            await ours.fetch(f"http://127.0.0.1:{files.port}/fw")
        silence.set()


async def test_a_server_that_drips_is_given_up_in_the_end() -> None:
    async def drip(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await asyncio.sleep(0.02)

    async with http_files() as files, over_network(longest_s=0.4) as ours:
        files.answers["/fw"] = drip
        with pytest.raises(TransferFailed, match="took longer"):
            await ours.fetch(f"http://127.0.0.1:{files.port}/fw")


async def test_too_long_a_file_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "FIRMWARE_BYTES", 1000)
    async with http_files() as files, over_network() as ours:
        files.files["/fw"] = b"x" * 1001
        with pytest.raises(TransferFailed, match="longer than 1000"):
            await ours.fetch(f"http://127.0.0.1:{files.port}/fw")


@pytest.mark.parametrize(
    ("status", "kind"),
    [(400, "malformed"), (401, "denied"), (403, "denied"), (404, "failed"), (503, "failed")],
)
async def test_what_a_peer_answers_tells_whether_to_try_again(status: int, kind: str) -> None:
    async def refuse(writer: asyncio.StreamWriter) -> None:
        answer(writer, f"{status} X")

    async with http_files() as files, over_network() as ours:
        files.answers["/x"] = refuse
        with pytest.raises(TransferFailed) as fetching:
            await ours.fetch(f"http://127.0.0.1:{files.port}/x")
        with pytest.raises(TransferFailed) as sending:
            await ours.send(f"http://127.0.0.1:{files.port}/x", "x", b"log")

    assert (fetching.value.kind, sending.value.kind) == (kind, kind)


async def test_it_is_posted_where_nothing_can_be_put() -> None:
    async with http_files() as files, over_network() as ours:
        files.no_put = True
        await ours.send(f"http://u%40x:p@127.0.0.1:{files.port}/up/", "a b.log", b"log")

    put, posted = files.heads
    assert put.startswith("PUT /up/a%20b.log ")
    assert posted.startswith("POST /up/a%20b.log ")
    assert 'attachment; filename="a b.log"' in posted
    assert "Authorization: Basic dUB4OnA=" in posted
    assert files.files == {"/up/a%20b.log": b"log"}


async def test_what_the_policy_does_not_permit_is_neither_fetched_nor_sent() -> None:
    async with http_files() as files, over_network() as ours:
        for url in (f"http://127.0.0.1:{files.port}/x", f"ftp://127.0.0.1:{files.port}/x"):
            with pytest.raises(TransferFailed, match="may dial"):
                await ours.fetch(url, egress=PUBLIC)
            with pytest.raises(TransferFailed, match="may dial"):
                await ours.send(url, "x", b"log", egress=PUBLIC)

    assert files.heads == []


async def test_a_redirect_to_what_the_policy_does_not_permit_is_not_followed() -> None:
    async def moved(writer: asyncio.StreamWriter) -> None:
        answer(writer, "302 Found", b"", f"location: http://127.0.0.2:{files.port}/secret")

    first = Egress(is_bounded=True, networks=("127.0.0.1/32",))
    async with http_files() as files, over_network() as ours:
        files.answers["/x"] = moved
        files.files["/secret"] = b"secret"
        with pytest.raises(TransferFailed, match="may dial"):
            await ours.fetch(f"http://127.0.0.1:{files.port}/x", egress=first)

    assert [head.split()[1] for head in files.heads] == ["/x"]


async def test_an_untrusted_certificate_is_refused(tmp_path: Path) -> None:
    signed = RootAuthority().sign("files", "127.0.0.1").files(tmp_path)
    async with (
        http_files(tls_contexts.server_context(*signed, None)) as files,
        over_network() as ours,
    ):
        with pytest.raises(TransferFailed, match="cannot be trusted"):
            await ours.fetch(f"https://127.0.0.1:{files.port}/x", Tls(ca=RootAuthority().ca))


# --- FTP ---------------------------------------------------------------------------------------


async def test_an_ftp_directory_without_a_slash_takes_it_under_its_name(tmp_path: Path) -> None:
    (tmp_path / "logs").mkdir()
    with FtpServer(tmp_path) as server:
        async with over_network() as ours:
            await ours.send(server.url + "/logs", "name.log", b"log")

    assert (tmp_path / "logs" / "name.log").read_bytes() == b"log"


async def test_a_wrong_ftp_password_is_denied(tmp_path: Path) -> None:
    with FtpServer(tmp_path) as server:
        async with over_network() as ours:
            with pytest.raises(TransferFailed) as failure:
                await ours.send(server.url.replace("secret", "wrong") + "/", "x", b"log")

    assert failure.value.kind == "denied"


async def test_an_ftps_certificate_must_be_trusted(tmp_path: Path) -> None:
    authority = RootAuthority()
    with FtpServer(tmp_path, authority.sign("files", "127.0.0.1").files(tmp_path)) as server:
        async with over_network() as ours:
            with pytest.raises(TransferFailed, match="cannot be trusted"):
                await ours.send(server.url + "/x", "x", b"log", Tls(ca=RootAuthority().ca))


async def test_an_ftp_server_that_says_nothing_is_given_up_and_can_be_left() -> None:
    gone = asyncio.Event()
    began = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        began.set()
        await reader.read()
        gone.set()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with over_network(silence_s=0.2) as ours:
        with pytest.raises(TransferFailed, match="says nothing"):
            await ours.fetch(f"ftp://127.0.0.1:{port}/x")
    began.clear()
    gone.clear()
    async with over_network() as ours:
        fetching = asyncio.ensure_future(ours.fetch(f"ftp://127.0.0.1:{port}/x"))
        await began.wait()
        fetching.cancel()
        await gone.wait()  # its connection is cut at once
    server.close()


async def test_no_command_can_be_hidden_in_an_ftp_path(tmp_path: Path) -> None:
    with FtpServer(tmp_path) as server:
        async with over_network() as ours:
            with pytest.raises(TransferFailed) as failure:
                await ours.fetch(server.url + "/x%0d%0aDELE y")

    assert failure.value.kind == "malformed"
