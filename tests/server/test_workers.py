"""Chargers in worker processes, with the whole server: they live, and outlive what dies."""

import asyncio
import os
import signal
import socket
from pathlib import Path

import pytest

from tests.server.worker_yard import TOKEN, Cable, csms, until, yard
from voltyard.kernel import limits
from voltyard.runtimes import file_descriptors
from voltyard.testing.certificates import RootAuthority
from voltyard.testing.processes import ServerProcess, WorkerProcess

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def arguments(workers: int) -> tuple[str, ...]:
    return ("--provider", "process", "--workers", str(workers))


def server(data: Path, workers: int) -> ServerProcess:
    made = ServerProcess(data, "a-key-for-tests-of-workers", *arguments(workers))
    made.environment["VOLTYARD_CONTROL_TOKEN"] = TOKEN
    return made


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


async def test_workers_dial_a_socket_that_speaks_tls_with_a_certificate_of_their_own(
    tmp_path: Path,
) -> None:
    root = RootAuthority("Operator's root")
    ca = root.file(tmp_path)
    certificate, key = root.sign("csms", "127.0.0.1").files(tmp_path)
    own_certificate, own_key = root.sign("worker").files(tmp_path, "worker")
    made = server(tmp_path / "data", workers=1)
    made.environment |= {
        "VOLTYARD_OCPP_TLS_CERTIFICATE": str(certificate),
        "VOLTYARD_OCPP_TLS_KEY": str(key),
        "VOLTYARD_OCPP_CLIENT_CA": str(ca),
        "VOLTYARD_CONTROL_URL": f"wss://127.0.0.1:{made.ocpp_port}",
        "VOLTYARD_CONTROL_CA": str(ca),
        "VOLTYARD_CONTROL_CERTIFICATE": str(own_certificate),
        "VOLTYARD_CONTROL_KEY": str(own_key),
    }
    async with csms() as there, yard(made) as here:
        charger = await here.charger("CP-1", there.url)

        await here.connected(charger)


async def test_a_cut_of_the_control_link_is_nothing_to_the_chargers_own_links(
    tmp_path: Path,
) -> None:
    count = 50
    gateway = server(tmp_path, workers=0)
    cable = Cable(gateway.ocpp_port)
    await cable.open()
    async with csms() as there, yard(gateway) as here:
        with WorkerProcess("far", cable.url, TOKEN):
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
        del here.server.environment["VOLTYARD_CONTROL_TOKEN"]
        await asyncio.to_thread(here.server.start)

        # then the charger runs once
        await until(lambda: not is_alive(worker), "the worker has ended")
        await here.connected(charger)
        assert there.open_links() == 1


async def test_a_worker_ends_by_itself_where_nobody_comes_back(tmp_path: Path) -> None:
    async with csms() as there, yard(server(tmp_path, workers=0)) as here:
        url, soon = here.server.control_url, {"VOLTYARD_WORKER_AWAY_S": "1"}
        with WorkerProcess("far", url, TOKEN, environment=soon) as worker:
            await here.connected(await here.charger("CP-1", there.url))

            here.server.kill()

            assert await asyncio.to_thread(worker.ended) == 1
            await until(lambda: there.open_links() == 0, "the charger has hung up")
            assert "gateway_given_up" in worker.said()
        await asyncio.to_thread(here.server.start)


async def test_a_worker_that_is_stopped_leaves_its_chargers_to_another(tmp_path: Path) -> None:
    async with csms() as there, yard(server(tmp_path, workers=0)) as here:
        url = here.server.control_url
        with WorkerProcess("one", url, TOKEN) as first:
            charger = await here.charger("CP-1", there.url)
            await here.connected(charger)
            with WorkerProcess("two", url, TOKEN):
                assert await asyncio.to_thread(first.stop) == 0

                await until(lambda: there.visits()["CP-1"] == 2, "it has come again")
                await here.connected(charger)


async def test_a_wrong_token_is_refused(tmp_path: Path) -> None:
    async with yard(server(tmp_path, workers=0)) as here:
        url = here.server.control_url
        with WorkerProcess("far", url, "another-token-of-another-link") as worker:
            assert await asyncio.to_thread(worker.ended) == 2
            assert "the control token is wrong or missing" in worker.said()


async def test_a_worker_of_another_address_comes_over_tls_alone(
    tmp_path: Path, address: str
) -> None:
    # given a server on every address, in the clear
    made = server(tmp_path / "data", workers=0)
    made.environment["VOLTYARD_HOST"] = "0.0.0.0"
    async with csms() as there, yard(made) as here:
        trusting = {"VOLTYARD_CONTROL_PLAIN": "true"}
        url = f"ws://{address}:{made.ocpp_port}"
        with WorkerProcess("far", url, TOKEN, environment=trusting) as worker:
            assert await asyncio.to_thread(worker.ended) == 2
            assert "not encrypted" in worker.said()

        # when its charger socket speaks TLS
        await asyncio.to_thread(made.stop)
        root = RootAuthority("Operator's root")
        certificate, key = root.sign("csms", address).files(tmp_path)
        made.environment |= {
            "VOLTYARD_OCPP_TLS_CERTIFICATE": str(certificate),
            "VOLTYARD_OCPP_TLS_KEY": str(key),
        }
        await asyncio.to_thread(made.start)

        # then the worker is let in
        trusting = {"VOLTYARD_CONTROL_CA": str(root.file(tmp_path))}
        with WorkerProcess("far", f"wss{url[2:]}", TOKEN, environment=trusting):
            await here.connected(await here.charger("CP-1", there.url))


@pytest.fixture
def address() -> str:
    """One of this machine's that is not loopback; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("203.0.113.1", 9))
        except OSError:
            pytest.skip("this machine has no address but loopback")
        found: str = probe.getsockname()[0]
    return found


async def test_chargers_are_spread_as_open_files_allow(tmp_path: Path) -> None:
    async with csms() as there, yard(server(tmp_path, workers=0)) as here:
        # given two workers with room for three chargers each
        url = here.server.control_url
        small = file_descriptors.RESERVED + 3
        with (
            WorkerProcess("one", url, TOKEN, open_files=small),
            WorkerProcess("two", url, TOKEN, open_files=small),
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
