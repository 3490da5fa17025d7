"""POSTs to where callers want them, against real sockets: what is sent, and what is refused."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from voltyard.kernel import limits
from voltyard.kernel.addressing.egress import ANYWHERE, PUBLIC, Egress
from voltyard.kernel.errors import Invalid
from voltyard.network import name_resolution
from voltyard.network.poster import HttpPoster
from voltyard.ports.http import PostFailed
from voltyard.testing.http_receiver import ReceivedPost, Receiver

ORG = "org_a"


@asynccontextmanager
async def poster(egress: Egress = ANYWHERE, connections: int = 4) -> AsyncIterator[HttpPoster]:
    made = HttpPoster(lambda organization_id: egress, connections)
    yield made
    await made.close()


async def test_what_is_posted_arrives_whole() -> None:
    async with Receiver(lambda request: 202) as receiver, poster() as ours:
        posted = await ours.post(ORG, receiver.url + "?a=b c", {"x-one": "1"}, b"body", 5)

    (request,) = receiver.requests
    assert posted.status == 202
    assert (request.path, request.body) == ("/hook?a=b%20c", b"body")
    assert request.headers["x-one"] == "1"
    assert request.headers["host"] == f"127.0.0.1:{receiver.port}"


async def test_connections_are_used_again() -> None:
    async with Receiver() as receiver, poster() as ours:
        for _ in range(3):
            await ours.post(ORG, receiver.url, {}, b"", 5)

    assert receiver.connections == 1


async def test_a_redirect_is_an_answer_like_any_other() -> None:
    async with Receiver() as other, poster() as ours:
        moved = f"HTTP/1.1 307 Moved\r\nlocation: {other.url}\r\ncontent-length: 0\r\n\r\n"
        async with Receiver(lambda request: moved) as receiver:
            posted = await ours.post(ORG, receiver.url, {}, b"", 5)

    assert posted.status == 307
    assert other.requests == []


async def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    long = "x" * (limits.POST_ANSWER_BYTES * 4)
    answer = f"HTTP/1.1 200 OK\r\ncontent-length: {len(long)}\r\n\r\n{long}"
    async with Receiver(lambda request: answer) as receiver, poster() as ours:
        posted = await ours.post(ORG, receiver.url, {}, b"", 5)

    assert (posted.status, posted.is_whole) == (200, False)
    assert len(posted.body) == limits.POST_ANSWER_BYTES


async def test_an_answer_that_never_ends_still_has_its_status() -> None:
    async with (
        Receiver(lambda request: "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc") as receiver,
        poster() as ours,
    ):
        posted = await ours.post(ORG, receiver.url, {}, b"", 1.0)

    assert (posted.status, posted.is_whole) == (200, False)


async def test_who_does_not_answer_is_not_waited_for() -> None:
    async def silent(request: ReceivedPost) -> int:
        await asyncio.Event().wait()
        return 200

    async with Receiver(silent) as receiver, poster() as ours:
        with pytest.raises(PostFailed, match=r"no answer within 0\.2 s"):
            await ours.post(ORG, receiver.url, {}, b"", 0.2)


async def test_who_is_not_there_is_told_so() -> None:
    async with Receiver() as receiver:
        url = receiver.url
    async with poster() as ours:
        with pytest.raises(PostFailed, match="refused"):
            await ours.post(ORG, url, {}, b"", 5)
        with pytest.raises(PostFailed, match="cannot be resolved"):
            await ours.post(ORG, "http://no-such-host.invalid/", {}, b"", 15)
        for no_name in ("http://a..b/", f"http://{'a' * 64}.example/"):
            ours.check(ORG, no_name)  # it is told when it is posted to, as any that is not there
            with pytest.raises(PostFailed, match="cannot be resolved"):
                await ours.post(ORG, no_name, {}, b"", 15)


async def test_who_speaks_no_http_has_failed() -> None:
    async with Receiver(lambda request: "good day\r\n\r\n") as receiver, poster() as ours:
        with pytest.raises(PostFailed):
            await ours.post(ORG, receiver.url, {}, b"", 5)


async def test_a_private_target_is_neither_taken_nor_connected_to() -> None:
    async with Receiver() as receiver, poster(PUBLIC) as ours:
        for host in ("127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"):
            url = f"http://{host}:{receiver.port}/"
            with pytest.raises(Invalid, match="may dial"):
                ours.check(ORG, url)
            with pytest.raises(PostFailed, match="may dial"):
                await ours.post(ORG, url, {}, b"", 5)

    assert receiver.connections == 0


async def test_a_name_that_changes_its_meaning_leads_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """DNS rebinding: public when it is looked at, private when it is connected to."""
    meanings = [["127.0.0.1"], ["93.184.215.14", "127.0.0.1"]]
    monkeypatch.setattr(name_resolution, "_look_up", lambda host, port: meanings.pop(0))
    async with Receiver() as receiver, poster(PUBLIC) as ours:
        url = f"http://rebound.example:{receiver.port}/"
        ours.check(ORG, url)
        for _ in range(2):
            with pytest.raises(PostFailed, match="may dial"):
                await ours.post(ORG, url, {}, b"", 5)

    assert receiver.connections == 0


async def test_the_address_that_was_checked_is_the_one_that_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    real = socket.getaddrinfo

    def noted(host: Any, *args: Any, **kw: Any) -> Any:
        asked.append(host)
        return real(host, *args, **kw)

    async with Receiver() as receiver, poster() as ours:
        monkeypatch.setattr(name_resolution, "_look_up", lambda host, port: ["127.0.0.1"])
        monkeypatch.setattr(socket, "getaddrinfo", noted)
        await ours.post(ORG, f"http://named.example:{receiver.port}/", {}, b"", 5)

    assert receiver.requests[0].headers["host"] == f"named.example:{receiver.port}"
    assert "named.example" not in asked


async def test_what_was_connected_to_while_it_was_allowed_is_not_used_after() -> None:
    allowed = [ANYWHERE]
    ours = HttpPoster(lambda organization_id: allowed[0], 4)
    async with Receiver() as receiver:
        await ours.post(ORG, receiver.url, {}, b"", 5)
        allowed[0] = PUBLIC
        with pytest.raises(PostFailed):
            await ours.post(ORG, receiver.url, {}, b"", 5)
        await ours.close()

    assert len(receiver.requests) == 1


async def test_what_one_organization_has_connected_to_serves_no_other() -> None:
    policies = {"org_a": ANYWHERE, "org_b": PUBLIC}
    ours = HttpPoster(policies.__getitem__, 4)
    async with Receiver() as receiver:
        await ours.post("org_a", receiver.url, {}, b"", 5)
        with pytest.raises(PostFailed):
            await ours.post("org_b", receiver.url, {}, b"", 5)
        await ours.close()

    assert len(receiver.requests) == 1


async def test_connections_of_few_policies_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "EGRESS_POLICIES", 2)
    allowed = {
        f"org_{number}": Egress(True, (f"127.0.0.{number}/32", "127.0.0.1/32"))
        for number in range(4)
    }
    ours = HttpPoster(allowed.__getitem__, 4)
    async with Receiver() as receiver:
        for organization_id in [*allowed, *allowed]:
            await ours.post(organization_id, receiver.url, {}, b"", 5)
        await ours.close()

    assert len(receiver.requests) == receiver.connections == 8


@pytest.mark.parametrize(
    "url", ["", "hook", "ftp://host/", "http://", "http://host:port/", "http://u:p@host/", "//h/"]
)
async def test_what_is_no_target_is_invalid(url: str) -> None:
    async with poster() as ours:
        with pytest.raises(Invalid):
            ours.check(ORG, url)


async def test_many_at_once_all_arrive_over_no_more_connections_than_there_may_be() -> None:
    async with Receiver() as receiver, poster(connections=11) as ours:
        many = [ours.post(ORG, receiver.url, {}, str(number).encode(), 30) for number in range(60)]
        posted = await asyncio.gather(*many)

    assert {one.status for one in posted} == {204}
    assert {int(request.body) for request in receiver.requests} == set(range(60))
    assert receiver.connections <= 11


async def test_who_is_given_up_leaves_its_place_to_the_next() -> None:
    async with Receiver() as receiver, poster(connections=1) as ours:
        given_up = [asyncio.create_task(ours.post(ORG, receiver.url, {}, b"", 5)) for _ in range(3)]
        await asyncio.sleep(0)
        for task in given_up:
            task.cancel()

        posted = await ours.post(ORG, receiver.url, {}, b"", 5)

    assert posted.status == 204
