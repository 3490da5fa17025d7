"""The processes of the backend over REST, and the chargers that each has."""

from tests.api.bench import Lab
from tests.api.nodes_lab import NodesLab
from voltyard import __version__


async def test_the_server_and_its_nodes_are_listed_with_their_chargers(lab: Lab) -> None:
    # given chargers, each of which dials the next process: a, b, the server
    for number in range(4):
        await lab.connect(box=f"CP-{number}")
    await lab.register("NEVER-SEEN")

    found = (await lab.get("/nodes")).json()["nodes"]

    names = [None, "a", "b"] if isinstance(lab, NodesLab) else [None]
    assert [one["name"] for one in found] == names
    assert {one["version"] for one in found} == {__version__}
    assert all(one["answers"] for one in found)
    counts = [one["chargers"] for one in found]
    assert counts == ([2, 2, 1] if isinstance(lab, NodesLab) else [5])


async def test_the_chargers_of_another_organization_are_not_counted(lab: Lab) -> None:
    await lab.connect()
    other = await lab.keys.add_organization("other")
    _, theirs = await lab.keys.add(other.id, "theirs", ["read"])

    found = (await lab.get("/nodes", key=theirs)).json()["nodes"]

    assert {one["chargers"] for one in found} == {0}
