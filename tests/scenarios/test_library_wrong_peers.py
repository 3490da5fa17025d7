"""The scenarios that ship, against wrong peers: each has an expectation that can fail."""

import pytest

from tests.scenarios.bench import SEED
from tests.scenarios.wrong_peers import WRONG_PEERS
from voltyard.reports.verdicts import Verdict
from voltyard.scenarios import library
from voltyard.scenarios.playing.running import play_virtual


@pytest.mark.parametrize("name", library.shipped())
def test_one_of_the_wrong_peers_turns_it_red(name: str) -> None:
    row = library.document_of(name).rows()[0]

    results = (play_virtual(row, SEED, wrong) for wrong in WRONG_PEERS.values())
    red = next((one for one in results if one.verdict is Verdict.FAIL), None)

    assert red is not None
    assert red.failure is not None
    assert red.failure.step and red.failure.expected and red.failure.came


@pytest.mark.parametrize("peer", WRONG_PEERS)
def test_each_wrong_peer_turns_some_scenario_red(peer: str) -> None:
    kills = {
        "accepts every card": "cards-that-may-not-charge",
        "tells a wrong time": "clock-is-put-right",
        "gives another interval": "heartbeats-in-time",
        "accepts every boot": "pending-then-silent",
        "takes any password": "wrong-password",
        "asks nothing": "remote-start-and-stop",
    }
    row = library.document_of(kills.get(peer, "session-by-card")).rows()[0]

    result = play_virtual(row, SEED, WRONG_PEERS[peer])

    assert result.verdict is Verdict.FAIL, (result.verdict, result.why)
