"""Contract certificates and statuses at the backend (C07, M01, M02, M06)."""

import asyncio
from base64 import b64decode, b64encode
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from cryptography.x509.ocsp import load_der_ocsp_response

from tests.csms.bench import ORG, START, Peer, Yard
from tests.fakes.ocsp_poster import OcspPoster
from tests.pki.wrong_chains import EMAID, WRONG_CHAINS, ChainBench, WrongChain
from voltyard.csms.authorization.id_tag_service import IdTagChange
from voltyard.csms.security.ev_certificates import EvCertificateFiles
from voltyard.csms.security.vehicle_pki import VehiclePki
from voltyard.kernel import limits
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import HOUR_S
from voltyard.pki import ocsp
from voltyard.pki.charging_pki import ChargingPki
from voltyard.pki.ocsp_queries import query_of
from voltyard.ports.http import PostFailed

URL = "http://ocsp.test"
EXI = b64encode(b"a request in EXI").decode()


@pytest.fixture(scope="module")
def chains() -> ChainBench:
    return ChainBench(START, URL)


class Bench:
    """A backend with a PKI, its responder, and a charger."""

    def __init__(self, chains: ChainBench, **said: Any) -> None:
        self.pki = ChargingPki(URL, {name: chains.pki[name] for name in chains.pki})
        pki = VehiclePki(contract_roots=tuple(chains.trusted), **said)
        self.poster = OcspPoster(self.pki, lambda: self.yard.clock())
        self.yard = Yard(poster=self.poster, vehicle_pki=pki)
        self.peer: Peer

    async def __aenter__(self) -> "Bench":
        self.peer = await self.yard.booted("CP1", "ocpp2.0.1")
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.yard.backend.close()

    async def says(self, action: str, payload: dict[str, Any]) -> dict[str, Any]:
        """A CALL, and its answer once responders were asked."""
        id = self.peer.call(action, payload)
        for _ in range(200):
            await self.yard.settle()
            await asyncio.sleep(0.001)
            if found := self.peer.answers(id):
                kind, _, content = found[0][:3]
                assert kind == 3, found
                assert isinstance(content, dict)
                return content
        raise AssertionError("no answer")

    async def authorizes(self, emaid: str = EMAID, **fields: Any) -> tuple[str, str | None]:
        """What is said of an eMAID with a contract: of the token, and of the certificate."""
        answer = await self.says(
            "Authorize", {"idToken": {"idToken": emaid, "type": "eMAID"}, **fields}
        )
        return answer["idTokenInfo"]["status"], answer.get("certificateStatus")

    def hashes(self, name: str = "contract") -> dict[str, Any]:
        """The hash data of a contract and those that signed it, as a charger sends it."""
        one = self.pki[name]
        return {
            "iso15118CertificateHashData": [
                asked(query_of(own, issuer))
                for own, issuer in pairwise((one.certificate, *one.above))
            ]
        }


def asked(query: Any) -> dict[str, Any]:
    return {
        "hashAlgorithm": query.algorithm,
        "issuerNameHash": query.issuer_name,
        "issuerKeyHash": query.issuer_key,
        "serialNumber": query.serial_number,
        "responderURL": query.responder_url,
    }


# --- hash data ---------------------------------------------------------------------------------


async def test_tc_c_50_a_contract_of_good_statuses_is_accepted(chains: ChainBench) -> None:
    async with Bench(chains) as bench:
        assert await bench.authorizes(**bench.hashes()) == ("Accepted", "Accepted")
        assert bench.poster.asked == [(ORG, URL)] * 3


async def test_a_status_is_asked_for_once_until_its_next_update(chains: ChainBench) -> None:
    async with Bench(chains) as bench:
        for times, wait_s in ((3, 0.0), (3, HOUR_S - 1), (6, 2.0)):
            bench.yard.clock.now += wait_s
            await bench.authorizes(**bench.hashes())
            assert len(bench.poster.asked) == times


@pytest.mark.parametrize("name", ["contract", "mo-sub2", "mo-sub1"])
async def test_tc_c_51_a_revoked_contract_or_authority_is_refused(
    chains: ChainBench, name: str
) -> None:
    async with Bench(chains) as bench:
        bench.pki.revoke(name, START - 1.0)
        assert await bench.authorizes(**bench.hashes()) == ("Invalid", "CertificateRevoked")
        [event] = bench.yard.heard("authorize")
        assert event.data()["certificateStatus"] == "CertificateRevoked"
        assert event.data()["status"] == "unknown"


def _signed_by_a_stranger(bench: Bench) -> bytes:
    one = bench.pki["contract"]
    stranger = ChargingPki.made(START)["mo-sub2"]
    return ocsp.status_answer(one.certificate, bench.pki["mo-sub2"], None, START, signer=stranger)


def _of_another_contract(bench: Bench) -> bytes:
    other = ChargingPki.made(START)
    return ocsp.status_answer(other["contract"].certificate, bench.pki["mo-sub2"], None, START)


