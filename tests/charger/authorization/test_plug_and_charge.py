"""Plug and Charge at the charger: contract certificates, and certificates for vehicles (C07, M01,
M02)."""

from typing import Any

import pytest

from tests.charger.bench import START, Bench, again, answering, refusing, silent
from tests.charger.security.bench import bench_of, install
from tests.pki.wrong_chains import EMAID, WRONG_CHAINS, ChainBench, WrongChain
from voltyard.catalogue.commands import commands

CENTRAL_OFF = {"ISO15118Ctrlr.CentralContractValidationAllowed": "false"}
UNKNOWN_MAY = {"AuthCtrlr.OfflineTxForUnknownIdEnabled": "true"}
URL = "http://ocsp.test"
EXI = "gJgAAAA="


@pytest.fixture(scope="module")
def chains() -> ChainBench:
    return ChainBench(START, URL)


def bench_with(chains: ChainBench, *, trusts: bool = True, **spec: Any) -> Bench:
    """A charger of 2.0.1 that trusts the mobility operator's root."""
    bench = bench_of("2.0.1", **spec)
    if trusts:
        install(bench, chains.trusted[0], "MORootCertificate")
    return bench


def arrives(bench: Bench, chains: ChainBench, **said: Any) -> dict[str, Any]:
    """A vehicle with a contract is plugged in; what the charger shows of it."""
    bench.done(commands.PlugIn(contract_chain=chains.pki["contract"].chain, **said))
    return contract(bench)


def contract(bench: Bench) -> dict[str, Any]:
    shown = bench.state.connectors[0].contract
    assert shown is not None
    return {"stage": shown.stage, "verdict": shown.certificate_status, "reason": shown.reason}


def charges(bench: Bench) -> bool:
    return any(connector.power_w > 0 for connector in bench.state.connectors)


def judged(status: str = "Accepted", certificate: str | None = "Accepted") -> Any:
    answer: dict[str, Any] = {"idTokenInfo": {"status": status}}
    return answering(answer | ({"certificateStatus": certificate} if certificate else {}))


# --- restarts ----------------------------------------------------------------------------------


@pytest.mark.parametrize("is_new_process", [False, True])
def test_after_a_power_cut_a_vehicle_that_is_still_plugged_in_authorizes_itself_anew(
    chains: ChainBench, is_new_process: bool
) -> None:
    bench = bench_with(chains)
    bench.answers["Authorize"] = judged()
    arrives(bench, chains)
    assert charges(bench)

    if is_new_process:
        bench = again(bench)
        bench.answers["Authorize"] = judged()
    else:
        bench.done(commands.PowerCut(duration_s=30.0))
        bench.forget()
    bench.wait(60)

    [asked] = bench.said("Authorize")
    assert asked["idToken"] == {"idToken": EMAID, "type": "eMAID"}
    assert contract(bench)["stage"] == "Accepted"
    assert charges(bench)
    events = bench.said("TransactionEvent")
    ended = [
        one["transactionInfo"]["stoppedReason"] for one in events if one["eventType"] == "Ended"
    ]
    assert ended == ["PowerLoss"]


def test_a_contract_that_was_refused_is_judged_anew_and_one_that_left_is_forgotten(
    chains: ChainBench,
) -> None:
    bench = bench_with(chains)
    bench.answers["Authorize"] = judged("Blocked")
    arrives(bench, chains)

    bench.done(commands.Reboot())
    bench.wait(60)
    asked = len(bench.said("Authorize"))
    bench.done(commands.Unplug())
    bench.done(commands.Reboot())
    bench.wait(60)

    assert asked == len(bench.said("Authorize")) == 2
    assert not charges(bench)


# --- online ------------------------------------------------------------------------------------


def test_tc_c_50_a_contract_that_is_sound_here_is_asked_about_by_hash_data(
    chains: ChainBench,
) -> None:
    bench = bench_with(chains)
    bench.answers["Authorize"] = judged()

    assert arrives(bench, chains)["stage"] == "Accepted"

    [asked] = bench.said("Authorize")
    assert asked["idToken"] == {"idToken": EMAID, "type": "eMAID"}
    assert "certificate" not in asked
    hashes = asked["iso15118CertificateHashData"]
    own = f"{chains.pki['contract'].certificate.serial_number:x}"
    assert hashes[0]["serialNumber"] == own
    assert {one["responderURL"] for one in hashes} == {URL}
    assert len(hashes) == 3  # the contract and two authorities, and not the root
    assert charges(bench)
    assert bench.said("TransactionEvent")[0]["idToken"]["type"] == "eMAID"


