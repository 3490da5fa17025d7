"""All that is remembered over a reboot, whichever way it comes about: each by its name."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.charger.bench import Bench, again
from tests.charger.reservation.bench import reserve
from voltyard.catalogue.commands.commands import (
    ClearFault,
    Configure,
    InjectFault,
    InstallLocalList,
    NetworkDrop,
    NetworkRestore,
    PlugIn,
    PowerCut,
    PowerRestore,
    Reboot,
    StartSession,
    StopSession,
    Swipe,
)
from voltyard.catalogue.commands.settings import LocalListEntry
from voltyard.charger.authorization.id_token import IdToken

VERSIONS = ["1.6", "2.0.1"]
SAMPLES = {"1.6": "MeterValueSampleInterval", "2.0.1": "SampledDataCtrlr.TxUpdatedInterval"}


def lived(version: str) -> Bench:
    """A charger offline that has something of everything, at four EVSEs: 1 out of service, 2
    reserved, 3 with a transaction behind it that is not told, a vehicle in it, 4 broken."""
    bench = Bench(version, evses=4, settings={"Vendor.Key": "1"})
    bench.done(Configure(settings={SAMPLES[version]: "7", "Vendor.Key": "2"}))
    listed = (
        LocalListEntry(id_tag="LISTED", group="g"),
        LocalListEntry(id_tag="LOST", status="Blocked"),
    )
    bench.done(InstallLocalList(version=3, entries=listed))
    bench.done(Swipe(id_tag="CACHED"))
    bench.done(Swipe(id_tag="CACHED"))
    if version == "1.6":
        bench.call("ChangeAvailability", connectorId=1, type="Inoperative")
    else:
        bench.call("ChangeAvailability", operationalStatus="Inoperative", evse={"id": 1})
    assert reserve(bench, 2, lasts_s=100_000) == "Accepted"
    bench.done(NetworkDrop())
    bench.done(StartSession(evse_id=3, id_tag="CACHED"))
    bench.wait(100)
    bench.done(StopSession(evse_id=3))
    bench.done(PlugIn(evse_id=3))
    bench.done(InjectFault(evse_id=4, fault_type="GroundFailure"))
    return bench


def reset(bench: Bench) -> Bench:
    bench.done(Reboot(hard=True))
    bench.wait(30)
    return bench


def cut_power(bench: Bench) -> Bench:
    bench.done(PowerCut())
    bench.wait(30)
    bench.done(PowerRestore())
    return bench


def restart(bench: Bench) -> Bench:
    fresh = again(bench)
    fresh.ask(NetworkDrop())
    return fresh


REBOOTS = pytest.mark.parametrize("reboot", [reset, cut_power, restart])

REMEMBERED: dict[str, Callable[[Bench], Any]] = {
    "Unavailable": lambda bench: (
        bench.charger.evses[0].operative
        and all(connector.operative for connector in bench.charger.evses[0].connectors)
    ),
    "settings": lambda bench: bench.charger.context.settings.changed(),
    "list": lambda bench: [
        (tag, bench.charger.authorization.known(IdToken(tag), bench.now))
        for tag in ("LISTED", "LOST")
    ],
    "list version": lambda bench: bench.charger.authorization.list_version,
    "cache": lambda bench: bench.charger.authorization.known(IdToken("CACHED"), bench.now),
    "queue": lambda bench: [
        (entry.part, entry.transaction, entry.payload) for entry in bench.charger.outbox.entries()
    ],
    "registers": lambda bench: [connector.energy_wh for connector in bench.state.connectors],
    "reservations": lambda bench: bench.state.reservations,
    "vehicle": lambda bench: [connector.vehicle for connector in bench.state.connectors],
    "faults": lambda bench: bench.state.faults,
}


@pytest.mark.parametrize("version", VERSIONS)
@REBOOTS
@pytest.mark.parametrize("what", REMEMBERED)
def test_it_is_remembered_over_a_reboot(
    version: str, reboot: Callable[[Bench], Bench], what: str
) -> None:
    bench = lived(version)
    before = REMEMBERED[what](bench)
    assert before != REMEMBERED[what](Bench(version, evses=4)), "there is something to remember"

    after = REMEMBERED[what](reboot(bench))

    assert after == before


@pytest.mark.parametrize("version", VERSIONS)
@REBOOTS
def test_what_was_remembered_is_told_after_the_reboot(
    version: str, reboot: Callable[[Bench], Bench]
) -> None:
    bench = reboot(lived(version))
    bench.forget()

    bench.ask(NetworkRestore())
    bench.wait(60)

    assert bench.actions()[0] == "BootNotification"
    last = [bench.statuses(place)[-1] for place in (1, 2, 3, 4)]
    assert last[:2] == ["Unavailable", "Reserved"]
    assert last[2] in ("Preparing", "Occupied")
    assert last[3] == "Faulted"
    assert bench.state.queue_length == 0
    if version == "1.6":
        assert len(bench.said("StartTransaction")) == len(bench.said("StopTransaction")) == 1
    else:
        kinds = [event["eventType"] for event in bench.said("TransactionEvent")]
        assert (kinds[0], kinds[-1]) == ("Started", "Ended")
    bench.done(ClearFault(evse_id=4))