def _of_yesterday(bench: Bench) -> bytes:
    one = bench.pki["contract"]
    return ocsp.status_answer(one.certificate, bench.pki["mo-sub2"], None, START - 90_000.0)


def _of_tomorrow(bench: Bench) -> bytes:
    one = bench.pki["contract"]
    return ocsp.status_answer(one.certificate, bench.pki["mo-sub2"], None, START + 90_000.0)


def _by_a_sibling(bench: Bench) -> bytes:
    """Signed by a certificate of the same issuer, which was never charged with it."""
    one = bench.pki["contract"]
    return ocsp.status_answer(one.certificate, bench.pki["mo-sub2"], None, START, signer=one)


def _altered(bench: Bench) -> bytes:
    one = bench.pki["contract"]
    whole = bytearray(ocsp.status_answer(one.certificate, bench.pki["mo-sub2"], None, START))
    signature = load_der_ocsp_response(bytes(whole)).signature
    whole[bytes(whole).find(signature) + len(signature) - 1] ^= 0x01
    return bytes(whole)


@pytest.mark.parametrize(
    "made",
    [
        _signed_by_a_stranger,
        _of_another_contract,
        _of_yesterday,
        _of_tomorrow,
        _by_a_sibling,
        _altered,
        lambda bench: b"",
        lambda bench: b"an error page",
        lambda bench: ocsp.answer(bench.pki, b"no request", START),
    ],
    ids=[
        "stranger",
        "another contract",
        "yesterday",
        "tomorrow",
        "sibling",
        "altered",
        "empty",
        "no response",
        "malformed",
    ],
)
async def test_a_response_that_proves_nothing_refuses_the_contract(
    chains: ChainBench, made: Any
) -> None:
    async with Bench(chains) as bench:
        wrong = made(bench)
        bench.poster.answer = lambda request: wrong
        hashes = bench.hashes()
        hashes["iso15118CertificateHashData"] = hashes["iso15118CertificateHashData"][:1]
        assert await bench.authorizes(**hashes) == ("Invalid", "NoCertificateAvailable")
        bench.poster.answer = lambda request: ocsp.answer(bench.pki, request, START)
        assert await bench.authorizes(**hashes) == ("Accepted", "Accepted")  # nothing was kept


@pytest.mark.parametrize("failure", [PostFailed("refused"), Invalid("a forbidden target")])
async def test_without_a_responder_the_contract_is_refused(
    chains: ChainBench, failure: Any
) -> None:
    async with Bench(chains) as bench:
        bench.poster.failure = failure
        assert await bench.authorizes(**bench.hashes()) == ("Invalid", "NoCertificateAvailable")
        bench.poster.failure, bench.poster.status = None, 503
        assert await bench.authorizes(**bench.hashes()) == ("Invalid", "NoCertificateAvailable")


async def test_hash_data_that_are_no_hashes_refuse_the_contract(chains: ChainBench) -> None:
    async with Bench(chains) as bench:
        hashes = bench.hashes()
        hashes["iso15118CertificateHashData"][0]["issuerNameHash"] = "no hexadecimal"
        assert await bench.authorizes(**hashes) == ("Invalid", "NoCertificateAvailable")
        hashes["iso15118CertificateHashData"][0]["serialNumber"] = "xyz"
        assert await bench.authorizes(**hashes) == ("Invalid", "NoCertificateAvailable")


async def test_an_emaid_that_may_not_charge_is_refused_whatever_its_certificate(
    chains: ChainBench,
) -> None:
    async with Bench(chains) as bench:
        await bench.yard.backend.id_tags.add(ORG, EMAID, IdTagChange(status="blocked"))
        assert await bench.authorizes(**bench.hashes()) == ("Blocked", "Accepted")


async def test_vehicles_that_come_at_once_share_one_question(chains: ChainBench) -> None:
    async with Bench(chains) as bench:
        bench.poster.gate = asyncio.Event()
        payload = {"idToken": {"idToken": EMAID, "type": "eMAID"}, **bench.hashes()}
        await bench.yard.register("CP2")
        second = bench.yard.connect("CP2", "ocpp2.0.1")
        await second.boot()
        ids = [peer.call("Authorize", payload) for peer in (bench.peer, second)]
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(bench.poster.asked) == 3
        bench.poster.gate.set()
        for _ in range(50):
            await bench.yard.settle()
        for peer, id in zip((bench.peer, second), ids, strict=True):
            assert peer.answers(id)[0][2]["certificateStatus"] == "Accepted"


async def test_no_more_responses_are_kept_than_the_limit(
    chains: ChainBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "OCSP_ANSWERS", 2)
    async with Bench(chains) as bench:
        await bench.authorizes(**bench.hashes())
        await bench.authorizes(**bench.hashes())
        assert len(bench.poster.asked) > 3