@pytest.mark.parametrize(
    ("status", "certificate"),
    [
        ("Invalid", "CertificateRevoked"),
        ("Accepted", "CertificateRevoked"),
        ("Accepted", "ContractCancelled"),
        ("Blocked", "Accepted"),
    ],
)
def test_tc_c_51_both_the_certificate_and_its_emaid_have_to_be_accepted(
    chains: ChainBench, status: str, certificate: str
) -> None:
    bench = bench_with(chains)
    bench.answers["Authorize"] = judged(status, certificate)

    shown = arrives(bench, chains)

    assert (shown["stage"], shown["verdict"]) == ("Refused", certificate)
    assert not charges(bench)
    assert not bench.said("TransactionEvent")


def test_tc_c_52_a_contract_of_an_unknown_root_is_handed_to_the_csms(chains: ChainBench) -> None:
    bench = bench_with(chains, trusts=False)
    bench.answers["Authorize"] = judged()

    assert arrives(bench, chains)["stage"] == "Accepted"

    [asked] = bench.said("Authorize")
    assert asked["certificate"] == chains.pki["contract"].chain
    assert "iso15118CertificateHashData" not in asked


def test_without_central_validation_it_is_refused_here(chains: ChainBench) -> None:
    bench = bench_with(chains, trusts=False, settings=CENTRAL_OFF)
    assert arrives(bench, chains)["stage"] == "Refused"
    assert not bench.said("Authorize")


def test_a_contract_without_a_responder_is_handed_over_as_a_whole_or_by_its_emaid_alone() -> None:
    chains = ChainBench(START)
    whole, alone = bench_with(chains), bench_with(chains, settings=CENTRAL_OFF)
    for bench in (whole, alone):
        arrives(bench, chains)
        assert "iso15118CertificateHashData" not in bench.said("Authorize")[0]
    assert "certificate" in whole.said("Authorize")[0]
    assert "certificate" not in alone.said("Authorize")[0]


def test_a_chain_longer_than_a_message_may_have_it_is_refused(chains: ChainBench) -> None:
    bench = bench_with(chains, trusts=False)
    spaced = chains.pki["contract"].chain.replace("\n", "\n" * 100)
    bench.done(commands.PlugIn(contract_chain=spaced))
    assert contract(bench)["stage"] == "Refused"
    assert not bench.said("Authorize")


@pytest.mark.parametrize("way", WRONG_CHAINS, ids=lambda way: way.name)
@pytest.mark.parametrize("central", [True, False], ids=["central", "local"])
def test_a_wrong_chain_is_refused_here_or_left_to_the_csms(
    chains: ChainBench, way: WrongChain, central: bool
) -> None:
    bench = bench_with(chains, settings={} if central else CENTRAL_OFF)
    bench.answers["Authorize"] = judged("Invalid", "CertChainError")

    bench.done(commands.PlugIn(contract_chain=way.made(chains), emaid=way.emaid))

    shown = contract(bench)
    assert (shown["stage"], shown["verdict"]) == ("Refused", way.verdict)
    assert not charges(bench)
    assert bool(bench.said("Authorize")) is (central and way.is_rootless)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"ISO15118Ctrlr.PnCEnabled": "false"}, "PnCEnabled is off"),
        ({"ISO15118Ctrlr.Enabled": "false"}, "the charger does not speak ISO 15118"),
    ],
)
def test_without_plug_and_charge_the_vehicle_waits_for_a_card(
    chains: ChainBench, settings: dict[str, str], reason: str
) -> None:
    bench = bench_with(chains, settings=settings)
    assert arrives(bench, chains) == {"stage": "NotUsed", "verdict": None, "reason": reason}
    assert not bench.said("Authorize")
    bench.done(commands.Swipe(id_tag="04A1B2C3"))
    assert charges(bench)


def test_a_charger_of_1_6_does_not_use_a_contract(chains: ChainBench) -> None:
    bench = bench_of("1.6")
    assert arrives(bench, chains)["stage"] == "NotUsed"


def test_whoever_was_authorized_before_the_cable_came_is_not_asked_about_again(
    chains: ChainBench,
) -> None:
    bench = bench_with(chains)
    bench.done(commands.Swipe(id_tag="04A1B2C3"))
    assert arrives(bench, chains)["stage"] == "NotUsed"
    assert [one["idToken"]["idToken"] for one in bench.said("Authorize")] == ["04A1B2C3"]


def test_an_answer_for_a_vehicle_that_has_left_starts_nothing(chains: ChainBench) -> None:
    bench = bench_with(chains)
    bench.answers["Authorize"] = silent
    assert arrives(bench, chains)["stage"] == "Asked"
    bench.done(commands.Unplug())

    bench.wait(60.0)

    assert bench.state.connectors[0].contract is None
    assert not charges(bench)


