"""A card reader that serves several EVSEs: for which of them a card is."""

from typing import Any

import pytest

from tests.charger.bench import Bench
from voltyard.catalogue.commands.commands import (
    AuthorizeTag,
    ClearFault,
    InjectFault,
    PlugIn,
    StartSession,
    Swipe,
    Unplug,
)
from voltyard.charger.description.specification import ChargerSpec, EvseSpec
from voltyard.kernel.errors import Invalid

VERSIONS = ["1.6", "2.0.1"]
CARD, OTHER = "04A1B2C3", "04A1B2C4"


def bench(version: str = "1.6", *readers: tuple[int, ...], **settings: str) -> Bench:
    spec = ChargerSpec(
        identity="CP 1",
        version=version,  # type: ignore[arg-type]
        evses=(EvseSpec(),) * 3,
        readers=readers or ((1, 2),),
        settings=settings,
    )
    return Bench(spec=spec)


def users(bench: Bench) -> list[str | None]:
    """The tag that charges at each EVSE."""
    return [
        None if one.transaction is None else one.transaction.id_tag
        for one in bench.state.connectors
    ]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_card_is_for_the_evse_where_a_vehicle_waits(version: str) -> None:
    charger = bench(version)
    charger.done(PlugIn(evse_id=2))

    charger.done(Swipe(id_tag=CARD))

    assert users(charger) == [None, CARD, None]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_next_card_is_for_the_next_vehicle_and_each_stops_its_own(version: str) -> None:
    charger = bench(version)
    charger.done(PlugIn(evse_id=1))
    charger.done(PlugIn(evse_id=2))

    charger.done(Swipe(id_tag=CARD))
    charger.done(Swipe(id_tag=OTHER))
    both = users(charger)
    charger.done(Swipe(id_tag=OTHER))

    assert both == [CARD, OTHER, None]
    assert users(charger)[0] == CARD
    assert charger.charger.evses[1].authorization.id_token is None


@pytest.mark.parametrize("version", VERSIONS)
def test_the_evse_that_is_named_goes_before_the_others_of_its_reader(version: str) -> None:
    charger = bench(version)
    charger.done(PlugIn(evse_id=1))
    charger.done(PlugIn(evse_id=2))

    charger.done(Swipe(evse_id=2, id_tag=CARD))

    assert users(charger) == [None, CARD, None]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_card_before_the_cable_is_for_whichever_vehicle_of_the_reader_comes(
    version: str,
) -> None:
    charger = bench(version)

    charger.done(Swipe(id_tag=CARD))
    charger.done(PlugIn(evse_id=2))

    assert users(charger) == [None, CARD, None]
    assert charger.statuses(1)[-1] == "Available"


def test_it_is_not_for_a_vehicle_at_another_reader() -> None:
    charger = bench()

    charger.done(Swipe(id_tag=CARD))
    charger.done(PlugIn(evse_id=3))

    assert users(charger) == [None, None, None]
    assert charger.charger.evses[0].authorization.id_token is not None


def test_a_finished_session_waits_for_no_card() -> None:
    charger = bench()
    charger.done(PlugIn(evse_id=1))
    charger.done(Swipe(id_tag=CARD))
    charger.done(Swipe(id_tag=CARD))
    charger.done(PlugIn(evse_id=2))

    charger.done(Swipe(id_tag=OTHER))

    assert users(charger) == [None, OTHER, None]


def test_where_nothing_is_free_the_card_is_refused_as_at_any_reader() -> None:
    charger = bench()
    charger.done(StartSession(evse_id=1, id_tag=CARD))
    charger.done(StartSession(evse_id=2, id_tag=OTHER))
    before = users(charger)

    failed = charger.failed(Swipe(id_tag="04A1B2C5"))

    assert failed.code == "refused"
    assert users(charger) == before


def test_a_reader_of_one_evse_is_as_it_was() -> None:
    charger = bench()
    charger.done(PlugIn(evse_id=2))

    charger.done(Swipe(evse_id=3, id_tag=CARD))

    assert users(charger) == [None, None, None]
    assert charger.charger.evses[2].authorization.id_token is not None


def test_a_broken_reader_is_broken_at_all_that_it_serves() -> None:
    charger = bench()
    charger.done(InjectFault(evse_id=2, fault_type="ReaderFailure"))

    for evse_id in (1, 2):
        failed = charger.failed(Swipe(evse_id=evse_id, id_tag=CARD))
        assert "reader is broken" in failed.message
    charger.done(AuthorizeTag(id_tag=CARD))  # EVSE 3 has a reader of its own
    charger.done(ClearFault(evse_id=2))
    charger.done(PlugIn())
    charger.done(Swipe(id_tag=CARD))

    assert users(charger) == [CARD, None, None]


def test_unplugging_frees_the_reader_for_the_next_one() -> None:
    charger = bench()
    charger.done(StartSession(evse_id=1, id_tag=CARD))
    charger.done(Unplug(evse_id=1))

    charger.done(PlugIn(evse_id=2))
    charger.done(Swipe(id_tag=CARD))

    assert users(charger) == [None, CARD, None]


@pytest.mark.parametrize("readers", [((1, 4),), ((1, 2), (2, 3)), ((1, 1),), ((0, 1),)])
def test_readers_that_cannot_be_are_refused(readers: Any) -> None:
    with pytest.raises(Invalid) as caught:
        bench("1.6", *readers)

    assert caught.value.details["param"] == "readers"
