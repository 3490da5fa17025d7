"""The spans of a command: sent, answered or not, and what came of it later."""

import asyncio
from random import Random

import pytest
from opentelemetry.sdk.trace import ReadableSpan

from tests.csms.bench import ORG, Yard
from voltyard.csms.commands.control import Reset, UnlockConnector
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel.errors import NoAnswer
from voltyard.spans.sampled_spans import SampledSpans


async def sent(
    yard: Yard, command: BackendCommand, told: list[ReadableSpan]
) -> "asyncio.Task[object]":
    request = SampledSpans(1, "1", told.append, Random(1)).request([], yard.clock.now)
    task = asyncio.create_task(yard.backend.command(ORG, "CP1", command, span=request))
    await asyncio.sleep(0)
    return task


async def test_a_command_has_a_span_with_its_call_and_its_answer(yard: Yard) -> None:
    told: list[ReadableSpan] = []
    peer = await yard.booted()
    task = await sent(yard, UnlockConnector(connector_id=1), told)
    yard.clock.now += 0.25

    await peer.answer({"status": "Unlocked"})
    await task

    (span,) = told
    about = dict(span.attributes or {})
    assert about["voltyard.command.id"] == list(yard.journal.commands)[-1]
    assert (about["ocpp.action"], about["ocpp.charge_box_id"]) == ("UnlockConnector", "CP1")
    assert about["ocpp.message_id"] == peer.asked()[-1][1]
    assert [one.name for one in span.events] == ["CALL UnlockConnector", "CALLRESULT"]
    assert span.events[1].timestamp - span.events[0].timestamp == 250_000_000


async def test_a_command_without_an_answer_has_failed(yard: Yard) -> None:
    told: list[ReadableSpan] = []
    await yard.booted()
    task = await sent(yard, UnlockConnector(connector_id=1), told)

    yard.pass_time(3_600)
    with pytest.raises(NoAnswer):
        await task

    (span,) = told
    assert span.status.description == "timeout"
    assert [one.name for one in span.events] == ["CALL UnlockConnector", "time-out"]


async def test_its_outcome_is_a_later_span_of_the_same_command(yard: Yard) -> None:
    told: list[ReadableSpan] = []
    peer = await yard.booted()
    task = await sent(yard, Reset(type="Soft"), told)
    await peer.answer({"status": "Accepted"})
    await task
    yard.clock.now += 12

    await peer.boot()

    command, outcome = told
    assert outcome.name == "outcome reset" and outcome.parent == command.context
    about = dict(outcome.attributes or {})
    assert about["voltyard.command.outcome"] == "back after 12.0 s"
    assert about["voltyard.command.succeeded"] is True
