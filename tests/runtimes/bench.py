"""What every provider must do, whatever runs its chargers: subclass, and give `provider`.

The chargers of these tests never reach a CSMS, so that what asks for one stays without an answer.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from voltyard.kernel.errors import Invalid, NotFound
from voltyard.ports.runtimes import (
    CommandCompleted,
    CommandRefused,
    LoggedFrame,
    Provider,
    RuntimeSpec,
)


class HeardListener:
    """A ports.runtimes.WorkersListener that remembers."""

    def __init__(self) -> None:
        self.frames: list[tuple[str, LoggedFrame]] = []
        self.events: list[tuple[str, Mapping[str, Any]]] = []
        self.memories: dict[str, bytes] = {}
        self.interruptions: list[tuple[str, str]] = []
        self.heard = asyncio.Event()
        """Set by each event."""

    def framed(self, deployment_id: str, frame: LoggedFrame) -> None:
        self.frames.append((deployment_id, frame))

    def happened(self, deployment_id: str, event: Mapping[str, Any]) -> None:
        self.events.append((deployment_id, event))
        self.heard.set()

    def remembered(self, deployment_id: str, snapshot: bytes) -> None:
        self.memories[deployment_id] = snapshot

    def interrupted(self, deployment_id: str, reason: str) -> None:
        self.interruptions.append((deployment_id, reason))

    def broke(self, deployment_id: str, reason: str) -> None:
        raise AssertionError(f"{deployment_id} broke: {reason}")


class HeardTimes:
    """A ports.runtimes.CarryingOut that remembers."""

    def __init__(self) -> None:
        self.told: list[tuple[float, float, str]] = []
        self.result: asyncio.Future[Any] | None = None
        self.is_late = False
        """The result was there before."""

    def carried_out(self, got_at: float, done_at: float, worker: str = "") -> None:
        self.told.append((got_at, done_at, worker))
        self.is_late = self.result is not None and self.result.done()


AHEAD_S = 1e10
"""Beyond the clock of any of these tests."""


async def play_paced(provider: Provider, listener: HeardListener) -> list[float]:
    """Plug and unplug at a pace, further ahead, and after a restart: when a connector changed each
    time, by the charger's own time."""
    ahead = {"rate": 1.0, "real": 0.0, "local": AHEAD_S}
    await provider.start(replace(runtime(), pace=ahead))
    moments = [await _changed(provider, listener, "plug")]
    await provider.start(replace(runtime(), pace=ahead | {"local": 2 * AHEAD_S}))
    moments.append(await _changed(provider, listener, "unplug"))
    await provider.restart("dep-1")
    moments.append(await _changed(provider, listener, "plug"))
    return moments


async def _changed(provider: Provider, listener: HeardListener, verb: str) -> float:
    listener.events.clear()
    assert isinstance(await provider.command("dep-1", verb, {}), CommandCompleted)
    async with asyncio.timeout(120):
        while not (at := [one["at"] for _, one in listener.events if one["type"] == "status"]):
            listener.heard.clear()
            await listener.heard.wait()
    return float(at[0])


def runtime(deployment_id: str = "dep-1", **charger: Any) -> RuntimeSpec:
    said = {"identity": "CP-1", "csms_url": "ws://127.0.0.1:9/ocpp", **charger}
    return RuntimeSpec(deployment_id=deployment_id, organization_id="org_1", charger=said)


