"""What a command that was carried out tells of it."""

from typing import Any

import pytest

from tests.charger.bench import TAG, Bench, charging
from voltyard.catalogue.commands.commands import (
    BeginTransaction,
    EmergencyStop,
    EndTransaction,
    EvRequestsEnergy,
    EvStopsEnergy,
    InjectFault,
    NetworkDrop,
    NetworkRestore,
    PlugIn,
    PowerCut,
    PowerRestore,
    PowerUpdate,
    PullCableAtVehicle,
    Reboot,
    StopSession,
    Swipe,
    Unplug,
)
from voltyard.physics.vehicle import Vehicle

VERSIONS = ["1.6", "2.0.1"]


def running(bench: Bench) -> dict[str, Any]:
    transaction = bench.state.connectors[0].transaction
    return {
        "transaction_id": transaction.transaction_id,
        "transaction": transaction.transaction,
    }


def word(version: str, status: str) -> str:
    """A status of 1.6, in that version's words."""
    return status if version == "1.6" or status in ("Available", "Faulted") else "Occupied"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_plug_tells_what_came_in(version: str) -> None:
    done = Bench(version).done(PlugIn(vehicle=Vehicle(name="van", soc_percent=33.0)))

    status = word(version, "Preparing")
    assert done == {"status": status, "vehicle": "van", "soc_percent": 33.0}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("command", [Swipe(id_tag=TAG), BeginTransaction(id_tag=TAG)])
def test_what_begins_a_transaction_tells_which_and_how_it_stands(
    version: str, command: Any
) -> None:
    bench = Bench(version)
    bench.done(PlugIn())

    done = bench.done(command)

    told = {"status": word(version, "Charging"), "charging_state": "Charging"}
    assert done == told | running(bench)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("command", "status", "reason"),
    [
        (Swipe(id_tag=TAG), "Finishing", "Local"),
        (Unplug(), "Available", "EVDisconnected"),
        (StopSession(), "Available", "Local"),
        (EndTransaction(), "Finishing", "Local"),
        (EmergencyStop(), "Finishing", "EmergencyStop"),
        (PullCableAtVehicle(), "Finishing", "EVDisconnected"),
    ],
)
def test_what_ends_a_transaction_tells_which_and_why(
    version: str, command: Any, status: str, reason: str
) -> None:
    bench = charging(version)
    before = running(bench)

    assert bench.done(command) == {
        "status": word(version, status),
        **before,
        "ended": True,
        "reason": reason,
    }


@pytest.mark.parametrize("version", VERSIONS)
def test_a_fault_that_ends_a_transaction_tells_which(version: str) -> None:
    bench = charging(version)
    before = running(bench)

    done = bench.done(InjectFault(fault_type="GroundFailure"))

    told = {"status": "Faulted", **before, "ended": True, "reason": "GroundFault"}
    assert told.items() <= done.items()


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("command", "state"),
    [
        (EvStopsEnergy(), "SuspendedEV"),
        (EvRequestsEnergy(), "Charging"),
        (PowerUpdate(power_w=0.0), "SuspendedEVSE"),
        (InjectFault(fault_type="EVCommunicationError"), "SuspendedEVSE"),
        (InjectFault(fault_type="WeakSignal"), "Charging"),
    ],
)
def test_what_changes_the_flow_tells_the_charging_state(
    version: str, command: Any, state: str
) -> None:
    bench = charging(version)
    before = running(bench)

    told = {"status": word(version, state), "charging_state": state, **before}

    assert told.items() <= bench.done(command).items()


@pytest.mark.parametrize("version", VERSIONS)
def test_what_takes_power_tells_what_it_interrupts(version: str) -> None:
    bench = charging(version)
    bench.done(PlugIn(evse_id=2))
    bench.done(BeginTransaction(evse_id=2, id_tag=TAG))
    ids = [connector.transaction.transaction for connector in bench.state.connectors]

    cut = bench.done(PowerCut(duration_s=60))
    back = bench.done(PowerRestore())

    assert (cut["powered"], cut["restore_after_s"]) == (False, 60)
    assert [one["transaction"] for one in cut["interrupted"]] == ids
    assert back == {"powered": True, "ended": cut["interrupted"], "resumed": []}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reboot_tells_what_it_ends(version: str) -> None:
    bench = charging(version)
    before = running(bench)

    assert bench.done(Reboot()) == {"type": "Soft", "ended": [{"evse_id": 1, **before}]}


def test_an_outage_of_the_network_tells_how_long() -> None:
    bench = Bench()

    assert bench.done(NetworkDrop(duration_s=9)) == {"network": False, "restore_after_s": 9}
    assert bench.done(NetworkRestore()) == {"network": True}
