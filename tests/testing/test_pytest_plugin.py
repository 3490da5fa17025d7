"""The plugin as its users have it: in a pytest of their own, with and without pytest-xdist."""

import json
import os
import re
import signal
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from tests.testing.bench import Project, project
from voltyard.kernel.errors import Unavailable
from voltyard.traces.html import built_viewer


@pytest.fixture
def here(tmp_path: Path) -> Project:
    return project(tmp_path)


def test_importing_it_imports_nothing_else_of_voltyard() -> None:
    told = (
        "import sys, voltyard.testing.pytest_plugin; "
        "print([one for one in sys.modules if one.startswith(('voltyard.', 'httpx', 'asyncio.'))])"
    )
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)

    assert json.loads(done.stdout.replace("'", '"')) == [
        "voltyard.testing",
        "voltyard.testing.pytest_plugin",
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("--voltyard-csms-url=http://localhost:9000", "no URL that chargers can dial"),
        ("--voltyard-csms-url=ws://user:secret@localhost/", "VOLTYARD_CSMS_PASSWORD"),
        ("--voltyard-seed=often", "'often' is no whole number"),
        ("--voltyard-timeout=-1", "'-1' is no time in seconds"),
        ("--voltyard-timeout=nan", "'nan' is no time in seconds"),
    ],
)
def test_what_cannot_be_is_told_before_the_first_test(here: Project, said: str, told: str) -> None:
    here.write("test_one.py", "def test_one(charger): charger()")

    run = here.run(said)

    assert run.code == pytest.ExitCode.USAGE_ERROR
    assert told in run.output
    assert "Traceback" not in run.output
    assert "user:secret" not in run.output.replace(said, "")


def test_tests_that_use_no_fixture_of_it_start_no_server(here: Project) -> None:
    here.write(
        "test_one.py",
        """
        import sys

        def test_one():
            assert not [one for one in sys.modules if one.startswith("voltyard.testing.lab")]
        """,
    )

    assert "1 passed" in here.run().counted()


SESSION = """
    import pytest

    BEGIN = {"1.6": "StartTransaction", "2.0.1": "TransactionEvent"}

    @pytest.mark.parametrize("version", BEGIN)
    def test_a_session(charger, voltyard_backend, version):
        cp = charger("CP-1", version=version)
        cp.plug_in({"battery_kwh": 60, "soc": 20})
        cp.swipe("CARD")
        assert cp.wait_until_charging()["transaction"]["id_tag"] == "CARD"
        begun = cp.wait_for(BEGIN[version], sender="charger")
        assert "CARD" in begun.text
        assert cp.wait_for(BEGIN[version], kind="result").message_id == begun.message_id
        assert voltyard_backend.wait_for_transaction("CP-1")["idTag"] == "CARD"

        cp.swipe("CARD")
        cp.unplug()

        cp.wait_for_status("Available")
        assert voltyard_backend.wait_for_transaction("CP-1", "completed")["idTag"] == "CARD"
        heard = voltyard_backend.frames("CP-1", BEGIN[version])
        assert begun.text in [one.text for one in heard]

    def test_faults_power_and_network(charger, voltyard_backend):
        cp = charger()
        cp.fault("GroundFailure")
        cp.wait_for_status("Faulted")
        cp.clear_fault()
        cp.wait_for_status("Available")
        cp.drop_network()
        voltyard_backend.wait_until(lambda: voltyard_backend.charger("CP-1")["status"] == "offline")
        cp.restore_network()
        cp.wait_until_accepted()
        cp.cut_power()
        cp.restore_power()
        cp.wait_for("BootNotification", count=2)

    def test_the_backend_commands(charger, voltyard_backend):
        cp = charger("CP-7")
        voltyard_backend.request("CP-7", "trigger", requestedMessage="Heartbeat")
        assert cp.wait_for("Heartbeat").sender == "charger"

    def test_a_refused_act_and_an_unknown_one_are_told(charger, voltyard_backend):
        from voltyard.testing.lab.simulated_charger import FailedCommand

        voltyard_backend.tag("GOOD")
        cp = charger()
        with pytest.raises(FailedCommand, match="Invalid"):
            cp.start("BAD")
        with pytest.raises(FailedCommand, match="fault_type"):
            cp.fault("Gremlins")
        with pytest.raises(AssertionError, match="its last frames:"):
            cp.wait_for("StopTransaction", timeout=0.1)

    async def test_async(charger, voltyard_backend):
        cp = await charger.aio(version="2.0.1")
        await cp.aio.start("CARD")
        assert await cp.aio.wait_until_charging()
        assert await voltyard_backend.aio.wait_for_transaction(cp.identity)
    """


@pytest.mark.slow
def test_sessions_faults_and_commands_are_driven_from_plain_tests(here: Project) -> None:
    here.write("test_session.py", SESSION)

    run = here.run()

    assert run.code == 0, run.output
    assert "6 passed" in run.counted()