class ProviderContract:
    """The tests. `listener` is what the provider under test was made with."""

    @pytest.fixture
    def listener(self) -> HeardListener:
        return HeardListener()

    async def test_what_is_started_runs_though_no_csms_is_there(self, provider: Provider) -> None:
        assert await provider.state("dep-1") is None

        await provider.start(runtime())

        state = await provider.state("dep-1")
        assert state is not None
        assert state["connectors"][0]["status"] == "Available"
        assert not state["connected"]

    async def test_starting_it_again_as_it_is_disturbs_nothing(self, provider: Provider) -> None:
        await provider.start(runtime())
        waiting = provider.command("dep-1", "authorize", {"id_tag": "TAG"})

        await provider.start(runtime())
        await asyncio.sleep(0)

        assert not waiting.done()

    async def test_another_specification_takes_the_place_of_the_first(
        self, provider: Provider
    ) -> None:
        await provider.start(runtime())
        two = {"connectors": [{}]}

        await provider.start(runtime(evses=[two, two]))

        state = await provider.state("dep-1")
        assert state is not None
        assert len(state["connectors"]) == 2

    async def test_what_can_never_run_is_refused(self, provider: Provider) -> None:
        broken = RuntimeSpec(deployment_id="dep-1", organization_id="org_1", charger={})

        with pytest.raises(Invalid):
            await provider.start(broken)

        assert await provider.state("dep-1") is None

    async def test_faults_are_given_and_taken_without_a_restart(self, provider: Provider) -> None:
        faults = {"quirks": ["no-pong"], "network": {"latency_ms": 20}}
        await provider.start(replace(runtime(), faults=faults))
        waiting = provider.command("dep-1", "authorize", {"id_tag": "TAG"})

        await provider.misbehave("dep-1", {"quirks": [{"name": "flapping", "probability": 0.5}]})
        await provider.misbehave("dep-1", {})
        await provider.start(replace(runtime(), faults=faults))

        assert not waiting.done()
        with pytest.raises(Invalid, match="did you mean no-pong"):
            await provider.misbehave("dep-1", {"quirks": ["no-pomg"]})
        with pytest.raises(Invalid):
            await provider.start(replace(runtime("dep-2"), faults={"network": {"loss": 7}}))
        with pytest.raises(NotFound):
            await provider.misbehave("dep-2", {})

    async def test_another_pace_is_no_reason_to_restart(self, provider: Provider) -> None:
        fast = {"rate": 60.0, "real": 0.0, "local": AHEAD_S}
        await provider.start(replace(runtime(), pace=fast))
        waiting = provider.command("dep-1", "authorize", {"id_tag": "TAG"})

        await provider.start(replace(runtime(), pace=fast | {"rate": 1.0}))

        assert not waiting.done()
        with pytest.raises(Invalid):
            await provider.start(replace(runtime("dep-2"), pace=fast | {"rate": 0.1}))
        assert await provider.state("dep-2") is None

    async def test_what_can_never_run_is_told_before(self, provider: Provider) -> None:
        provider.check(runtime(settings={"HeartbeatInterval": "30", "A.B": "c"}).charger)

        with pytest.raises(Invalid):
            provider.check({})
        for name, value in (("heartbeatinterval", "often"), ("ConnectorPhaseRotation", "x" * 501)):
            with pytest.raises(Invalid) as refused:
                provider.check(runtime(settings={name: value}).charger)
            assert refused.value.details["param"] == f"settings.{name}"

        assert await provider.state("dep-1") is None

    async def test_what_is_stopped_does_not_run_and_leaves_its_memory(
        self, provider: Provider, listener: HeardListener
    ) -> None:
        await provider.start(runtime())

        await provider.stop("dep-1")

        assert await provider.state("dep-1") is None
        assert await provider.settings("dep-1") is None
        assert "dep-1" in listener.memories
        assert not provider.owes(listener.memories["dep-1"])
        assert not provider.holds_share(listener.memories["dep-1"])
        await provider.start(runtime(), listener.memories["dep-1"])
        assert await provider.state("dep-1") is not None

    async def test_a_memory_tells_whether_its_charger_holds_a_share(
        self, provider: Provider, listener: HeardListener
    ) -> None:
        if provider.name == "fake":
            pytest.skip("its memory is what it is told")
        await provider.start(runtime())
        await asyncio.wait_for(provider.command("dep-1", "site_share", {"holds": True}), 120)
        await provider.stop("dep-1")

        assert provider.holds_share(listener.memories["dep-1"])

    async def test_stopping_answers_what_was_still_asked(self, provider: Provider) -> None:
        await provider.start(runtime())
        waiting = provider.command("dep-1", "authorize", {"id_tag": "TAG"})

        await provider.stop("dep-1")

        outcome = await asyncio.wait_for(waiting, 120)
        assert isinstance(outcome, CommandRefused)
        assert outcome.code == "unavailable"

    async def test_stopping_and_removing_what_does_not_run_is_no_error(
        self, provider: Provider
    ) -> None:
        await provider.stop("dep-1")
        await provider.remove("dep-1")

    async def test_a_restarted_one_runs(self, provider: Provider) -> None:
        await provider.start(runtime())

        await provider.restart("dep-1")

        assert await provider.state("dep-1") is not None

    async def test_only_what_runs_can_be_restarted_or_commanded(self, provider: Provider) -> None:
        with pytest.raises(NotFound):
            await provider.restart("dep-1")
        with pytest.raises(NotFound):
            provider.command("dep-1", "plug", {})

    async def test_a_removed_one_is_gone(self, provider: Provider) -> None:
        await provider.start(runtime())

        await provider.remove("dep-1")

        assert await provider.state("dep-1") is None

    async def test_commands_are_carried_out_in_the_order_they_were_asked(
        self, provider: Provider
    ) -> None:
        await provider.start(runtime())

        asked = [
            provider.command("dep-1", event_type, {"evse_id": 1, "connector_id": 1})
            for event_type in ("plug", "unplug", "plug", "unplug")
        ]

        outcomes = await asyncio.wait_for(asyncio.gather(*asked), 120)
        assert all(isinstance(outcome, CommandCompleted) for outcome in outcomes)

    async def test_the_times_of_a_command_are_told_once_before_its_result(
        self, provider: Provider
    ) -> None:
        await provider.start(runtime())
        times = HeardTimes()

        times.result = provider.command("dep-1", "plug", {"evse_id": 1, "connector_id": 1}, times)
        await asyncio.wait_for(times.result, 120)

        ((got_at, done_at, worker),) = times.told
        assert 0 < got_at <= done_at
        assert bool(worker) == (provider.name not in ("inline", "fake"))
        assert not times.is_late

    async def test_the_states_of_many_are_answered_together(self, provider: Provider) -> None:
        for number in (1, 2):
            await provider.start(runtime(f"dep-{number}", identity=f"CP-{number}"))

        both = await provider.states(["dep-1", "dep-2"])
        await provider.stop("dep-1")
        left = await provider.states(["dep-1", "dep-2", "dep-nobodys"])

        alone = await provider.state("dep-2")
        assert alone is not None
        assert both.keys() == {"dep-1", "dep-2"}
        assert left.keys() == {"dep-2"}
        assert left["dep-2"]["connectors"] == alone["connectors"]

    async def test_samples_are_of_what_has_changed_since_they_were_asked(
        self, provider: Provider
    ) -> None:
        await provider.start(runtime("dep-1", identity="CP-1"))
        await provider.start(runtime("dep-2", identity="CP-2"))

        first = await provider.sample()
        second = await provider.sample()
        fault = {"evse_id": 1, "connector_id": 1, "fault_type": "GroundFailure"}
        await asyncio.wait_for(provider.command("dep-2", "inject_fault", fault), 120)
        third = await provider.sample()
        await provider.stop("dep-1")
        fourth = await provider.sample()
        await provider.start(runtime("dep-1", identity="CP-1"))
        fifth = await provider.sample()

        assert first.samples.keys() == {"dep-1", "dep-2"}
        assert first.samples["dep-1"].connectors[0].status == "Available"
        assert not first.samples["dep-1"].connected
        assert second.samples == {}
        assert third.samples.keys() == {"dep-2"}
        assert third.samples["dep-2"].connectors[0].status == "Faulted"
        assert (fourth.samples, list(fourth.ended)) == ({}, ["dep-1"])
        assert fifth.samples == {"dep-1": first.samples["dep-1"]}
        assert list(fifth.ended) == []
        batches = (first, second, third, fourth, fifth)
        assert not any(batch.has_more for batch in batches)

    async def test_settings_change_by_name(self, provider: Provider) -> None:
        await provider.start(runtime())

        asked = provider.command("dep-1", "configure", {"settings": {"HeartbeatInterval": "30"}})

        outcome = await asyncio.wait_for(asked, 120)
        assert outcome == CommandCompleted({"statuses": {"HeartbeatInterval": "Accepted"}})

    async def test_settings_are_shown_with_value_and_readonly(self, provider: Provider) -> None:
        await provider.start(runtime())

        settings = await provider.settings("dep-1")

        assert settings is not None
        assert set(settings["HeartbeatInterval"]) >= {"value", "readonly"}

    async def test_settings_of_its_vendor_and_of_a_file_keep_to_their_limits(
        self, provider: Provider
    ) -> None:
        speed = {"name": "Fan.Speed", "value": "40", "type": "integer", "maximum": 90}
        model = [{"component": {"name": "Modem"}, "variable": {"name": "Band"}}]
        made = {"vendor_settings": [speed], "device_model": json.dumps(model), "version": "2.0.1"}
        await provider.start(runtime(**made))
        wanted = {"Fan.Speed": "91", "Modem.Band": "B7"}

        outcome = await asyncio.wait_for(
            provider.command("dep-1", "configure", {"settings": wanted}), 5
        )

        statuses = {"Fan.Speed": "Rejected", "Modem.Band": "Accepted"}
        assert outcome == CommandCompleted({"statuses": statuses})
        settings = await provider.settings("dep-1")
        assert settings is not None
        assert settings["Fan.Speed"] == {"value": "40", "readonly": False}
        assert settings["Modem.Band"] == {"value": "B7", "readonly": False}

    @pytest.mark.parametrize(
        "made",
        [
            {"vendor_settings": [{"name": "A", "type": "integer", "value": "x"}]},
            {"device_model": "[{}]"},
            {"certificates": [{"use": "MORootCertificate", "pem": "x"}]},
        ],
    )
    async def test_what_it_cannot_be_made_with_is_refused_at_once(
        self, provider: Provider, made: dict[str, Any]
    ) -> None:
        [field] = made
        with pytest.raises(Invalid, match=field):
            provider.check(runtime(**made).charger)

    @pytest.mark.parametrize(
        ("event_type", "payload"),
        [("levitate", {}), ("swipe", {}), ("configure", {}), ("power_update", {})],
    )
    async def test_what_is_no_command_is_refused_at_once(
        self, provider: Provider, event_type: str, payload: dict[str, Any]
    ) -> None:
        await provider.start(runtime())

        with pytest.raises(Invalid):
            provider.command("dep-1", event_type, payload)

    async def test_it_describes_a_runtime_in_five_words(self, provider: Provider) -> None:
        described = provider.describe("dep-1", 0)

        assert set(described) == {
            "provider",
            "runtime_kind",
            "service_name",
            "desired_count",
            "status",
        }
        assert described["provider"] == provider.name
        assert described["service_name"] == "dep-1"
        assert described["desired_count"] == 0

    async def test_closing_stops_all_and_reports_what_they_remember(
        self, provider: Provider, listener: HeardListener
    ) -> None:
        await provider.start(runtime("dep-1", identity="CP-1"))
        await provider.start(runtime("dep-2", identity="CP-2"))

        await provider.close()

        assert set(listener.memories) == {"dep-1", "dep-2"}
        assert await provider.state("dep-1") is None
