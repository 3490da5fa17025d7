"""Quirks of the handshake and of the connection's life: Q01 to Q17."""

import pytest

from tests.quirks.bench import QuirkBench, on
from voltyard.catalogue.commands.commands import NetworkDrop, PowerCut, PowerRestore
from voltyard.charger.description.specification import ChargerSpec
from voltyard.quirks.dials import QuirkDial

BOTH = ["1.6", "2.0.1"]


def first(bench: QuirkBench) -> QuirkDial:
    dial = bench.dials[0]
    assert isinstance(dial, QuirkDial)
    return dial


# --- the handshake -----------------------------------------------------------------------------


@pytest.mark.parametrize(("variant", "asked"), [("none", ()), ("empty", ("",))])
@pytest.mark.parametrize("version", BOTH)
def test_q01_no_subprotocol(version: str, variant: str, asked: tuple[str, ...]) -> None:
    bench = QuirkBench(version, on("no-subprotocol", variant=variant))

    assert bench.dials[0].subprotocols == asked
    assert bench.said("BootNotification")


def test_q02_odd_subprotocol() -> None:
    bench = QuirkBench("2.0.1", on("odd-subprotocol", also_real=True))

    assert bench.dials[0].subprotocols == ("ocpp2.0.1.1", "ocpp2.0.1")
    assert bench.said("BootNotification")


def test_q03_version_probe() -> None:
    bench = QuirkBench("2.0.1", on("version-probe"))

    assert [dial.subprotocols for dial in bench.dials] == [("ocpp1.6",)]
    assert not bench.sent and bench.linked
    bench.wait(3.0)
    assert [dial.subprotocols for dial in bench.dials] == [("ocpp1.6",), ("ocpp2.0.1",)]
    assert bench.said("BootNotification")


def test_q03_what_the_csms_says_to_a_probe_is_not_heard() -> None:
    bench = QuirkBench("1.6", on("version-probe"))

    assert bench.call("GetVariables", getVariableData=[]) is None
    bench.wait(3.0)
    assert bench.honest.registration.status == "Accepted"


@pytest.mark.parametrize(
    ("variant", "target"),
    [
        ("triple-slash", "///CP%201"),
        ("no-id", "/"),
        ("missing-slash", "/ocppCP%201"),
        ("absolute-uri", "ws://127.0.0.1:9000/ocpp/CP%201"),
        ("unencoded", "/ocpp/CP 1"),
        ("extra-prefix", "/station/ocpp/CP%201"),
        ("trailing-slash", "/ocpp/CP%201/"),
    ],
)
def test_q05_odd_path(variant: str, target: str) -> None:
    assert first(QuirkBench("1.6", on("odd-path", variant=variant))).target == target


def test_q06_malformed_upgrade_now_and_then() -> None:
    bench = QuirkBench("1.6", on("malformed-upgrade", schedule={"every": 2}))

    bench.cut()
    bench.mend()
    bench.wait(600.0)

    rude = [getattr(dial, "rudeness", "") for dial in bench.dials]
    assert rude[:3] == ["", "no-key", ""]
    assert bench.linked


@pytest.mark.parametrize(
    ("variant", "key", "sent"),
    [
        ("hex-verbatim", "0123456789abcdef", "30313233343536373839616263646566"),
        ("hex-decoded", "00ff" * 8, b"\x00\xff".decode("utf-8", "surrogateescape") * 8),
        ("empty-password", "0123456789abcdef", ""),
        ("no-header", "0123456789abcdef", None),
        ("short-key-dropped", "short", None),
        ("short-key-dropped", "0123456789abcdef", "0123456789abcdef"),
        ("other-user", "0123456789abcdef", "0123456789abcdef"),
    ],
)
def test_q07_odd_credentials(variant: str, key: str, sent: str | None) -> None:
    spec = ChargerSpec(identity="CP 1", password=key)
    bench = QuirkBench("1.6", on("odd-credentials", variant=variant), spec=spec)

    assert bench.dials[0].password == sent
    assert bench.dials[0].username == ("admin" if variant == "other-user" else "CP 1")


def test_q08_untrusted_root_of_wss_only() -> None:
    plain = QuirkBench("1.6", on("untrusted-root"))
    spec = ChargerSpec(identity="CP 1", csms_url="wss://127.0.0.1/ocpp")
    secure = QuirkBench("1.6", on("untrusted-root"), spec=spec)

    assert plain.dials[0].tls.ca is None
    assert secure.dials[0].tls.ca == "", "no root is installed"


