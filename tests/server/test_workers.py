"""Chargers in worker processes, with the whole server: they live, and outlive what dies."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.server.worker_yard import Cable, csms, until, yard
from voltyard.bus.local_server import LocalBusServer
from voltyard.kernel import limits
from voltyard.runtimes import file_descriptors
from voltyard.testing.processes import ServerProcess, WorkerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def arguments(workers: int) -> tuple[str, ...]:
    return ("--provider", "process", "--workers", str(workers))


def server(data: Path, workers: int) -> ServerProcess:
    return ServerProcess(data, "a-key-for-tests-of-workers", *arguments(workers))


def pid_of(data: Path, worker: str) -> int:
    """Of a worker of the server's own."""
    file = data / "workers" / f"{worker}.lock"
    return int(file.read_text() or "0") if file.exists() else 0


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_a_charger_lives_its_whole_life_in_a_worker(tmp_path: Path) -> None:
    async with csms() as there, yard(server(tmp_path, workers=1)) as here:
        # created, and driven
        charger = await here.charger("CP-1", there.url)
        await here.connected(charger)
        assert (await here.command("plug-connector", charger))["status"] == "completed"
        assert (await here.command("swipe", charger, id_tag="TAG"))["status"] == "completed"
        state = (await here.state(charger)).json()
        assert state["connectors"][0]["transaction"]["id_tag"] == "TAG"

        # stopped, started and reset, each with the provider's five words
        five = {
            "provider": "process",
            "runtime_kind": "worker_process",
            "service_name": charger,
            "status": "ACTIVE",
        }
        assert await here.runtime("stop-charger", charger) == {**five, "desired_count": 0}
        assert (await here.state(charger)).status_code == 409
        assert await here.runtime("start-charger", charger) == {**five, "desired_count": 1}
        await here.connected(charger)
        assert await here.runtime("reset-charger", charger) == {**five, "desired_count": 1}
        await here.connected(charger)

        # and deleted
        await here.ask("DELETE", f"/ocpp/chargers/{charger}")
        await until(lambda: there.open_links() == 0, "no link is open")
        worker = pid_of(tmp_path, "local-1")
        assert is_alive(worker)
    assert not is_alive(worker)


async def test_the_chargers_of_all_workers_are_summed_up_and_listed(tmp_path: Path) -> None:
    async with csms() as there, yard(server(tmp_path, workers=2)) as here:
        ids = [await here.charger(f"CP-{number}", there.url) for number in range(4)]
        for charger in ids:
            await here.connected(charger)
        assert pid_of(tmp_path, "local-1") and pid_of(tmp_path, "local-2")
        for charger in ids[:3]:
            await here.command("plug-connector", charger)
            assert (await here.command("swipe", charger, id_tag="TAG"))["status"] == "completed"

        # what flows in all processes is in one answer
        found = await here.until(
            lambda: here.ask("GET", "/ocpp/summary"),
            lambda one: one["connectors"]["by_status"].get("Charging") == 3,
        )
        assert found["chargers"] == {
            "total": 4,
            "connected": 4,
            "accepted": 4,
            "by_provisioning": {"READY": 4},
        }
        assert found["connectors"]["total"] == 4
        assert found["connectors"]["in_transaction"] == 3
        assert found["power_w"] > 0

        # so is a list, with the state that each would answer
        query = "include=state&status=charging&sort=-identity"
        charging = await here.ask("GET", f"/ocpp/chargers?{query}")
        assert [one["identity"] for one in charging["data"]] == ["CP-2", "CP-1", "CP-0"]
        assert charging["total"] == 3
        for one in charging["data"]:
            alone = (await here.state(one["id"])).json()
            assert one["state"].keys() == alone.keys()
            assert one["state"]["connectors"][0]["transaction"]["id_tag"] == "TAG"

        # and what stops is counted no more
        await here.runtime("stop-charger", ids[0])
        stopped = await here.ask("GET", "/ocpp/chargers?status=stopped")
        assert [one["identity"] for one in stopped["data"]] == ["CP-0"]
        left = await here.ask("GET", "/ocpp/summary")
        assert left["connectors"]["in_transaction"] == 2

        # one whose process is killed is counted anew when it runs again
        os.kill(pid_of(tmp_path, "local-1"), signal.SIGKILL)
        await here.until(
            lambda: here.ask("GET", "/ocpp/summary"),
            lambda one: one["chargers"]["connected"] == 3,
        )


