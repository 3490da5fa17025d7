"""The walk of the guide to networks, word by word: a server and nodes, one of which is killed."""

import os
import re
from pathlib import Path

import pytest

from tests.docs.walk import Shell, Step, steps
from voltyard.testing.processes import free_port

NETWORK = Path(__file__).parents[2] / "docs" / "network.md"
DATABASE = "postgresql://voltyard:PASSWORD@localhost/voltyard"
PORTS = ("4222", "8080", "8081", "8082", "9000")


def here(step: Step, names: dict[str, str]) -> Step:
    """The step, with the ports and the database of this run."""
    named = re.compile("|".join(map(re.escape, names)))
    command, shown = (
        named.sub(lambda found: names[found[0]], text) for text in (step.command, step.shown)
    )
    return Step(command, shown)


@pytest.mark.service  # typed into bash, on PostgreSQL, with a NATS server of its own
@pytest.mark.timeout(300)
def test_every_command_of_the_walk_prints_what_it_shows(
    tmp_path: Path, empty_postgres: str
) -> None:
    walked = list(steps(NETWORK))
    assert any("kill -9" in step.command for step in walked)
    names = {DATABASE: empty_postgres, **{port: str(free_port()) for port in PORTS}}
    unsaid = {"VOLTYARD_PORT": names["8080"], "VOLTYARD_OCPP_PORT": names["9000"]}
    shell = Shell(tmp_path, os.environ | unsaid)
    try:
        for step in walked:
            printed = shell.walk(here(step, names))
            assert here(step, names).matches(printed), (
                f"\n$ {step.command}\n{step.shown}\nprinted:\n{printed}"
            )
    finally:
        shell.close()


def on_a_bus_with_rights(directory: Path, port: str) -> None:
    """Write the configuration of NATS that the guide has, with passwords and that port."""
    [rights] = re.findall(r"^```\n(authorization: .*?)^```$", NETWORK.read_text(), re.M | re.S)
    passwords = rights.replace("$GATEWAY", "of-gateway").replace("$NODE", "of-node")
    (directory / "nats.conf").write_text(f'listen: "127.0.0.1:{port}"\n{passwords}')


WITH_RIGHTS = """
nats-server -c nats.conf > nats.log 2>&1 &
until grep -qs "Server is ready" nats.log; do sleep 0.1; done
VOLTYARD_BUS_URL=nats://gateway:of-gateway@127.0.0.1:4222 voltyard up --nodes 0 > server.log 2>&1 &
until curl -sf -o /dev/null localhost:8080/health/ready; do sleep 0.1; done
export VOLTYARD_BUS_URL=nats://node:of-node@127.0.0.1:4222
voltyard node --name one --port 8081 --ocpp-port 9001 > one.log 2>&1 &
voltyard node --name two --port 8082 --ocpp-port 9002 > two.log 2>&1 &
until curl -sf -o /dev/null localhost:8081/health/ready; do sleep 0.1; done
until curl -sf -o /dev/null localhost:8082/health/ready; do sleep 0.1; done
VOLTYARD_URL=http://localhost:8081 voltyard csms chargers register HALL-00001 > registered
fleet() { voltyard fleet --prefix HALL- --count 1 --idle --seconds 3 --url ws://127.0.0.1:$1/ocpp; }
fleet 9001 > fleet.log; fleet 9002 >> fleet.log
export VOLTYARD_URL=http://localhost:8081
voltyard csms call HALL-00001 reset type=Soft 2>&1 | grep -o 'is not connected'
grep -h -E 'bus_refuses|Error' *.log
"""
"""A charger goes from node to node, and the other one is asked for it."""


@pytest.mark.service
@pytest.mark.timeout(300)
def test_the_rights_on_the_bus_are_enough(tmp_path: Path, empty_postgres: str) -> None:
    names = {port: str(free_port()) for port in (*PORTS, "9001", "9002")}
    unsaid = {"VOLTYARD_PORT": names["8080"], "VOLTYARD_OCPP_PORT": names["9000"]}
    path = f"{tmp_path}/.venv/bin:{os.environ['PATH']}"
    told = {"PATH": path, "VOLTYARD_TOKEN": "a-key", "VOLTYARD_DATABASE_URL": empty_postgres}
    on_a_bus_with_rights(tmp_path, names["4222"])
    shell = Shell(tmp_path, os.environ | told | unsaid)
    try:
        printed = shell.type(here(Step(WITH_RIGHTS, ""), names).command)
    finally:
        shell.close()

    assert printed == "is not connected"
    assert "HALL-00001" in (tmp_path / "registered").read_text()
    assert (tmp_path / "fleet.log").read_text().count("1 accepted") >= 2
