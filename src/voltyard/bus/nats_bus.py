"""Bus over a NATS server; what is kept, by JetStream."""

import asyncio
import json
import ssl
from asyncio import Future, Task
from collections import Counter
from contextlib import suppress
from typing import Any, Final

import structlog
from nats import errors as nats_errors
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription as NatsSubscription
from nats.js import JetStreamContext, api
from nats.js import errors as js_errors

from voltyard.kernel import limits
from voltyard.kernel.addressing.bus_url import without_credentials
from voltyard.kernel.errors import Invalid, Overfull
from voltyard.kernel.time import Seconds
from voltyard.ports.bus import BusGone, Handler, NoResponders, NotAnswered

log = structlog.get_logger(__name__)

_CONNECT_S: Final[Seconds] = 5.0
_REDIAL_S: Final[Seconds] = 0.25
_PING_S: Final[Seconds] = 10.0
_FETCH_S: Final[Seconds] = 5.0
_NO_ROOM: Final = frozenset({10047, 10077, 10122})
"""JetStream's error codes of a stream, or an account, without room."""
_OVERLAP: Final = 10065


class NatsBus:
    """One process's end."""

    def __init__(self, url: str, inbox: str) -> None:
        self._shown = without_credentials(url)
        self._url = url
        self._inbox = inbox
        self._client = _TlsClient() if url.startswith("tls:") else Client()
        self._jetstream: JetStreamContext
        self._is_open = False
        self._is_closing = False
        self._down: Future[None] = asyncio.get_running_loop().create_future()
        """Done while the connection is."""
        self._refusals: list[str] = []
        self._following: list[_Following] = []
        self.dropped: Counter[NatsSubscription] = Counter()
        """Messages, by subscription."""

    @classmethod
    async def connect(
        cls, url: str, *, tls: ssl.SSLContext | None = None, inbox: str = "_INBOX"
    ) -> "NatsBus":
        """Dial once. BusGone where nothing is there, Invalid where it does not let us in. Answers
        come to subjects that begin with `inbox`."""
        bus = cls(url, inbox)
        try:
            await bus._connect(tls)
        except (ssl.SSLError, ssl.CertificateError) as error:
            raise Invalid(
                f"no TLS with the bus at {bus._shown}: {error}", param="bus_url"
            ) from error
        except (OSError, TimeoutError, nats_errors.NoServersError) as error:
            reason = str(error) or "no answer"
            raise BusGone(f"the bus at {bus._shown} is not reached: {reason}") from error
        except nats_errors.Error as error:
            raise Invalid(
                f"the bus at {bus._shown} does not let us in: {_words(error)}",
                param="bus_url",
                hint="user and password, or a token, go before the host: nats://user:password@host",
            ) from error
        return bus

    @property
    def problem(self) -> str:
        if not self._is_there():
            return f"the bus at {self._shown} is gone"
        return self._refusals[-1] if self._refusals else ""

    @property
    def most_bytes(self) -> int:
        return self._client.max_payload

    async def publish(self, subject: str, data: bytes) -> None:
        self._check(data)
        await self._client.publish(subject, data)

    async def subscribe(
        self, subject: str, handler: Handler, *, group: str = ""
    ) -> "_Subscription":
        self._check(b"")
        subscription = _Subscription(handler, self)
        before = len(self._refusals)
        subscription.inner = await self._client.subscribe(
            subject,
            queue=group,
            cb=subscription.heard,
            pending_msgs_limit=limits.BUS_PENDING_MESSAGES,
            pending_bytes_limit=limits.BUS_PENDING_BYTES,
        )
        try:
            await self.flush()  # the server's word on it comes before the answer to a ping
        except BusGone:
            await subscription.end()
            raise
        if len(self._refusals) > before:
            raise Invalid(self._refusals[-1], param="bus_url")
        return subscription

    async def request(self, subject: str, data: bytes, timeout_s: Seconds) -> bytes:
        message = await self._asked(subject, data, timeout_s)
        return bytes(message.data)

    async def keep(self, stream: str, subjects: tuple[str, ...]) -> None:
        self._check(b"")
        config = api.StreamConfig(
            name=stream,
            subjects=list(subjects),
            storage=api.StorageType.FILE,
            discard=api.DiscardPolicy.NEW,
            max_age=limits.BUS_STREAM_AGE_S,
            max_bytes=limits.BUS_STREAM_BYTES,
            duplicate_window=limits.BUS_REPEATS_S,
        )
        try:
            with suppress(js_errors.NotFoundError):
                await self._jetstream.stream_info(stream)
                await self._jetstream.update_stream(config)
                return
            await self._jetstream.add_stream(config)
        except (js_errors.ServiceUnavailableError, nats_errors.NoRespondersError) as error:
            raise Invalid("the bus keeps nothing: it has no JetStream", param="bus_url") from error
        except js_errors.APIError as error:
            if error.err_code == _OVERLAP:
                raise Invalid(f"another stream has subjects of {stream}") from error
            raise Invalid(f"the bus refuses the stream {stream}: {error.description}") from error

    async def append(self, subject: str, data: bytes, key: str) -> None:
        headers = {api.Header.MSG_ID.value: key}
        try:
            answer = await self._asked(subject, data, _CONNECT_S, headers)
        except NoResponders:
            raise NoResponders(f"no stream keeps {subject}") from None
        if (refusal := json.loads(answer.data).get("error")) is not None:
            kind = Overfull if refusal["err_code"] in _NO_ROOM else Invalid
            raise kind(f"the stream of {subject} did not take it: {refusal['description']}")

    async def follow(self, stream: str, name: str, handler: Handler) -> "_Following":
        self._check(b"")
        config = api.ConsumerConfig(
            durable_name=name,
            max_ack_pending=1,  # the next goes out when this one is handled: in order
            ack_wait=limits.BUS_HANDLING_S,
            deliver_policy=api.DeliverPolicy.ALL,
        )
        try:
            # A `>` is not the whole of the stream's subjects, but its filter.
            inner = await self._jetstream.pull_subscribe("", name, stream, config)
        except js_errors.NotFoundError:
            raise NoResponders(f"there is no stream {stream}") from None
        following = _Following(self._client, inner, handler)
        self._following.append(following)
        return following

    async def close(self) -> None:
        self._is_closing = True
        await asyncio.gather(*(one.end() for one in self._following))
        if self._client.is_connected:
            with suppress(nats_errors.Error, TimeoutError):
                await self._client.drain()
        await self._client.close()

    async def flush(self) -> None:
        """Return once the server has had all that was sent. BusGone where it is lost meanwhile."""
        flushing = asyncio.ensure_future(self._flush())
        try:
            await asyncio.wait((flushing, self._down), return_when=asyncio.FIRST_COMPLETED)
            if not flushing.done():
                raise self._gone()
            flushing.result()
        except nats_errors.Error:
            raise self._gone() from None
        finally:
            flushing.cancel()

    async def _flush(self) -> None:
        # The library's ping may overtake what was said before it; its second one cannot, as by
        # then all of that has gone out.
        await self._client.flush()
        await self._client.flush()

    # --- the connection ------------------------------------------------------------------------

    async def _connect(self, tls: ssl.SSLContext | None) -> None:
        await self._client.connect(
            self._url,
            name="voltyard",
            error_cb=self._failed,
            disconnected_cb=self._lost,
            reconnected_cb=self._found,
            closed_cb=self._lost,
            max_reconnect_attempts=-1,
            reconnect_time_wait=_REDIAL_S,  # type: ignore[arg-type]
            connect_timeout=_CONNECT_S,  # type: ignore[arg-type]
            ping_interval=_PING_S,  # type: ignore[arg-type]
            pending_size=0,  # nothing is kept to be sent later
            inbox_prefix=self._inbox,
            tls=tls,
        )
        self._is_open = True
        self._jetstream = self._client.jetstream()

    async def _failed(self, error: Exception) -> None:
        if not self._is_open:
            raise error  # else the client would try again, and say nothing
        words = _words(error)
        if isinstance(error, nats_errors.SlowConsumerError):
            if not self.dropped[error.sub]:
                log.error("bus_subscriber_slow", subject=error.subject)
            self.dropped[error.sub] += 1
        elif "permissions violation" in words.lower():
            self._refusals = [*self._refusals[-9:], f"the bus at {self._shown} refuses: {words}"]
            log.error("bus_refuses", reason=words)

    async def _lost(self) -> None:
        if not self._down.done():
            if not self._is_closing:
                log.warning("bus_lost", bus=self._shown)
            self._down.set_result(None)

    async def _found(self) -> None:
        log.info("bus_found", bus=self._shown)
        self._down = asyncio.get_running_loop().create_future()

    async def _asked(
        self, subject: str, data: bytes, timeout_s: Seconds, headers: dict[str, str] | None = None
    ) -> Msg:
        """The answer. A request under way ends with the connection: its answer went there."""
        self._check(data)
        asking: Task[Msg] = asyncio.ensure_future(
            self._client.request(subject, data, timeout=timeout_s, headers=headers)
        )
        try:
            await asyncio.wait((asking, self._down), return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise NotAnswered(f"{subject} had not answered when the bus was lost")
            return asking.result()
        except nats_errors.NoRespondersError:
            raise NoResponders(f"nothing hears {subject}") from None
        except nats_errors.TimeoutError:
            raise NotAnswered(f"{subject} did not answer in {timeout_s:g} s") from None
        except nats_errors.Error:
            raise self._gone() from None
        finally:
            asking.cancel()

    def _is_there(self) -> bool:
        """True where it is connected, and a loss from here on is noticed: after one the client is
        connected again a moment before it says so."""
        return self._client.is_connected and not self._down.done()

    def _check(self, data: bytes) -> None:
        if not self._is_there():
            raise self._gone()
        if len(data) > self.most_bytes:
            raise Invalid(f"a message of {len(data)} bytes is too long for the bus")

    def _gone(self) -> BusGone:
        return BusGone(f"the bus at {self._shown} is gone")


class _TlsClient(Client):
    """A client that says nothing to a server without TLS: a password least of all. The library
    takes the server's word for whether there is to be any, which others on the way could change."""

    async def _process_info(self, info: dict[str, Any], initial_connection: bool = False) -> None:
        if initial_connection and not (info.get("tls_required") or info.get("tls_available")):
            raise nats_errors.Error("it speaks no TLS")
        info["tls_required"] = True
        await super()._process_info(info, initial_connection)


class _Subscription:
    inner: NatsSubscription

    def __init__(self, handler: Handler, bus: NatsBus) -> None:
        self._handler = handler
        self._bus = bus

    @property
    def dropped(self) -> int:
        return self._bus.dropped[self.inner]

    async def heard(self, message: Msg) -> None:
        try:
            answer = await self._handler(message.subject, message.data)
        except Exception:
            log.exception("bus_handler_failed", subject=message.subject)
            return
        if answer is not None and message.reply:
            with suppress(nats_errors.Error):  # gone meanwhile: whoever asked knows
                await message.respond(answer)

    async def end(self) -> None:
        with suppress(nats_errors.Error, BusGone):
            await self.inner.unsubscribe()
            await self._bus.flush()  # from here on nobody reckons with it


class _Following:
    dropped = 0

    def __init__(
        self, client: Client, inner: JetStreamContext.PullSubscription, handler: Handler
    ) -> None:
        self._client = client
        self._inner = inner
        self._handler = handler
        self._is_ended = False
        self._fetching: Task[Any] | None = None
        self._working = asyncio.get_running_loop().create_task(self._work())

    async def end(self) -> None:
        self._is_ended = True
        if self._fetching is not None:
            self._fetching.cancel()
        await asyncio.wait([self._working])
        with suppress(nats_errors.Error):
            await self._inner.unsubscribe()

    async def _work(self) -> None:
        while not self._is_ended:
            self._fetching = asyncio.ensure_future(self._inner.fetch(1, timeout=_FETCH_S))
            try:
                [message] = await self._fetching
            except asyncio.CancelledError:
                return
            except (nats_errors.TimeoutError, TimeoutError):
                continue
            except nats_errors.Error as error:
                if self._client.is_connected:
                    log.warning("bus_stream_not_read", reason=_words(error))
                await asyncio.sleep(limits.BUS_AGAIN_S)
                continue
            finally:
                self._fetching = None
            with suppress(nats_errors.Error):  # what is not acknowledged comes again
                await self._handle(message)

    async def _handle(self, message: Msg) -> None:
        try:
            await self._handler(message.subject, message.data)
        except Exception:
            log.exception("bus_handler_failed", subject=message.subject)
            await message.nak(delay=limits.BUS_AGAIN_S)
        else:
            await message.ack_sync()


def _words(error: Exception) -> str:
    """A library's or a server's words, without what they begin and end with."""
    return str(error).removeprefix("nats: ").strip().strip("'") or type(error).__name__