@pytest.mark.slow
def test_a_hundred_tests_at_once_use_one_identity_and_see_only_their_own(here: Project) -> None:
    here.write(
        "test_many.py",
        """
        import pytest

        @pytest.mark.parametrize("number", range(100))
        def test_one(charger, voltyard_backend, voltyard_yard, number):
            assert not voltyard_backend.transactions()
            voltyard_backend.tag(f"TAG-{number}")
            cp = charger("CP-1", version="2.0.1" if number % 2 else "1.6")
            cp.start(f"TAG-{number}")
            assert [one["idTag"] for one in voltyard_backend.transactions()] == [f"TAG-{number}"]
            tags = voltyard_backend.api.get("/api/v1/id-tags")["idTags"]
            assert [one["idTag"] for one in tags] == [f"TAG-{number}"]
            seen = voltyard_yard.api.get("/ocpp/chargers")["data"]
            assert [one["id"] for one in seen] == [cp.id]
        """,
    )

    run = here.run("-n", "2")

    assert run.code == 0, run.output
    assert "100 passed" in run.counted()


def has_viewer() -> bool:
    """True where the viewer of traces was built: it takes Node."""
    try:
        return bool(built_viewer())
    except Unavailable:
        return False


HOSTILE = [
    "../../../../tmp/escaped",
    "a" * 400,
    "CON",
    "ünïcode \U0001f50c \u202e",
    'quote"<script>alert(1)</script>',
    "new\nline",
]


@pytest.mark.slow
def test_a_failed_test_leaves_its_frames_its_seed_and_its_trace(here: Project) -> None:
    here.write(
        "test_red.py",
        f"""
        import pytest

        @pytest.mark.parametrize("name", {HOSTILE!r}, ids=str)
        def test_red(charger, voltyard_backend, name):
            voltyard_backend.tag("BLOCKED", "blocked")
            cp = charger("..CP <1>", version="2.0.1")
            cp.start("BLOCKED")
            cp.wait_for("TransactionEvent", timeout=0.1)

        @pytest.fixture
        def broken(charger):
            charger()
            raise RuntimeError("a fixture of the user's")

        def test_broken(broken): pass

        def test_green(charger): charger()
        """,
    )

    run = here.run("-n", "2", "--voltyard-seed=77", "--junit-xml=junit.xml")

    assert run.code == pytest.ExitCode.TESTS_FAILED, run.output
    assert f"{len(HOSTILE)} failed, 1 passed, 1 error" in run.counted()
    left = here.directory / "build" / "voltyard"
    directories = sorted(left.iterdir())
    assert len(directories) == len(HOSTILE) + 1
    for one in directories:
        assert re.fullmatch(r"[A-Za-z0-9_-]{1,100}", one.name)
        about = json.loads((one / "about.json").read_text())
        assert about["seed"] == 77
        [log] = one.glob("*.jsonl")
        actions = [json.loads(line)["action"] for line in log.read_text().splitlines()]
        assert actions[0] == "BootNotification"
        assert f"frames  {log.relative_to(here.directory)}" in run.output
        assert (one / "trace.html").exists() == has_viewer()
        assert ("Authorize" in actions) == ("test_red[" in about["test"])
    assert run.output.count("repeat it with --voltyard-seed=77") == len(directories)
    assert run.output.count("trace   ") == len(directories)
    cases = ElementTree.parse(here.directory / "junit.xml").iter("testcase")
    told = {one.get("value") for case in cases for one in case.iter("property")}
    assert {"77"} <= told
    assert sum(str(one) in told for one in directories) == len(directories)


@pytest.mark.slow
def test_one_seed_gives_the_same_charger_whatever_runs_beside_it(here: Project) -> None:
    here.write(
        "test_seed.py",
        """
        def test_other(charger): charger()

        def test_seed(charger):
            raise RuntimeError(f"<{charger('A').seed} {charger('B').seed}>")
        """,
    )

    def seeds(*arguments: str) -> str:
        found = re.findall(r"RuntimeError: <(\d+ \d+)>", here.run(*arguments).output)
        return str(found[0])

    alone = seeds("--voltyard-seed=7", "-k", "test_seed")
    assert seeds("--voltyard-seed=7", "-n", "2") == alone
    assert len(set(alone.split())) == 2
    assert seeds() != alone


@pytest.mark.slow
def test_a_fresh_seed_is_one_for_all_processes_of_a_run(here: Project) -> None:
    here.write(
        "test_seed.py",
        """
        import pytest

        @pytest.mark.parametrize("number", range(4))
        def test_seed(voltyard_yard, worker_id, number):
            raise RuntimeError(f"<in {worker_id}>")
        """,
    )

    run = here.run("-n", "2", "--dist", "each")

    assert set(re.findall(r"RuntimeError: <in (\w+)>", run.output)) == {"gw0", "gw1"}
    assert len(set(re.findall(r"--voltyard-seed=(\d+)", run.output))) == 1