def test_a_place_reserved_for_another_is_not_begun_at(chains: ChainBench) -> None:
    bench = bench_with(chains)
    bench.call(
        "ReserveNow",
        id=1,
        evseId=1,
        expiryDateTime="2099-01-01T00:00:00Z",
        idToken={"idToken": "OTHER", "type": "Central"},
    )
    bench.answers["Authorize"] = judged()
    assert arrives(bench, chains)["stage"] == "Refused"
    assert not charges(bench)


# --- offline -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "trusts", "starts"),
    [
        (UNKNOWN_MAY, True, True),
        ({}, True, False),
        ({**UNKNOWN_MAY, "ISO15118Ctrlr.ContractValidationOffline": "false"}, True, False),
        (UNKNOWN_MAY, False, False),
    ],
    ids=["unknown may", "unknown may not", "no validation offline", "unknown root"],
)
def test_tc_c_54_and_55_offline_the_charger_validates_or_refuses(
    chains: ChainBench, settings: dict[str, str], trusts: bool, starts: bool
) -> None:
    bench = bench_with(chains, trusts=trusts, settings=settings)
    bench.cut()

    shown = arrives(bench, chains)

    assert shown["stage"] == ("Accepted" if starts else "Refused")
    assert charges(bench) is starts


def test_offline_an_emaid_that_was_accepted_before_is_known(chains: ChainBench) -> None:
    bench = bench_with(chains)
    bench.answers["Authorize"] = judged()
    arrives(bench, chains)
    bench.done(commands.Unplug())
    bench.cut()
    assert arrives(bench, chains)["stage"] == "Accepted"


def test_an_emaid_whose_certificate_was_refused_is_not_kept(chains: ChainBench) -> None:
    bench = bench_with(chains)
    bench.answers["Authorize"] = judged("Accepted", "CertificateRevoked")
    arrives(bench, chains)
    bench.done(commands.Unplug())
    bench.cut()
    assert arrives(bench, chains)["stage"] == "Refused"


@pytest.mark.parametrize("failure", [silent, refusing("InternalError")])
def test_a_csms_that_does_not_answer_is_as_good_as_none(chains: ChainBench, failure: Any) -> None:
    for settings, stage in ((UNKNOWN_MAY, "Accepted"), ({}, "Refused")):
        bench = bench_with(chains, settings=settings)
        bench.answers["Authorize"] = failure
        arrives(bench, chains)
        bench.wait(60.0)
        assert contract(bench)["stage"] == stage


# --- certificates for the vehicle --------------------------------------------------------------


@pytest.mark.parametrize("action", ["Install", "Update"])
def test_tc_m_26_a_vehicle_gets_its_certificate_and_charges(
    chains: ChainBench, action: Any
) -> None:
    bench = bench_with(chains)
    bench.answers["Get15118EVCertificate"] = answering(
        {"status": "Accepted", "exiResponse": "cmVz"}
    )
    bench.answers["Authorize"] = judged()

    assert arrives(bench, chains, exi_request=EXI, exi_action=action)["stage"] == "Accepted"

    [asked] = bench.said("Get15118EVCertificate")
    assert asked == {
        "iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef",
        "action": action,
        "exiRequest": EXI,
    }
    assert bench.state.connectors[0].contract.exi_response == "cmVz"
    assert charges(bench)


def test_a_vehicle_that_wanted_a_certificate_alone_is_left_with_it(chains: ChainBench) -> None:
    bench = bench_with(chains)
    bench.answers["Get15118EVCertificate"] = answering(
        {"status": "Accepted", "exiResponse": "cmVz"}
    )
    bench.done(commands.PlugIn(exi_request=EXI))
    assert contract(bench)["reason"] == "the vehicle has its contract certificate"
    assert not bench.said("Authorize")


@pytest.mark.parametrize(
    "answer",
    [
        answering({"status": "Failed", "exiResponse": ""}),
        answering(
            {"status": "Failed", "exiResponse": "", "statusInfo": {"reasonCode": "NotFound"}}
        ),
        silent,
        refusing("InternalError"),
    ],
    ids=["failed", "failed and why", "silent", "error"],
)
def test_tc_m_27_a_vehicle_that_gets_none_does_not_charge(chains: ChainBench, answer: Any) -> None:
    bench = bench_with(chains)
    bench.answers["Get15118EVCertificate"] = answer
    arrives(bench, chains, exi_request=EXI)
    bench.wait(60.0)
    assert contract(bench)["stage"] == "Refused"
    assert contract(bench)["reason"]
    assert not bench.said("Authorize")


def test_no_certificate_is_asked_for_offline_or_where_that_is_off(chains: ChainBench) -> None:
    off = {"ISO15118Ctrlr.ContractCertificateInstallationEnabled": "false"}
    for bench in (bench_with(chains, settings=off), bench_with(chains)):
        if bench.spec.settings != off:
            bench.cut()
        assert arrives(bench, chains, exi_request=EXI)["stage"] == "Refused"
        assert not bench.said("Get15118EVCertificate")
