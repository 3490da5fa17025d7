"""Whatever happens: nothing is raised, registers never fall, states stay legal, queues drain."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.charger.bench import START, Bench, Refusal, Silence, again
from tests.charger.smart_charging.stories import addressed, charging_calls, check_limits
from tests.exploring import examples
from voltyard.catalogue.commands import commands
from voltyard.catalogue.commands.commands import ChargerCommand
from voltyard.charger.description.events import StatusChanged, TransactionEnded, TransactionStarted
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.charger.evse.connector import NEXT, ChargePointStatus
from voltyard.charger.firmware.update import UpdatePhase
from voltyard.kernel.time import to_rfc3339
from voltyard.physics.vehicle import Vehicle

Story = list[tuple[str, Any]]
"""What happens to a charger, in order."""

evse = st.integers(1, 2)
tag = st.sampled_from(["A", "B", "BLOCKED"])
soon = st.integers(0, 1_500).map(lambda seconds: to_rfc3339(START + seconds))
duration = st.one_of(st.none(), st.floats(1, 100))
vehicles = st.builds(
    Vehicle,
    battery_kwh=st.floats(0.5, 100),
    soc_percent=st.floats(0, 100),
    phases=st.integers(1, 3),
)

COMMANDS: st.SearchStrategy[ChargerCommand] = st.one_of(
    st.builds(commands.PlugIn, evse_id=evse, vehicle=vehicles),
    st.builds(commands.Unplug, evse_id=evse),
    st.builds(commands.Unlock, evse_id=evse),
    st.builds(commands.AuthorizeTag, id_tag=tag),
    st.builds(commands.Swipe, evse_id=evse, id_tag=tag),
    st.builds(commands.BeginTransaction, evse_id=evse, id_tag=tag),
    st.builds(commands.EndTransaction),
    st.builds(
        commands.StartSession,
        evse_id=evse,
        id_tag=tag,
        vehicle=vehicles,
        duration_s=duration,
        target_energy_wh=st.one_of(st.none(), st.floats(1, 3_000)),
    ),
    st.builds(commands.StopSession, evse_id=evse),
    st.builds(commands.EvRequestsEnergy, evse_id=evse),
    st.builds(commands.EvStopsEnergy, evse_id=evse),
    st.builds(commands.PowerUpdate, evse_id=evse, power_w=st.floats(0, 30_000)),
    st.builds(commands.PullCableAtVehicle, evse_id=evse),
    st.builds(commands.EmergencyStop, evse_id=evse),
    st.builds(
        commands.InjectFault,
        evse_id=evse,
        fault_type=st.sampled_from(
            [
                "GroundFailure",
                "ConnectorLockFailure",
                "EVCommunicationError",
                "ReaderFailure",
                "DownloadStall",
                "FlashFailure",
                "FirmwareCorruption",
            ]
        ),
        recover_after_s=duration,
    ),
    st.builds(commands.ClearFault, evse_id=evse),
    st.builds(commands.NetworkDrop, duration_s=duration),
    st.builds(commands.NetworkRestore),
    st.builds(commands.PowerCut, duration_s=duration),
    st.builds(commands.PowerRestore),
    st.builds(commands.SkewClock, skew_s=st.floats(-1e9, 1e9), takes_csms_time=st.booleans()),
    st.builds(commands.Reboot, hard=st.booleans()),
)

POINTS = ["ParkingBayOccupancy", "EVConnected", "Authorized", "PowerPathClosed", "EnergyTransfer"]
flag = st.sampled_from(["true", "false"])
points = st.lists(st.sampled_from(POINTS), min_size=1, max_size=3, unique=True).map(",".join)

CONFIGURATION = st.fixed_dictionaries(
    {
        "TxCtrlr.TxStartPoint": points,
        "TxCtrlr.TxStopPoint": points,
        "StopTransactionOnInvalidId": flag,
        "StopTransactionOnEVSideDisconnect": flag,
        "AllowOfflineTxForUnknownId": flag,
        "LocalPreAuthorize": flag,
        "MinimumStatusDuration": st.sampled_from(["0", "5"]),
        "ClockAlignedDataInterval": st.sampled_from(["0", "60"]),
        "MaxEnergyOnInvalidId": st.sampled_from(["0", "200"]),
        "ConnectionTimeOut": st.sampled_from(["0", "20"]),
        "TransactionMessageRetryInterval": st.just("5"),
    }
)


tries = st.fixed_dictionaries(
    {}, optional={"retries": st.integers(0, 3), "retryInterval": st.sampled_from([0, 30])}
)


def files(version: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """Firmware and logs."""
    where = {"location": "http://files/fw-2.0.bin"}
    request_id = st.integers(1, 3)
    log = st.builds(
        lambda id, how: (
            "GetLog",
            {
                "requestId": id,
                "logType": "DiagnosticsLog",
                "log": {"remoteLocation": "http://files/"},
            }
            | how,
        ),
        request_id,
        tries,
    )
    if version == "1.6":
        update = st.builds(
            lambda at, how: ("UpdateFirmware", where | {"retrieveDate": at} | how), soon, tries
        )
        diagnostics = tries.map(lambda how: ("GetDiagnostics", where | how))
        return st.one_of(log, update, diagnostics)
    update = st.builds(
        lambda id, at, how: (
            "UpdateFirmware",
            {"requestId": id, "firmware": where | {"retrieveDateTime": at}} | how,
        ),
        request_id,
        soon,
        tries,
    )
    return st.one_of(log, update)


def csms_calls(version: str) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    """What a CSMS asks, sensible and not."""
    connector = st.integers(0, 3)
    if version == "1.6":
        return st.one_of(
            st.tuples(
                st.just("RemoteStartTransaction"),
                st.fixed_dictionaries({"idTag": tag}, optional={"connectorId": connector}),
            ),
            st.tuples(
                st.just("RemoteStopTransaction"),
                st.fixed_dictionaries({"transactionId": st.integers(-1, 4)}),
            ),
            st.tuples(
                st.just("UnlockConnector"), st.fixed_dictionaries({"connectorId": connector})
            ),
            st.tuples(
                st.just("ChangeAvailability"),
                st.fixed_dictionaries(
                    {
                        "connectorId": connector,
                        "type": st.sampled_from(["Operative", "Inoperative"]),
                    }
                ),
            ),
            st.tuples(
                st.just("Reset"), st.fixed_dictionaries({"type": st.sampled_from(["Soft", "Hard"])})
            ),
            st.tuples(
                st.just("TriggerMessage"),
                st.fixed_dictionaries(
                    {
                        "requestedMessage": st.sampled_from(
                            ["MeterValues", "StatusNotification", "Heartbeat", "BootNotification"]
                        )
                    },
                    optional={"connectorId": connector},
                ),
            ),
            st.tuples(
                st.just("ReserveNow"),
                st.fixed_dictionaries(
                    {
                        "connectorId": connector,
                        "expiryDate": soon,
                        "idTag": tag,
                        "reservationId": st.integers(1, 3),
                    },
                    optional={"parentIdTag": st.just("FAMILY")},
                ),
            ),
            st.tuples(
                st.just("CancelReservation"),
                st.fixed_dictionaries({"reservationId": st.integers(1, 3)}),
            ),
        )
    place = st.one_of(
        st.fixed_dictionaries({"id": connector}, optional={"connectorId": st.integers(0, 2)})
    )
    return st.one_of(
        st.tuples(
            st.just("RequestStartTransaction"),
            st.fixed_dictionaries(
                {
                    "idToken": tag.map(lambda text: {"idToken": text, "type": "ISO14443"}),
                    "remoteStartId": st.integers(0, 9),
                },
                optional={"evseId": connector},
            ),
        ),
        st.tuples(
            st.just("UnlockConnector"),
            st.fixed_dictionaries({"evseId": connector, "connectorId": st.integers(0, 2)}),
        ),
        st.tuples(
            st.just("ChangeAvailability"),
            st.fixed_dictionaries(
                {"operationalStatus": st.sampled_from(["Operative", "Inoperative"])},
                optional={"evse": place},
            ),
        ),
        st.tuples(
            st.just("Reset"),
            st.fixed_dictionaries(
                {"type": st.sampled_from(["Immediate", "OnIdle"])}, optional={"evseId": connector}
            ),
        ),
        st.tuples(
            st.just("TriggerMessage"),
            st.fixed_dictionaries(
                {
                    "requestedMessage": st.sampled_from(
                        ["MeterValues", "StatusNotification", "TransactionEvent", "Heartbeat"]
                    )
                },
                optional={"evse": place},
            ),
        ),
        st.tuples(
            st.just("ReserveNow"),
            st.fixed_dictionaries(
                {
                    "expiryDateTime": soon,
                    "idToken": tag.map(lambda text: {"idToken": text, "type": "ISO14443"}),
                    "id": st.integers(1, 3),
                },
                optional={
                    "evseId": connector,
                    "connectorType": st.sampled_from(["cType2", "cG105"]),
                },
            ),
        ),
        st.tuples(
            st.just("CancelReservation"),
            st.fixed_dictionaries({"reservationId": st.integers(1, 3)}),
        ),
    )


def acts(version: str) -> st.SearchStrategy[Story]:
    """A story."""
    act = st.one_of(
        st.tuples(st.just("ask"), COMMANDS),
        st.tuples(st.just("ask"), COMMANDS),
        st.tuples(st.just("call"), csms_calls(version)),
        st.tuples(st.just("call"), files(version)),
        st.tuples(st.just("call"), charging_calls(version)),
        st.tuples(st.just("transferred"), st.sampled_from([None, "failed", "unsupported"])),
        st.tuples(st.just("wait"), st.floats(0, 400)),
        st.tuples(st.just("cut"), st.none()),
        st.tuples(st.just("mend"), st.none()),
        st.tuples(st.just("moody"), st.sampled_from(["answers", "refuses", "silent"])),
    )
    return st.lists(act, min_size=1, max_size=40)


UPKEEP = ("UpdateFirmware", "GetLog", "GetDiagnostics")


class Moody(Bench):
    """A CSMS that blocks a tag, and now and then does not process anything but boots."""

    mood = "answers"

    def _reply(self, id: str, action: str, payload: dict[str, Any]) -> None:
        self.tariff = {"status": "Blocked" if "BLOCKED" in json.dumps(payload) else "Accepted"}
        if self.mood == "answers" or action == "BootNotification":
            self.answers.clear()
        else:
            self.answers[action] = self._moody
        super()._reply(id, action, payload)

    def _moody(self, payload: dict[str, Any]) -> Any:
        raise Refusal if self.mood == "refuses" else Silence


RESUMPTION = st.sampled_from([0.0, 120.0])
"""Lengths of power losses that transactions outlast."""


def moody(version: str, settings: dict[str, str], resumption_timeout_s: float) -> Moody:
    """A charger whose transactions outlast power losses of that length, before such a CSMS."""
    return Moody(
        spec=ChargerSpec(
            identity="CP 1",
            version=version,  # type: ignore[arg-type]
            evses=(EvseSpec(), EvseSpec()),
            settings=settings,
            resumption_timeout_s=resumption_timeout_s,
        )
    )


class Watch:
    """What must be true after every act."""

    def __init__(self, bench: Moody) -> None:
        self.bench = bench
        self.registers = [0.0, 0.0]
        self.open: dict[int, str] = {}
        self.seen = 0
        self.status = ["Available", "Available"]

    def look(self) -> None:
        """Compare with what was."""
        state = self.bench.state
        charger = self.bench.charger
        assert len(self.bench.transfers) <= 2
        if charger.firmware.order is None:
            assert not charger.context.updating
            waits = charger.power.idle_reset is not None
            assert charger.context.draining is waits or charger.context.restarting
        check_limits(self.bench)
        registers = [connector.energy_wh for connector in state.connectors]
        assert all(b >= a for a, b in zip(self.registers, registers, strict=True))
        self.registers = registers
        for event in self.bench.events[self.seen :]:
            self._event(event)
        self.seen = len(self.bench.events)
        running = {c.evse_id: c.transaction.transaction for c in state.connectors if c.transaction}
        assert running == self.open
        for connector in state.connectors:
            assert connector.status == self.status[connector.evse_id - 1]
            assert connector.power_w == 0 or connector.transaction or connector.vehicle

    def _event(self, event: object) -> None:
        match event:
            case TransactionStarted(evse_id=place, transaction=transaction):
                assert place not in self.open, "two transactions at one EVSE"
                self.open[place] = transaction
            case TransactionEnded(evse_id=place, transaction=transaction) as ended:
                assert self.open.pop(place) == transaction
                assert ended.meter_stop_wh >= ended.meter_start_wh
            case StatusChanged(evse_id=place, status=status):
                if self.bench.spec.version == "1.6":
                    before, after = (
                        ChargePointStatus(self.status[place - 1]),
                        ChargePointStatus(status),
                    )
                    assert before is after or after in NEXT[before], (before, after)
                self.status[place - 1] = status


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@examples(120)
@given(data=st.data())
def test_whatever_happens(version: str, data: st.DataObject) -> None:
    bench = moody(version, data.draw(CONFIGURATION), data.draw(RESUMPTION))
    watch = Watch(bench)

    for kind, what in data.draw(acts(version)):
        if kind == "ask":
            bench.ask(what)
        elif kind == "call":
            if bench.state.connected:
                bench.call(what[0], **addressed(bench, what[1]))
        elif kind == "wait":
            bench.wait(what)
        elif kind == "cut":
            bench.cut()
        elif kind == "mend":
            bench.mend()
        elif kind == "transferred":
            if bench.transfers:
                bench.transferred(b"image", failure=what)
        else:
            bench.mood = what
        watch.look()

    bench.mood = "answers"
    bench.mend()
    bench.ask(commands.PowerRestore())
    bench.ask(commands.NetworkRestore())
    for place in (1, 2):
        bench.ask(commands.ClearFault(evse_id=place))
    for _ in range(8):
        bench.wait(200)
        while bench.transfers:
            bench.transferred(b"image")
        watch.look()
    bench.wait(60)
    watch.look()
    if not bench.charger.power.busy:
        # A date by a clock that is wrong may be far off, and somebody may be expected for ever.
        assert bench.charger.firmware.phase in (None, UpdatePhase.SCHEDULED, UpdatePhase.WAITING)
        assert not bench.charger.firmware.progress.owed
    assert bench.charger.log_upload.wish is None
    assert not bench.charger.log_upload.progress.owed
    assert bench.state.boot_status == "Accepted"
    assert bench.state.queue_length == 0, "queued though online"
    assert len(bench.outcomes) == sum(1 for id in bench.outcomes if id.startswith("c"))
    assert not bench.charger.command_queue._queue
    assert not bench.charger.context.outcomes


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@examples(40)
@given(data=st.data())
def test_the_same_happenings_give_the_same_effects(version: str, data: st.DataObject) -> None:
    configuration = data.draw(CONFIGURATION)
    story = data.draw(acts(version))

    def play() -> list[Any]:
        bench = Moody(version, settings=configuration)
        for kind, what in story:
            if kind == "ask":
                bench.ask(what)
            elif kind == "wait":
                bench.wait(what)
            elif kind == "cut":
                bench.cut()
            elif kind == "mend":
                bench.mend()
            elif kind == "call" and bench.state.connected:
                bench.call(what[0], **addressed(bench, what[1]))
        return [bench.calls, bench.events, bench.outcomes, bench.dials]

    assert play() == play()


def check_taken_up(
    version: str, configuration: dict[str, str], story: Story, resumption_timeout_s: float = 0.0
) -> None:
    """Play a story, restart, and let the network be mended: it may be down beyond the restart."""
    bench = moody(version, configuration, resumption_timeout_s)
    for kind, what in story:
        if kind == "ask":
            bench.ask(what)
        elif kind == "wait":
            bench.wait(what)
        elif kind == "cut":
            bench.cut()
        elif kind == "call" and bench.state.connected and what[0] not in UPKEEP:
            bench.call(what[0], **addressed(bench, what[1]))
    before = [connector.energy_wh for connector in bench.state.connectors]
    is_down = bench.charger.connection.cut

    reserved = bench.charger.statuses.book.entries.values()
    fresh = again(bench, after_s=0.0)
    assert fresh.charger.connection.cut is is_down
    fresh.ask(commands.NetworkRestore())
    fresh.wait(120)

    check_limits(fresh)
    still = {one.id for one in reserved if one.expires_at > fresh.charger.context.time}
    assert set(fresh.charger.statuses.book.entries) <= still
    assert fresh.state.boot_status == "Accepted"
    assert fresh.state.queue_length == 0
    after = [connector.energy_wh for connector in fresh.state.connectors]
    assert all(b >= a for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@examples(60)
@given(data=st.data())
def test_any_memory_can_be_taken_up(version: str, data: st.DataObject) -> None:
    configuration, story = data.draw(CONFIGURATION), data.draw(acts(version))
    check_taken_up(version, configuration, story, data.draw(RESUMPTION))


ONCE_NOT_TAKEN_UP: dict[str, Story] = {
    "network down for good": [("ask", commands.NetworkDrop(duration_s=None))],
    "network down for a time": [("ask", commands.NetworkDrop(duration_s=100.0))],
}
"""Stories that were found by exploring."""


@pytest.mark.parametrize("version", ["1.6", "2.0.1"])
@pytest.mark.parametrize("name", ONCE_NOT_TAKEN_UP)
def test_a_memory_that_once_was_not_taken_up_is(name: str, version: str) -> None:
    check_taken_up(version, {}, ONCE_NOT_TAKEN_UP[name])


@examples(200)
@given(text=st.one_of(st.text(), st.from_regex(r"\[[2-4],\"[a-z]{0,3}\"(,.{0,20})?\]")))
def test_no_text_of_a_peer_is_raised_over(text: str) -> None:
    for version in ("1.6", "2.0.1"):
        bench = Bench(version)
        bench.receive(text)
        assert bench.state.boot_status == "Accepted"
