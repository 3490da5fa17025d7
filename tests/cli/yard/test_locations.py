"""Locations of the yard."""

import pytest

from tests.cli.bench import Shell

pytestmark = pytest.mark.slow


def test_a_location_is_made_shown_and_deleted(shell: Shell) -> None:
    shell.done("locations", "new", "Quay", "--city", "Brest", "--country", "FR")

    shown = shell.done("locations", "show", "Quay", "--json").json
    power = shell.done("locations", "show", shown["slug"], "--power")
    deleted = shell.done("locations", "delete", "Quay")

    assert (shown["city"], shown["country"]) == ("Brest", "FR")
    assert "max_power_w\t" in power.out
    assert deleted.out == "Quay: deleted\n"
    assert shell("locations", "show", "Quay").code == 2


def test_a_location_from_a_preset_has_its_chargers(shell: Shell) -> None:
    made = shell.done(
        *("locations", "new", "Hotel", "--template", "hotel", "--prefix", "HOTEL-"),
        *("--csms", shell.server.charger_url),
    )
    listed = shell.done("chargers", "list", "--location", "Hotel", "--json").json

    assert made.out == "Hotel: 8 chargers made\n"
    assert len(listed) == 8
    assert all(one["identity"].startswith("HOTEL-") for one in listed)


def test_presets_are_listed(shell: Shell) -> None:
    listed = shell.done("locations", "templates").out

    assert "bus-depot\t12\tDC\t" in listed


def test_two_of_one_name_are_told_apart(shell: Shell) -> None:
    first = shell.done("locations", "new", "Twin", "--json").json
    shell.done("locations", "new", "Twin")

    wrong = shell("locations", "delete", "Twin")

    assert wrong.code == 2
    assert first["slug"] in wrong.err
    shell.done("locations", "delete", first["slug"])