# --- the connection ----------------------------------------------------------------------------


def test_q10_no_pong() -> None:
    dial = first(QuirkBench("1.6", on("no-pong")))

    assert (dial.answers_pings, dial.ping_interval_s) == (False, 0.0)


def test_q11_half_open() -> None:
    bench = QuirkBench("1.6", on("half-open", after_s=60.0, silent_s=120.0))

    bench.wait(59.0)
    assert bench.call("TriggerMessage", requestedMessage="Heartbeat") == {"status": "Accepted"}
    bench.wait(2.0)
    sent = len(bench.sent)
    assert bench.call("TriggerMessage", requestedMessage="Heartbeat") is None
    bench.wait(100.0)
    assert len(bench.sent) == sent and not bench.hang_ups and bench.linked
    bench.wait(60.0)
    assert len(bench.dials) == 2
    assert bench.is_left_open, "the dead connection was never closed"
    assert bench.call("TriggerMessage", requestedMessage="Heartbeat") == {"status": "Accepted"}


def test_q13_deaf_after_idle() -> None:
    bench = QuirkBench("1.6", on("deaf-after-idle", idle_s=500.0))

    bench.wait(400.0)
    assert bench.call("GetConfiguration") is not None
    bench.wait(1_000.0)
    assert bench.call("GetConfiguration") is None
    assert len(bench.said("Heartbeat")) > 3
    bench.cut()
    bench.mend()
    bench.wait(60.0)
    assert bench.call("GetConfiguration") is not None


def test_q14_slow_redial() -> None:
    bench = QuirkBench("1.6", on("slow-redial"))

    bench.cut()
    bench.mend()
    bench.wait(360.0)
    assert len(bench.dials) == 1
    bench.wait(1_140.0 - 300.0)
    assert len(bench.dials) == 2


def test_q14_never_redials_before_its_power_was_cut() -> None:
    bench = QuirkBench("1.6", on("slow-redial", variant="never"))

    bench.cut()
    bench.mend()
    bench.wait(86_400.0)
    assert len(bench.dials) == 1
    bench.done(PowerCut())
    bench.done(PowerRestore())
    bench.wait(60.0)
    assert len(bench.dials) == 2


def test_q14_knocks_every_ten_seconds_for_ever() -> None:
    bench = QuirkBench("1.6", on("slow-redial", variant="stubborn"), boot=False)
    bench.reachable = False

    bench.tick()
    bench.wait(3_600.0)

    assert len(bench.dials) == pytest.approx(361, abs=1)


def test_q15_flapping() -> None:
    bench = QuirkBench("1.6", on("flapping"))

    bench.wait(600.0)

    assert 600 / 61 <= len(bench.hang_ups) <= 600 / 21
    assert len(bench.dials) >= len(bench.hang_ups)


def test_q16_abrupt_close() -> None:
    bench = QuirkBench("1.6", on("abrupt-close"))

    bench.call("Reset", type="Hard")
    bench.wait(10.0)

    assert [hang_up.abruptly for hang_up in bench.hang_ups] == [True]


def test_q16_cuts_by_itself() -> None:
    bench = QuirkBench("1.6", on("abrupt-close", after_s=30.0))

    bench.wait(29.0)
    assert not bench.hang_ups
    bench.wait(1.5)
    assert [hang_up.abruptly for hang_up in bench.hang_ups] == [True]


def test_q17_thundering_herd() -> None:
    herd = [
        QuirkBench(
            "1.6", on("thundering-herd"), spec=ChargerSpec(identity=f"CP {number}", seed=number)
        )
        for number in range(5)
    ]

    for bench in herd:
        bench.cut()
        bench.wait(0.9)
        assert len(bench.dials) == 1
        bench.wait(20.0)
        assert len(bench.dials) == 21, "no back-off, no chance"


def test_a_drop_of_somebody_elses_is_not_cut_short() -> None:
    bench = QuirkBench("1.6", on("thundering-herd"), on("flapping"))

    bench.done(NetworkDrop(duration_s=600.0))
    bench.wait(599.0)

    assert not bench.linked
    bench.wait(2.0)
    assert bench.linked