CSMS = """
    import asyncio, base64, json, threading
    from datetime import UTC, datetime

    from websockets.asyncio.server import serve

    class Csms:
        def __init__(self, wanted="a password of it"):
            self.wanted = wanted
            self.seen = []

        async def talk(self, link):
            authorization = link.request.headers.get("Authorization", "Basic Og==")
            password = base64.b64decode(authorization.split()[1]).decode().partition(":")[2]
            self.seen.append((link.request.path, password))
            if password != self.wanted:
                return
            async for text in link:
                _, id, action, _ = json.loads(text)
                answer = {}
                if action == "BootNotification":
                    now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
                    answer = {"currentTime": now, "interval": 300, "status": "Accepted"}
                elif action == "Authorize":
                    answer = {"idTagInfo": {"status": "Blocked"}}
                await link.send(json.dumps([3, id, answer]))

        def serve(self):
            return serve(self.talk, "127.0.0.1", 0, subprotocols=["ocpp1.6"])
    """


@pytest.mark.slow
def test_a_csms_in_the_loop_of_an_async_test_is_put_under_test(here: Project) -> None:
    here.write("csms.py", CSMS)
    here.write(
        "test_mine.py",
        """
        import pytest
        from csms import Csms
        from voltyard.testing.lab.simulated_charger import FailedCommand

        async def test_mine(charger):
            csms = Csms()
            async with csms.serve() as server:
                port = server.sockets[0].getsockname()[1]
                url = f"ws://127.0.0.1:{port}/mine"
                cp = await charger.aio("CP-1", url=url, password="a password of it")
                await cp.aio.plug_in()
                with pytest.raises(FailedCommand, match="Blocked"):
                    await cp.aio.swipe("CARD")
            assert csms.seen == [("/mine/CP-1", "a password of it")]
        """,
    )

    run = here.run("-p", "no:xdist")

    assert run.code == 0, run.output


@pytest.mark.slow
def test_identities_of_a_foreign_csms_are_shared_out_between_processes(here: Project) -> None:
    here.write("csms.py", CSMS)
    here.write(
        "serve.py",
        """
        import asyncio
        from csms import Csms

        async def main():
            async with Csms("secret").serve() as server:
                print(server.sockets[0].getsockname()[1], flush=True)
                await asyncio.Future()

        asyncio.run(main())
        """,
    )
    here.write(
        "test_mine.py",
        """
        import pytest

        @pytest.mark.parametrize("number", range(12))
        def test_mine(charger, csms_under_test, number, worker_id):
            first, second = charger().identity, charger().identity
            with open(f"seen-{worker_id}", "a") as seen:
                print(first, second, file=seen)
            assert csms_under_test.password == "secret"
        """,
    )
    served = subprocess.Popen(
        [sys.executable, "serve.py"], cwd=here.directory, stdout=subprocess.PIPE, text=True
    )
    assert served.stdout is not None
    with served:
        try:
            url = f"ws://127.0.0.1:{served.stdout.readline().strip()}/ocpp"
            here.write(
                "pytest.ini",
                f"[pytest]\nasyncio_mode = auto\nvoltyard_csms_url = {url}\n",
            )
            variables = {"VOLTYARD_CSMS_PASSWORD": "secret", "VOLTYARD_IDENTITIES": "A, B, C, D"}
            run = Project(here.directory, variables).run("-n", "2")
            short = Project(here.directory, variables).run("-n", "2", "--voltyard-identities=A,B,C")
        finally:
            served.kill()

    assert run.code == 0, run.output
    seen = [set(path.read_text().splitlines()) for path in here.directory.glob("seen-*")]
    assert {"A C"} in seen
    assert set.union(*seen) <= {"A C", "B D"}
    assert "more chargers than its share of the 3 identities" in short.output


@pytest.mark.slow
def test_a_csms_that_refuses_is_told_with_its_reason(here: Project) -> None:
    here.write("test_one.py", "def test_one(charger): charger('CP-1', timeout=1)")

    run = here.run("--voltyard-csms-url=ws://127.0.0.1:9/ocpp")

    assert run.code == pytest.ExitCode.TESTS_FAILED
    assert "CP-1: the CSMS has not accepted it" in run.output
    assert "the CSMS has not accepted it: it has not" not in run.output
    assert "refused" in run.output


@pytest.mark.slow
def test_a_killed_run_leaves_no_server_behind(here: Project) -> None:
    here.write(
        "test_one.py",
        """
        import os, signal

        def test_one(voltyard_server):
            print(voltyard_server.pid, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """,
    )

    run = here.run("-s", "-p", "no:xdist")

    assert run.code == -signal.SIGKILL
    [pid] = re.findall(r"^\.?.*?(\d+)$", run.output.strip(), re.MULTILINE)[-1:]
    descriptor = _opened(int(pid))
    if descriptor is not None:
        import select

        assert select.select([descriptor], [], [], 120.0)[0], "the server still runs"
        os.close(descriptor)


def _opened(pid: int) -> int | None:
    """A descriptor that can be read once the process has ended; None where it has already."""
    try:
        return os.pidfd_open(pid)
    except ProcessLookupError:
        return None