async def test_a_worker_that_is_killed_is_started_again_and_its_charger_remembers(
    tmp_path: Path,
) -> None:
    async with yard(server(tmp_path, workers=1)) as here:
        # given a charger in a transaction at the server's own backend
        await here.ask("POST", "/api/v1/chargers", {"chargeBoxId": "CP-1"})
        charger = await here.charger("CP-1", here.server.charger_url)
        await here.connected(charger)
        await here.command("plug-connector", charger)
        await here.command("swipe", charger, id_tag="TAG")
        started = await here.until(
            lambda: here.ask("GET", "/api/v1/transactions"), lambda found: found["transactions"]
        )
        first = pid_of(tmp_path, "local-1")

        # when its worker is killed
        os.kill(first, signal.SIGKILL)

        # then another goes on with it, and ends the transaction that the power cut has cut short
        ended = await here.until(
            lambda: here.ask("GET", "/api/v1/transactions"),
            lambda found: found["transactions"][0]["status"] == "completed",
        )
        await here.connected(charger)
        assert pid_of(tmp_path, "local-1") != first
        assert ended["pagination"]["total"] == 1
        [before], [after] = started["transactions"], ended["transactions"]
        assert after["transactionId"] == before["transactionId"]
        assert after["stopReason"] == "PowerLoss"
        assert (await here.status(charger))["status"] == "READY"


async def test_a_worker_that_dies_too_often_is_given_up_and_its_charger_says_so(
    tmp_path: Path,
) -> None:
    async with csms() as there, yard(server(tmp_path, workers=1)) as here:
        charger = await here.charger("CP-1", there.url)
        await here.connected(charger)

        # when its worker dies whenever it is started
        deaths = 0
        while (await here.status(charger))["status"] == "READY":
            worker = pid_of(tmp_path, "local-1")
            if worker and is_alive(worker):
                os.kill(worker, signal.SIGKILL)
                deaths += 1
                await until(lambda dead=worker: not is_alive(dead), "it is dead")
            await asyncio.sleep(0.02)
            assert deaths < 20

        # then that has an end
        assert deaths == limits.WORKER_RESTARTS + 1
        error = (await here.status(charger))["error"]
        assert (error["code"], error["retryable"]) == ("runtime_ended", True)


async def test_a_cut_between_bus_and_worker_is_nothing_to_the_chargers_own_links(
    tmp_path: Path,
) -> None:
    count = 50
    async with csms() as there, yard(server(tmp_path, workers=0)) as here:
        cable = Cable(here.server.bus_url)
        await cable.open()
        with WorkerProcess("far", cable.url):
            # given chargers on a worker at the far end of a cable
            names = [f"CP-{number}" for number in range(count)]
            for name in names:
                await here.charger(name, there.url)
            for name in names:
                await here.connected(name)

            # when the cable is cut
            cable.cut()

            # then what is asked meanwhile has a clear answer
            refused = await here.command("plug-connector", names[0])
            assert refused["status"] == "failed"
            assert refused["error"]["code"] == "unavailable"
            assert "worker far is not attached" in refused["error"]["message"]
            asked = await here.state(names[1])
            assert asked.status_code == 503
            assert "worker far is not attached" in asked.text

            # and once it is mended all is as it was: no charger has come to its CSMS again
            cable.mend()
            await here.until(lambda: here.state(names[0]), lambda answer: answer.is_success)
            for name in names:
                assert (await here.command("plug-connector", name))["status"] == "completed"
            assert there.open_links() == count
            assert set(there.visits().values()) == {1}
        await cable.close()