# --- chains ------------------------------------------------------------------------------------


async def test_tc_c_52_a_chain_that_leads_to_a_trusted_root_is_accepted(
    chains: ChainBench,
) -> None:
    async with Bench(chains) as bench:
        chain = bench.pki["contract"].chain
        assert await bench.authorizes(certificate=chain) == ("Accepted", "Accepted")
        assert len(bench.poster.asked) == 3
        bench.pki.revoke("contract", START)
        bench.yard.clock.now += 2 * HOUR_S
        assert await bench.authorizes(certificate=chain) == ("Invalid", "CertificateRevoked")


@pytest.mark.parametrize("way", WRONG_CHAINS, ids=lambda way: way.name)
async def test_a_wrong_chain_is_refused(chains: ChainBench, way: WrongChain) -> None:
    async with Bench(chains) as bench:
        chain = way.made(chains)[:5_500]
        assert await bench.authorizes(way.emaid, certificate=chain) == ("Invalid", way.verdict)
        assert not bench.poster.asked


async def test_a_server_that_trusts_no_roots_accepts_no_chain(chains: ChainBench) -> None:
    yard = Yard()
    peer = await yard.booted("CP1", "ocpp2.0.1")
    payload = {
        "idToken": {"idToken": EMAID, "type": "eMAID"},
        "certificate": chains.pki["contract"].chain,
    }
    id = peer.call("Authorize", payload)
    for _ in range(20):
        await yard.settle()
    assert peer.answers(id)[0][2] == {
        "idTokenInfo": {"status": "Invalid"},
        "certificateStatus": "CertChainError",
    }
    assert "VOLTYARD_PKI" in yard.heard("authorize")[0].data()["certificateReason"]
    await yard.backend.close()


# --- statuses ----------------------------------------------------------------------------------


def _of_secc(bench: Bench) -> dict[str, Any]:
    own = bench.pki["secc"]
    return {"ocspRequestData": asked(query_of(own.certificate, own.above[0]))}


async def test_tc_m_24_a_status_is_handed_on_as_the_responder_gave_it(chains: ChainBench) -> None:
    async with Bench(chains) as bench:
        answer = await bench.says("GetCertificateStatus", _of_secc(bench))
        assert answer["status"] == "Accepted"
        given = b64decode(answer["ocspResult"])
        assert given.startswith(b"\x30")
        await bench.says("GetCertificateStatus", _of_secc(bench))
        assert len(bench.poster.asked) == 1


async def test_a_status_that_is_not_to_be_had_is_failed_and_says_why(chains: ChainBench) -> None:
    async with Bench(chains) as bench:
        bench.poster.failure = PostFailed("the connection was refused")
        answer = await bench.says("GetCertificateStatus", _of_secc(bench))
        assert answer["status"] == "Failed"
        assert "refused" in answer["statusInfo"]["additionalInfo"]


# --- certificates for vehicles -----------------------------------------------------------------


def _exi(action: str = "Install") -> dict[str, Any]:
    return {
        "iso15118SchemaVersion": "urn:iso:15118:2:2013:MsgDef",
        "action": action,
        "exiRequest": EXI,
    }


@pytest.mark.parametrize("action", ["Install", "Update"])
async def test_tc_m_26_a_vehicle_gets_what_is_in_the_folder(
    chains: ChainBench, tmp_path: Path, action: str
) -> None:
    (tmp_path / f"{action.lower()}.exi").write_bytes(b"\x80 the answer")
    async with Bench(chains, ev_certificates=EvCertificateFiles(tmp_path)) as bench:
        answer = await bench.says("Get15118EVCertificate", _exi(action))
        assert answer["status"] == "Accepted"
        assert b64decode(answer["exiResponse"]) == b"\x80 the answer"


async def test_an_answer_for_one_request_goes_before_that_for_any(
    chains: ChainBench, tmp_path: Path
) -> None:
    (tmp_path / "install.exi").write_bytes(b"any")
    (tmp_path / f"{sha256(b64decode(EXI)).hexdigest()}.exi").write_bytes(b"this one")
    async with Bench(chains, ev_certificates=EvCertificateFiles(tmp_path)) as bench:
        answer = await bench.says("Get15118EVCertificate", _exi())
        assert b64decode(answer["exiResponse"]) == b"this one"


@pytest.mark.parametrize("content", [None, b"", b"x" * 5_601], ids=["none", "empty", "too long"])
async def test_a_vehicle_for_which_there_is_none_is_told_so(
    chains: ChainBench, tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "install.exi").write_bytes(content)
    async with Bench(chains, ev_certificates=EvCertificateFiles(tmp_path)) as bench:
        answer = await bench.says("Get15118EVCertificate", _exi())
        assert (answer["status"], answer["exiResponse"]) == ("Failed", "")
        assert "contract certificate" in answer["statusInfo"]["additionalInfo"]
