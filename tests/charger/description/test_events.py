"""What a charger tells whoever listens of its reservations and of its limits."""

import pytest

from tests.charger.bench import Bench, charging, start
from tests.charger.reservation.bench import OWNER, cancel, reserve
from tests.charger.smart_charging.bench import put
from voltyard.catalogue.commands.commands import InjectFault, PlugIn, PowerUpdate
from voltyard.charger.description.events import LimitChanged, ReservationEnded, ReservationMade

VERSIONS = ["1.6", "2.0.1"]


def ends(bench: Bench) -> list[tuple[int, str]]:
    return [(one.reservation_id, one.reason) for one in bench.seen(ReservationEnded)]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reservation_is_told_when_it_is_made_and_cancelled(version: str) -> None:
    bench = Bench(version)

    reserve(bench, lasts_s=600.0)
    cancel(bench)

    (made,) = bench.seen(ReservationMade)
    assert (made.reservation_id, made.id_tag, made.evse_id) == (7, OWNER, 1)
    assert made.expires_at == pytest.approx(made.at + 600.0, abs=1.0)
    assert ends(bench) == [(7, "Cancelled")]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reservation_that_is_refused_is_not_told(version: str) -> None:
    bench = Bench(version)

    assert reserve(bench, lasts_s=-5.0) == "Rejected"

    assert bench.seen(ReservationMade) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_a_reservation_ends_used_expired_or_removed(version: str) -> None:
    bench = Bench(version)

    reserve(bench, lasts_s=30.0)
    bench.wait(31.0)
    reserve(bench, id=8)
    bench.ask(InjectFault(fault_type="GroundFailure"))

    assert ends(bench) == [(7, "Expired"), (8, "Removed")]
    other = Bench(version)
    reserve(other, tag="REMOTE")
    start(other)
    other.ask(PlugIn())
    assert ends(other) == [(7, "Used")]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_limit_is_told_when_it_changes_with_what_says_so(version: str) -> None:
    bench = charging(version)

    put(bench, 1, 4, "TxDefaultProfile", 16, (60, 10))
    put(bench, 1, 4, "TxDefaultProfile", 16, (60, 10))
    bench.wait(61.0)
    bench.ask(PowerUpdate(power_w=2_000.0))

    told = [(one.limit_w, one.source, one.charging_profile_id) for one in bench.seen(LimitChanged)]
    assert told == [
        (16 * 690.0, "TxDefaultProfile", 4),
        (10 * 690.0, "TxDefaultProfile", 4),
        (2_000.0, "PowerUpdate", None),
    ]