async def test_a_server_that_is_killed_finds_its_workers_again_with_all_links_up(
    tmp_path: Path,
) -> None:
    count = 10
    async with csms() as there, yard(server(tmp_path, workers=2)) as here:
        # given chargers in the workers of a server, one of them in a transaction
        names = [f"CP-{number}" for number in range(count)]
        for name in names:
            await here.charger(name, there.url)
        for name in names:
            await here.connected(name)
        await here.command("plug-connector", names[0])
        await here.command("swipe", names[0], id_tag="TAG")
        workers = [pid_of(tmp_path, f"local-{number}") for number in (1, 2)]

        # when it is killed, and started again
        here.server.kill()
        assert there.open_links() == count
        await asyncio.to_thread(here.server.start)

        # then it has the same workers, and the chargers have not noticed
        for name in names:
            await here.until(lambda n=name: here.state(n), lambda answer: answer.is_success)
            await here.connected(name)
        assert [pid_of(tmp_path, f"local-{number}") for number in (1, 2)] == workers
        state = (await here.state(names[0])).json()
        assert state["connectors"][0]["transaction"]["transaction_id"] == "7"
        assert (await here.command("plug-connector", names[1]))["status"] == "completed"
        assert there.open_links() == count
        assert set(there.visits().values()) == {1}
        assert there.calls("BootNotification") == count


async def test_a_server_that_wants_fewer_workers_sees_the_others_off(tmp_path: Path) -> None:
    async with csms() as there, yard(server(tmp_path, workers=2)) as here:
        # given chargers in two workers
        names = [f"CP-{number}" for number in range(4)]
        for name in names:
            await here.charger(name, there.url)
        for name in names:
            await here.connected(name)
        first, second = (pid_of(tmp_path, f"local-{number}") for number in (1, 2))

        # when the server is killed, and started again with one
        here.server.kill()
        here.server.arguments = arguments(workers=1)
        await asyncio.to_thread(here.server.start)

        # then that one has them all
        await until(lambda: not is_alive(second), "the second worker has ended")
        for name in names:
            await here.until(lambda n=name: here.state(n), lambda answer: answer.is_success)
            await here.connected(name)
        assert is_alive(first)


async def test_a_server_that_has_no_use_for_workers_ends_those_it_finds(tmp_path: Path) -> None:
    async with csms() as there, yard(server(tmp_path, workers=1)) as here:
        charger = await here.charger("CP-1", there.url)
        await here.connected(charger)
        worker = pid_of(tmp_path, "local-1")

        # when the server is killed, and the next runs its chargers itself
        here.server.kill()
        here.server.arguments = ()
        await asyncio.to_thread(here.server.start)

        # then the charger runs once
        await until(lambda: not is_alive(worker), "the worker has ended")
        await here.connected(charger)
        assert there.open_links() == 1


async def test_a_worker_ends_by_itself_where_nobody_comes_back(tmp_path: Path) -> None:
    async with csms() as there, yard(server(tmp_path, workers=0)) as here:
        url, soon = here.server.bus_url, {"VOLTYARD_WORKER_AWAY_S": "1"}
        with WorkerProcess("far", url, environment=soon) as worker:
            await here.connected(await here.charger("CP-1", there.url))

            here.server.kill()

            assert await asyncio.to_thread(worker.ended) == 1
            await until(lambda: there.open_links() == 0, "the charger has hung up")
            assert "gateway_given_up" in worker.said()
        await asyncio.to_thread(here.server.start)


async def test_a_worker_that_is_stopped_leaves_its_chargers_to_another(tmp_path: Path) -> None:
    async with csms() as there, yard(server(tmp_path, workers=0)) as here:
        url = here.server.bus_url
        with WorkerProcess("one", url) as first:
            chargers = [await here.charger(f"CP-{n}", there.url) for n in range(3)]
            for charger in chargers:
                await here.connected(charger)
            with WorkerProcess("two", url):
                await until(lambda: "worker=two" in here.server.said(), "the other is there")
                assert await asyncio.to_thread(first.stop) == 0

                await until(lambda: "chargers_moved" in here.server.said(), "they have moved")
                await until(lambda: min(there.visits().values()) == 2, "they have come again")
                for charger in chargers:
                    await here.connected(charger)
                assert "count=3 left=0" in here.server.said()


async def test_a_wrong_password_is_refused(tmp_path: Path) -> None:
    async with yard(server(tmp_path, workers=0)) as here:
        url = here.server.bus_url
        password = url.partition("@")[0].rpartition(":")[2]
        with WorkerProcess("far", url.replace(password, "another-password")) as worker:
            assert await asyncio.to_thread(worker.ended) == 2
            assert "does not let us in: Authorization Violation" in worker.said()


