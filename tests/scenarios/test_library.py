"""The scenarios that ship: each passes on our own halves."""

import time

import pytest

from tests.scenarios.bench import SEED
from voltyard.reports.verdicts import Verdict
from voltyard.scenarios import library
from voltyard.scenarios.playing.running import play_virtual


@pytest.mark.parametrize("name", library.shipped())
def test_it_passes_on_our_own_halves_in_virtual_time(name: str) -> None:
    document = library.document_of(name)

    for row in document.rows():
        result = play_virtual(row, SEED)
        assert result.verdict is Verdict.PASS, (result.id, result.why, result.failure)
        assert result.frames and result.steps


@pytest.mark.parametrize("name", library.shipped())
def test_its_name_is_its_files_and_its_theme_its_folders(name: str) -> None:
    scenario = library.document_of(name).scenario

    assert scenario.name == name
    assert f"ready/{scenario.theme.replace(' ', '-')}/" in str(library.shipped()[name])
    assert scenario.title and scenario.description


def test_the_same_seed_gives_the_same_frames() -> None:
    row = library.document_of("network-drop-in-transaction").rows()[0]

    first, second, other = (play_virtual(row, seed).frames for seed in (3, 3, 4))

    assert first == second
    assert first != other


def test_eight_hours_take_a_moment() -> None:
    row = library.document_of("eight-hours").rows()[0]
    began_s = time.process_time()

    result = play_virtual(row, SEED)

    assert result.frames[-1].at - result.frames[0].at > 8 * 3_600
    assert time.process_time() - began_s < 4.0  # a second on a machine four times as fast
