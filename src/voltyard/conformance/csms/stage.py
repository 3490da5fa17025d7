"""The stage of a case for a CSMS: a charger's identity, its links, and the operator."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from voltyard.conformance.operators.operator import Operator
from voltyard.conformance.subject import Subject, Tags
from voltyard.conformance.wire.endings import CaseEnded, Inconclusive, NotApplicable
from voltyard.conformance.wire.message import Expected, ReceivedMessage
from voltyard.conformance.wire.record import Record
from voltyard.conformance.wire.tester_link import Answer, TesterLink
from voltyard.kernel.time import Instant, Seconds, to_rfc3339
from voltyard.kernel.tls import SYSTEM_TRUST
from voltyard.ocpp.endpoint import with_identity
from voltyard.ocpp.versions import Version
from voltyard.ports.links import DialFailed, Dialler, Dialling


class CsmsStage:
    """A charger of the tester's, and what it has said and heard; `link` is its newest link."""

    answers: ClassVar[Mapping[str, Answer]] = {}
    """The answers of a sound charger, by action."""

    tls_url = ""
    """The URL of this charger for security profiles 2 and 3; empty: the CSMS has none."""

    tls = SYSTEM_TRUST
    """The settings for that URL, with the client certificate where one is declared."""

    def __init__(
        self,
        record: Record,
        version: Version,
        dialler: Dialler,
        dialling: Dialling,
        identity: str,
        subject: Subject,
        operator: Operator,
        patience_s: Seconds,
    ) -> None:
        """`dialling` is how a charger dials that the CSMS lets in; the identity is in its URL."""
        self.record = record
        self.version = version
        self.identity = identity
        self.subject = subject
        self.operator = operator
        self.patience_s = patience_s
        self.dialling = dialling
        self.links: list[TesterLink] = []
        self._dialler = dialler
        self._asking: set[asyncio.Task[None]] = set()

    @property
    def link(self) -> TesterLink:
        """The newest link."""
        if not self.links:
            raise Inconclusive("the station is not connected yet")
        return self.links[-1]

    @property
    def tags(self) -> Tags:
        return self.subject.tags

    def now(self, earlier_s: Seconds = 0.0) -> str:
        """The moment, or one before it, as OCPP writes it."""
        return to_rfc3339(self.clock() - earlier_s)

    def clock(self) -> Instant:
        return self.record.clock()

    async def ready(self) -> None:
        """Boot until it is accepted, and report every connector Available."""
        raise NotImplementedError

    # --- links ------------------------------------------------------------------------------------

    async def connect(self, **changes: Any) -> TesterLink:
        """Open a link, with `changes` to the dialling. A CSMS that refuses it fails the case."""
        self.record.step(f"{self.identity} connects")
        try:
            return await self._dial(changes)
        except DialFailed as error:
            raise self.record.broken("the handshake is accepted", error.message) from None

    async def connect_over_tls(self, **changes: Any) -> TesterLink:
        """Open a link at the endpoint for security profiles 2 and 3."""
        self.record.step(f"{self.identity} connects over TLS")
        return await self.connect(**{"url": self.tls_url, "tls": self.tls, **changes})

    async def is_refused(self, words: str, rule: str = "", **changes: Any) -> DialFailed:
        """Try to open a link that has to be refused, `words` says with what; why it was."""
        self.record.step(f"{self.identity} connects {words}")
        try:
            link = await self._dial(changes)
        except DialFailed as error:
            self.record.frame(self.identity, True, note=f"refused: {error.message}")
            return error
        link.close()
        raise self.record.broken("the handshake is refused", "it was accepted", rule=rule)

    async def is_refused_or_closed(self, words: str, **changes: Any) -> None:
        """Try to open a link that must come to nothing: refused, or closed without a message."""
        self.record.step(f"{self.identity} {words}")
        try:
            link = await self._dial(changes)
        except DialFailed as error:
            self.record.frame(self.identity, True, note=f"refused: {error.message}")
            return
        await link.until_closed()

    async def tries(self, words: str, **changes: Any) -> TesterLink | None:
        """Try to open a link as `words` says; None where the CSMS refuses it."""
        self.record.step(f"{self.identity} connects {words}")
        try:
            return await self._dial(changes)
        except DialFailed as error:
            self.record.frame(self.identity, True, note=f"refused: {error.message}")
            return None

    async def _dial(self, changes: Mapping[str, Any]) -> TesterLink:
        link = TesterLink(
            self.record,
            self.version,
            self.identity,
            is_charger=True,
            patience_s=self.patience_s,
            answers=self.answers,
        )
        await self._dialler.dial(replace(self.dialling, **changes), link)
        self.links.append(link)
        return link

    async def reconnect(self) -> None:
        """Lose the link as a cut cable would, and open the next one; without a boot."""
        answers = self.link.answers
        self.record.step("The link is cut")
        self.link.abort()
        await self.link.until_closed()
        await self.connect()
        self.link.answers = answers

    # --- messages ---------------------------------------------------------------------------------

    async def call(self, action: str, words: str = "", /, **payload: Any) -> ReceivedMessage:
        """Send a request; the CSMS's response."""
        self.record.step(words or f"The station sends {action}")
        return await self.link.call(action, payload)

    async def tell(self, action: str, words: str = "", /, **payload: Any) -> None:
        """Send a request whose response has no fields."""
        answer = await self.call(action, words, **payload)
        if answer.payload:
            raise answer.broken(f"an empty answer to {action}")

    def answer(self, action: str, answer: Answer) -> None:
        """Answer that action so from here on."""
        self.link.answers[action] = answer

    async def prepared(self, operation: str, words: str, /, **fields: Any) -> None:
        """Have the operator do something of which no request comes."""
        self.record.step(words)
        await self.operator.ask(operation, self.identity, {"identity": self.identity, **fields})

    async def asked(
        self,
        operation: str,
        fields: Mapping[str, Any] | None = None,
        *,
        answer: Answer | None = None,
        expected: Mapping[str, Any] | None = None,
        action: str = "",
    ) -> ReceivedMessage:
        """Have the operator ask for it; the CSMS's request that comes of it.

        `fields` are those of the request, `expected` what it has to have where that is other. The
        case does not apply where the operator cannot pass on one of those that are expected.
        `answer` is the station's, from here on. `action` is the request that comes, where its name
        is not the operation's.
        """
        action = action or operation
        fields = fields or {}
        expected = dict(fields if expected is None else expected)
        self._check_conveyed(operation, expected)
        if answer is not None:
            self.link.answers[action] = answer
        self.record.step(f"The operator asks for {operation}")
        self.link.inbox.skip()
        asking = asyncio.get_running_loop().create_task(self._ask(operation, fields))
        self._asking.add(asking)
        receiving = asyncio.get_running_loop().create_task(self.link.receive(action))
        try:
            await asyncio.wait({asking, receiving}, return_when=asyncio.FIRST_COMPLETED)
            # A request that came is judged, whatever the operator makes of the station's answer.
            if not receiving.done() and (error := asking.exception()) is not None:
                if isinstance(error, CaseEnded):
                    raise error
                raise Inconclusive(f"the driver could not ask for {operation}: {error}")
            request = await receiving
        finally:
            receiving.cancel()
        request.expect(expected)
        return request

    async def _ask(self, operation: str, fields: Mapping[str, Any]) -> None:
        """Have the operator ask. The time of a person does not count against the CSMS."""
        if not self.operator.is_by_hand:
            await self.operator.ask(operation, self.identity, fields)
            return
        with self.link.inbox.patient():
            await self.operator.ask(operation, self.identity, fields)

    def _check_conveyed(self, operation: str, expected: Mapping[str, Any]) -> None:
        """The CSMS is not to blame for a field that its API has no place for."""
        for path, value in expected.items():
            field = path.partition(".")[0]
            if not isinstance(value, Expected) and not self.operator.conveys(operation, field):
                raise NotApplicable(f"the driver's {operation} has no place for {field}")

    async def close(self) -> None:
        """Close the links, and wait for what the operator does."""
        for link in self.links:
            link.close()
        for asking in self._asking:
            asking.cancel()
        await asyncio.gather(*self._asking, return_exceptions=True)


def dialling_to(url: str, identity: str, version: Version, password: str | None) -> Dialling:
    """The dialling of the tester's charger."""
    return Dialling(
        url=with_identity(url, identity),
        subprotocols=(version.subprotocol,),
        username=identity,
        password=password,
    )