async def test_a_bus_server_that_is_killed_is_said_in_health_and_costs_nothing(
    tmp_path: Path,
) -> None:
    async with csms() as there, yard(server(tmp_path, workers=1)) as here:
        # given a charger in a worker, over a bus of the server's own
        charger = await here.charger("CP-1", there.url)
        await here.connected(charger)
        log = (tmp_path / "bus" / "nats.log").read_text()
        [pid] = {int(line[1 : line.index("]")]) for line in log.splitlines() if line[:1] == "["}

        # when the bus's server dies
        os.kill(pid, signal.SIGKILL)

        # then the charger is as it was, and does what it is told
        answer = await here.command("plug-connector", charger)
        if answer["status"] != "completed":
            assert answer["error"]["code"] == "unavailable"
            await here.until(lambda: here.state(charger), lambda one: one.is_success)
            answer = await here.command("plug-connector", charger)
        assert answer["status"] == "completed"
        assert there.visits()["CP-1"] == 1
        await here.until(lambda: here.client.get("/health/ready"), lambda one: one.is_success)


async def test_a_bus_that_is_named_is_taken_and_its_end_is_in_health(tmp_path: Path) -> None:
    bus = LocalBusServer(tmp_path / "elsewhere")
    await bus.start()
    made = server(tmp_path / "data", workers=1)
    made.environment |= {"VOLTYARD_BUS_URL": bus.url, "VOLTYARD_BUS_NAME": "named"}
    async with csms() as there, yard(made) as here:
        charger = await here.charger("CP-1", there.url)
        await here.connected(charger)
        assert not (tmp_path / "data" / "bus").exists()

        # when it is gone
        await bus.close()
        found = await here.until(
            lambda: here.client.get("/health/ready"), lambda one: one.status_code == 503
        )
        assert "bus_gone" in found.text
        assert "is gone" in found.text and bus.url.partition("@")[0] not in found.text
        assert (await here.state(charger)).status_code == 503
        assert there.open_links() == 1

        # and back
        await bus.start()
        await here.until(lambda: here.state(charger), lambda one: one.is_success)
        await here.until(
            lambda: here.client.get("/health/ready"), lambda one: one.status_code == 200
        )
        assert there.visits()["CP-1"] == 1
    await bus.close()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda url: url.rpartition(":")[0] + ":9", "is not reached"),
        (lambda url: url.replace("gateway:", "gateway:no"), "does not let us in"),
        (lambda url: url.replace("nats:", "tls:"), "no TLS|does not let us in|not reached"),
    ],
)
async def test_a_bus_that_cannot_be_used_is_said_at_the_start(
    tmp_path: Path, change: Callable[[str], str], words: str
) -> None:
    bus = LocalBusServer(tmp_path / "elsewhere")
    await bus.start()
    made = server(tmp_path / "data", workers=0)
    made.environment["VOLTYARD_BUS_URL"] = change(bus.url)

    with pytest.raises(AssertionError, match=words) as failure:
        await asyncio.to_thread(made.start)

    assert bus.url.partition("@")[0].rpartition(":")[2] not in str(failure.value)
    await bus.close()


async def test_chargers_are_spread_as_open_files_allow(tmp_path: Path) -> None:
    async with csms() as there, yard(server(tmp_path, workers=0)) as here:
        # given two workers with room for three chargers each
        url = here.server.bus_url
        small = file_descriptors.RESERVED + 3
        with (
            WorkerProcess("one", url, open_files=small),
            WorkerProcess("two", url, open_files=small),
        ):
            # when seven are made
            made = [await here.charger(f"CP-{number}", there.url) for number in range(7)]
            ends = [await here.settled(charger) for charger in made]

            # then one of them has no place, and is told so
            [failed] = [end for end in ends if end["status"] == "FAILED"]
            assert failed["error"]["code"] == "unavailable"
            assert failed["error"]["retryable"] is True
            assert "every worker is full: 6 chargers on 2 workers" in failed["error"]["message"]
            await until(lambda: there.open_links() == 6, "six are connected")

            # and has one where room was made for it
            await here.ask("DELETE", f"/ocpp/chargers/{made[0]}")
            await here.runtime("start-charger", failed["charger_id"])
            assert (await here.settled(failed["charger_id"]))["status"] == "READY"
