"""`voltyard conform init`: the file of a charger that dials, and of a CSMS that is asked for."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.cli.conform.terminal import Terminal
from voltyard.cli.conform.yaml_files import read_yaml
from voltyard.cli.main import app
from voltyard.conformance.attendants.attendant import NoAttendant
from voltyard.conformance.attendants.own import OwnChargers
from voltyard.conformance.cases.case import Case
from voltyard.conformance.cases.catalogue import chosen
from voltyard.conformance.subject import Subject, Tags, TlsEndpoint
from voltyard.conformance.wire.authority import ConformanceAuthority
from voltyard.network.links.picows_links import PicowsDialler
from voltyard.ports.links import DialFailed, Dialling, Link, LinkUser
from voltyard.testing.processes import ServerProcess, free_port

IDENTITY = "WALL-7"
PASSWORD = "correct-horse-battery"
NOTHING_THERE = "ws://127.0.0.1:1/ocpp"
QUESTION = re.compile(r"(?:^|\n)([^\n]+?)(?: \[[^\]\n]*\])?: $")

WAITING = re.compile(r"(waiting up to [^\n]+)\n$")


class OneOnTheWall(NoAttendant):
    """The charger of `dialling`, which no person attends to."""

    def identity(self, case: Case) -> str:
        return IDENTITY

    def lacks(self, case: Case) -> str:
        return ""


@contextmanager
def dialling(url: str, version: str, **options: Any) -> Iterator[None]:
    """A simulated charger that dials the URL again and again, as one on a wall does."""
    over = threading.Event()

    async def live() -> None:
        chargers = OwnChargers(PicowsDialler(), time.time)
        case = chosen("charger", ids=(), groups=(), versions=(version,))[0]
        await chargers.begin(IDENTITY, replace(case, options=options), url)
        await asyncio.to_thread(over.wait)
        await chargers.close()

    thread = threading.Thread(target=asyncio.run, args=(live(),))
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def run(*arguments: str) -> tuple[int, str]:
    """Exit code and output of a command without a terminal."""
    result = CliRunner().invoke(app, ["conform", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.output


def features(subject: Subject) -> Mapping[str, bool]:
    return {one: subject.has(one) for one in (*subject.features, *subject.lacks)}


@pytest.mark.parametrize(
    ("version", "case", "has", "lacks"),
    [
        pytest.param("1.6", "TC_001_CS", "SmartCharging", "power reserve", id="1.6"),
        pytest.param("2.0.1", "TC_B_13_CS", "SmartCharging", "no ISO15118", id="2.0.1"),
    ],
)
def test_the_file_of_a_charger_that_dials_is_what_its_cases_are_played_by(
    version: str, case: str, has: str, lacks: str, tmp_path: Path
) -> None:
    listen, file = f"ws://127.0.0.1:{free_port()}/ocpp", tmp_path / "subject.yaml"
    with dialling(listen, version, evses=3, password=PASSWORD):
        code, told = run("init", "charger", "--listen", listen, "--output", str(file))
        assert code == 0, told
        played, printed = run(
            *("charger", "--listen", listen, "--cases", case, "--subject", str(file)),
            *("--driver", f"python:{__name__}:OneOnTheWall"),
        )

    subject = read_yaml(file, Subject)
    assert (subject.identities, subject.evses, subject.password) == ([IDENTITY], 3, PASSWORD)
    assert features(subject)[has] and not features(subject)[lacks]
    assert f"{IDENTITY} has dialled with OCPP {version}" in told
    assert f"OCPP {version}" in file.read_text().partition("identities")[0].replace("\n# ", " ")
    assert (played, "1 passed" in printed) == (0, True), printed


def test_no_charger_dials(tmp_path: Path) -> None:
    listen, file = f"ws://127.0.0.1:{free_port()}/ocpp", tmp_path / "subject.yaml"
    code, told = run("init", "charger", "--listen", listen, "--output", str(file), "--wait", "0.2")

    assert code == 2
    assert f"waiting up to 0.2 s for a charger to dial {listen}/<identity>" in told
    assert "voltyard: no charger has dialled within 0.2 s" in told
    assert list(tmp_path.iterdir()) == []


def test_a_charger_of_another_version_is_turned_away_and_named(tmp_path: Path) -> None:
    listen = f"ws://127.0.0.1:{free_port()}/ocpp"
    with dialling(listen, "1.6"):
        code, told = run(
            *("init", "charger", "--listen", listen, "--version", "2.0.1", "--wait", "3"),
            *("--output", str(tmp_path / "subject.yaml")),
        )

    assert code == 2
    assert f"({IDENTITY} did, and offered ocpp1.6)" in told
    assert list(tmp_path.iterdir()) == []


class OddCharger(LinkUser):
    """A charger that answers every request with one text, or with none."""

    def __init__(self, answer: str) -> None:
        self.link: Link | None = None
        self.over = asyncio.Event()
        self._answer = answer

    def opened(self, link: Link) -> None:
        self.link = link

    def received(self, text: str) -> None:
        assert self.link is not None
        if self._answer:
            self.link.send(f'[3,"{json.loads(text)[1]}",{self._answer}]')

    def closed(self, code: int, reason: str) -> None:
        self.over.set()


async def dial_oddly(url: str, answer: str) -> None:
    """Dial as soon as someone listens, and stay until the link ends."""
    dialling = Dialling(f"{url}/{IDENTITY}", ("ocpp1.6",))
    charger = OddCharger(answer)
    while True:
        try:
            await PicowsDialler().dial(dialling, charger)
            break
        except DialFailed:
            await asyncio.sleep(0.05)
    await charger.over.wait()


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        pytest.param("", "an answer to GetConfiguration within 0.6 s", id="none"),
        pytest.param("{}", "configurationKey in the answer to GetConfiguration", id="empty"),
        pytest.param('{"configurationKey": 5}', "in no form of OCPP", id="no list"),
        pytest.param('{"configurationKey": [{}]}', "in no form of OCPP", id="no key"),
    ],
)
def test_a_charger_that_does_not_tell_of_itself(answer: str, told: str, tmp_path: Path) -> None:
    listen, file = f"ws://127.0.0.1:{free_port()}/ocpp", tmp_path / "subject.yaml"
    thread = threading.Thread(target=asyncio.run, args=(dial_oddly(listen, answer),))
    thread.start()
    code, printed = run(
        *("init", "charger", "--listen", listen, "--output", str(file), "--stretch", "0.02")
    )
    thread.join()

    assert code == 2
    assert "it sent no BootNotification, and is asked all the same" in printed
    assert told in printed
    assert list(tmp_path.iterdir()) == []


def test_a_wait_that_is_interrupted_leaves_no_file(tmp_path: Path) -> None:
    arguments = ["--listen", f"ws://127.0.0.1:{free_port()}/ocpp"]
    arguments += ["--output", str(tmp_path / "subject.yaml")]
    terminal = Terminal(["conform", "init", "charger", *arguments], {}, WAITING)
    assert terminal.question()
    terminal.interrupt()
    assert terminal.question() == ""

    assert terminal.end() == 2
    assert "stopped: nothing was written" in terminal.told
    assert "Traceback" not in terminal.told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("role", ["charger", "csms"])
def test_a_file_that_is_there_is_overwritten_by_force_alone(
    role: str, server: ServerProcess, tmp_path: Path
) -> None:
    file = tmp_path / "subject.yaml"
    file.write_text("evses: 9\n")
    where = "--listen" if role == "charger" else "--url"
    arguments = ("init", role, where, server.charger_url, "--output", str(file))
    code, told = run(*arguments)
    assert (code, "is there already" in told) == (2, True), told
    assert file.read_text() == "evses: 9\n"

    if role == "csms":
        code, told = run(*arguments, "--driver", "none", "--force")
        assert code == 0, told
        assert read_yaml(file, Subject).identities == ["CP-1", "CP-2"]


def test_no_csms_answers(tmp_path: Path) -> None:
    file = tmp_path / "subject.yaml"
    code, told = run(
        "init", "csms", "--url", NOTHING_THERE, "--driver", "none", "--output", str(file)
    )

    assert (code, file.exists()) == (2, False)
    assert f"no CSMS answers at {NOTHING_THERE}" in told


def test_a_driver_that_registers_leaves_little_to_ask_for(
    server: ServerProcess, tmp_path: Path
) -> None:
    file = tmp_path / "subject.yaml"
    terminal = init_csms(server, file, "voltyard")
    asked = [question for question in terminal.questions() if not terminal.reply("")]

    assert terminal.end() == 0, terminal.told
    assert asked == [
        "Features that it does not have, with commas (Enter: none)",
        "Password for basic authentication (Enter: none)",
        "Its wss:// endpoint (Enter: none)",
    ]
    assert read_yaml(file, Subject) == Subject()


def test_what_a_person_says_is_in_the_file(server: ServerProcess, tmp_path: Path) -> None:
    file = tmp_path / "subject.yaml"
    terminal = init_csms(server, file, "none")
    said = {
        "Identities": ["CP-8, CP-9"],
        "Features": ["Reservations", "Reservation, TariffAndCost"],
        "Id tag that is accepted": ["0123"],
        "Id tag that is blocked": ["07F6E5D4"],
        "Password": [PASSWORD],
    }
    for question in terminal.questions():
        left = next((rest for begin, rest in said.items() if question.startswith(begin)), [])
        if left and not question.startswith("Id tag that is accepted,"):
            terminal.reply(left.pop(0))
        else:
            terminal.reply("")

    assert terminal.end() == 0, terminal.told
    assert "'Reservations' is no feature; there are Reservation" in terminal.told
    subject = read_yaml(file, Subject)
    assert subject.identities == ["CP-8", "CP-9"]
    assert subject.lacks == ["Reservation", "TariffAndCost"]
    assert (subject.tags.accepted, subject.tags.blocked, subject.tags.expired) == (
        "0123",
        "07F6E5D4",
        None,
    )
    assert subject.password == PASSWORD
    assert "accepted: '0123'  # accepted; as you said" in file.read_text()


def test_a_person_at_the_charger_is_asked_for_what_it_does_not_show(tmp_path: Path) -> None:
    listen, file = f"ws://127.0.0.1:{free_port()}/ocpp", tmp_path / "subject.yaml"
    arguments = ["init", "charger", "--listen", listen, "--output", str(file)]
    with dialling(listen, "1.6", evses=1):
        terminal = Terminal(["conform", *arguments], {}, QUESTION)
        asked = []
        for question in terminal.questions():
            asked.append(question)
            terminal.reply("y" if "fixed cable" in question else "")

    assert terminal.end() == 0, terminal.told
    assert [question for question in asked if question.startswith("Does it have")] == [
        "Does it have: fixed cable?",
        "Does it have: power reserve?",
        "Does it have: security profile 3?",
    ]
    assert asked[-1] == "Password for basic authentication (Enter: none)"
    subject = read_yaml(file, Subject)
    assert subject.has("fixed cable") and not subject.has("power reserve")
    assert (subject.evses, subject.tags, subject.password) == (1, Tags(), None)
    assert "- power reserve  # as you said" in file.read_text()


def test_an_endpoint_with_tls_is_asked_for_with_its_files(
    server: ServerProcess, tmp_path: Path
) -> None:
    file, ca = tmp_path / "subject.yaml", tmp_path / "root.pem"
    ca.write_text(ConformanceAuthority("root", time.time()).root)
    terminal = init_csms(server, file, "voltyard")
    for question in terminal.questions():
        if question.startswith("Its wss://"):
            terminal.reply("wss://csms.example/ocpp")
        elif question.startswith("PEM file of roots"):
            terminal.reply(str(ca) if "is no file" in terminal.told else "root.pom")
        else:
            terminal.reply("")

    assert terminal.end() == 0, terminal.told
    assert "root.pom is no file" in terminal.told
    assert read_yaml(file, Subject).tls == TlsEndpoint(url="wss://csms.example/ocpp", ca=ca)


def test_a_question_that_is_interrupted_leaves_no_file(
    server: ServerProcess, tmp_path: Path
) -> None:
    terminal = init_csms(server, tmp_path / "subject.yaml", "none")
    assert terminal.question().startswith("Identities")
    terminal.interrupt()
    assert terminal.question() == ""

    assert terminal.end() == 2
    assert "stopped: nothing was written" in terminal.told
    assert "Traceback" not in terminal.told
    assert list(tmp_path.iterdir()) == []


def init_csms(server: ServerProcess, file: Path, driver: str) -> Terminal:
    where = ["--url", server.charger_url, "--driver", driver, "--output", str(file)]
    environment = {"VOLTYARD_URL": server.url, "VOLTYARD_TOKEN": "any"}
    return Terminal(["conform", "init", "csms", *where], environment, QUESTION)
