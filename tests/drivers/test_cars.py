"""What drivers drive, and which card they show."""

from collections import Counter

import pytest

from voltyard.catalogue.catalogue import Catalogue
from voltyard.drivers.cars import STREET_CARS, CarMix, cars_of
from voltyard.drivers.tags import UNKNOWN_PREFIX, TagMix, TagOrder, tag_dealer
from voltyard.kernel.errors import Invalid
from voltyard.kernel.seeds import stream
from voltyard.physics.vehicle import Vehicle


def lacking_kwh(car: Vehicle) -> float:
    return (car.target_soc_percent - car.soc_percent) / 100.0 * car.battery_kwh


def test_a_vehicle_lacks_what_its_driver_needs() -> None:
    random = stream(1, "vehicles")

    cars = [STREET_CARS.some(random, 10_000.0) for _ in range(200)]

    for car in cars:
        assert lacking_kwh(car) == pytest.approx(10.0)
    assert {car.phases for car in cars} == {1, 3}


def test_who_needs_much_drives_what_holds_it() -> None:
    random = stream(1, "vehicles")

    cars = [STREET_CARS.some(random, 55_000.0) for _ in range(200)]

    for car in cars:
        assert lacking_kwh(car) == pytest.approx(55.0)


def test_what_no_battery_holds_empties_the_largest_but_for_a_rest() -> None:
    car = STREET_CARS.some(stream(1, "vehicles"), 1e9)

    assert (car.name, car.soc_percent) == ("crossover", 5.0)


def test_vehicles_of_the_catalogue_are_as_frequent_as_they_are_named() -> None:
    catalogue = Catalogue.load()
    random = stream(1, "vehicles")

    cars = cars_of(["honda-e", "honda-e", "polestar-2"], catalogue)
    drawn = Counter(cars.some(random, 8_000.0).name for _ in range(900))

    assert drawn["honda-e"] == pytest.approx(600, abs=60)
    assert drawn["polestar-2"] == pytest.approx(300, abs=60)
    assert cars.kinds[0][1].battery_kwh == catalogue.vehicles["honda-e"].battery_kwh
    with pytest.raises(Invalid, match="horse"):
        cars_of(["horse"], catalogue)


def test_without_names_cars_are_off_the_street() -> None:
    assert cars_of([], Catalogue.load()) is STREET_CARS
    assert isinstance(STREET_CARS, CarMix)


def drawn(order: TagOrder, count: int = 6, connectors: int = 2) -> list[list[str]]:
    at, random = tag_dealer(TagMix(tags=("A", "B", "C"), order=order)), stream(1, "tags")
    draws = [at(connector) for connector in range(connectors)]
    return [[draw(random) for draw in draws] for _ in range(count)]


def test_round_robin_goes_over_the_whole_site() -> None:
    assert drawn("round-robin", 3) == [["A", "B"], ["C", "A"], ["B", "C"]]


def test_with_affinity_each_connector_has_its_tag() -> None:
    assert drawn("connector-affinity", 3, 4) == [["A", "B", "C", "A"]] * 3


def test_at_random_any_tag_comes() -> None:
    tags = Counter(tag for pair in drawn("random", 300) for tag in pair)

    assert set(tags) == {"A", "B", "C"}
    assert min(tags.values()) > 150


def test_shares_of_unknown_and_blocked_tags_are_as_said() -> None:
    mix = TagMix(tags=("A",), unknown=0.2, blocked=0.1, blocked_tags=("STOLEN",))
    draw, random = tag_dealer(mix)(0), stream(1, "tags")

    tags = Counter(draw(random) for _ in range(4_000))

    assert tags["A"] == pytest.approx(2_800, abs=150)
    assert tags["STOLEN"] == pytest.approx(400, abs=80)
    strangers = [tag for tag in tags if tag.startswith(UNKNOWN_PREFIX)]
    assert len(strangers) > 700
    assert max(map(len, strangers)) <= 20


@pytest.mark.parametrize(
    "wrong", [{"tags": ()}, {"unknown": 0.6, "blocked": 0.5}, {"unknown": -0.1}]
)
def test_a_mix_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        TagMix(**wrong)  # type: ignore[arg-type]
