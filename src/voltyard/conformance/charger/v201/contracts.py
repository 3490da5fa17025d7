"""Cases of OCPP 2.0.1 for a charging station: contract certificates of vehicles (C07)."""

from __future__ import annotations

from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.authorization import nothing_authorized
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.message import ABSENT, ReceivedMessage
from voltyard.pki.charging_pki import ChargingPki
from voltyard.pki.ocsp_queries import query_of

CASES = Cases("charger", "2.0.1", "Authorization")

ISO_15118: Final = "ISO15118"
CENTRAL: Final = "central contract validation"
"""Need of a case: CentralContractValidationAllowed can be true."""

RESPONDER_URL: Final = "http://ocsp.voltyard.test"
EMAID: Final = "DEVOLC1A2B3C4D5"
_PNC: Final = {"ISO15118Ctrlr.PnCEnabled": "true"}
_TOKEN: Final = {"idToken": EMAID, "type": "eMAID"}


def new_pki(csms: ManagementSystem) -> ChargingPki:
    """A new PKI of the tester's, with a contract; its OCSP responder is never asked."""
    return ChargingPki.made(csms.clock(), responder_url=RESPONDER_URL, emaids=(EMAID,))


async def trusts(csms: ManagementSystem, pki: ChargingPki, name: str, use: str) -> None:
    """Have the station trust a root of the PKI."""
    answer = await csms.asks("InstallCertificate", certificateType=use, certificate=pki[name].pem)
    answer.expect(status="Accepted")


async def contract_comes(csms: ManagementSystem, pki: ChargingPki) -> None:
    """A vehicle with a contract certificate is plugged in."""
    await csms.act("plug", contract_chain=pki["contract"].chain, emaid=EMAID)


def answer_contract(csms: ManagementSystem, status: str, certificate: str) -> None:
    """Have Authorize of a contract answered so."""
    csms.script["Authorize"] = {
        "idTokenInfo": {"status": status},
        "certificateStatus": certificate,
    }


def has_hash_data(told: ReceivedMessage, pki: ChargingPki) -> None:
    """The case fails unless an Authorize has the data to ask the contract's status by."""
    contract = pki["contract"]
    found: list[dict[str, Any]] = told["iso15118CertificateHashData"]
    wanted = query_of(contract.certificate, contract.above[0], found[0]["hashAlgorithm"])
    assert wanted is not None, "it names a responder"
    for one in found:
        if (
            one["issuerNameHash"].lower() == wanted.issuer_name
            and one["issuerKeyHash"].lower() == wanted.issuer_key
            and one["serialNumber"].lower().lstrip("0") == wanted.serial_number
            and one["responderURL"] == RESPONDER_URL
        ):
            return
    raise told.broken("the hash data of the contract certificate", rule="C07.FR.02")


@CASES.case(
    "TC_C_50_CS",
    "Contract, validated by the station",
    requirements=["C07.FR.01", "C07.FR.02", "C07.FR.05"],
    needs=[ISO_15118],
    asks=["plug"],
    settings=_PNC,
)
async def validated_locally(csms: ManagementSystem) -> None:
    """A station that trusts the contract's root asks for its status by hash data, and charges."""
    pki = new_pki(csms)
    answer_contract(csms, "Accepted", "Accepted")
    await csms.booted()
    await trusts(csms, pki, "mo-root", "MORootCertificate")
    await contract_comes(csms, pki)
    told = await csms.hears("Authorize")
    told.expect(idToken=_TOKEN, certificate=ABSENT)
    has_hash_data(told, pki)
    await csms.hears("TransactionEvent", idToken=_TOKEN)
    await csms.hears_event(state="Charging")


@CASES.case(
    "TC_C_51_CS",
    "Contract, validated by the station, revoked",
    requirements=["C07.FR.01", "C07.FR.02", "C07.FR.05"],
    needs=[ISO_15118],
    asks=["plug"],
    settings=_PNC,
)
async def revoked(csms: ManagementSystem) -> None:
    """A contract of which the CSMS knows that it is revoked starts nothing."""
    pki = new_pki(csms)
    answer_contract(csms, "Invalid", "CertificateRevoked")
    await csms.booted()
    await trusts(csms, pki, "mo-root", "MORootCertificate")
    await contract_comes(csms, pki)
    told = await csms.hears("Authorize")
    told.expect(idToken=_TOKEN)
    has_hash_data(told, pki)
    await csms.passes(2)
    nothing_authorized(csms)


@CASES.each(
    Row("TC_C_52_CS", "Contract, validated by the CSMS", verdict="Accepted"),
    Row("TC_C_53_CS", "Contract, refused by the CSMS", verdict="CertChainError"),
    requirements=["C07.FR.01", "C07.FR.05", "C07.FR.06"],
    needs=[ISO_15118, CENTRAL],
    asks=["plug"],
    settings={**_PNC, "ISO15118Ctrlr.CentralContractValidationAllowed": "true"},
)
async def validated_centrally(csms: ManagementSystem, verdict: str) -> None:
    """A station that does not trust the contract's root hands its chain to the CSMS, and does what
    that says."""
    pki = new_pki(csms)
    answer_contract(csms, "Accepted" if verdict == "Accepted" else "Invalid", verdict)
    await csms.booted()
    await contract_comes(csms, pki)
    told = await csms.hears("Authorize")
    told.expect(idToken=_TOKEN)
    sent = told.get("certificate")
    own = pki["contract"].pem.split()
    if not isinstance(sent, str) or sent.split()[: len(own)] != own:
        raise told.broken("the contract certificate in PEM", rule="C07.FR.06")
    if verdict == "Accepted":
        await csms.hears_event(state="Charging")
    else:
        await csms.passes(2)
        nothing_authorized(csms)


_OFFLINE_ACTS: Final = ["plug", "network_drop", "network_restore"]
_OFFLINE: Final = {
    **_PNC,
    "AuthCtrlr.LocalAuthorizeOffline": "true",
    "AuthCtrlr.OfflineTxForUnknownIdEnabled": "true",
}


@CASES.case(
    "TC_C_54_CS",
    "Contract, offline",
    requirements=["C07.FR.08", "C07.FR.09", "C07.FR.10"],
    needs=[ISO_15118],
    asks=_OFFLINE_ACTS,
    settings={**_OFFLINE, "ISO15118Ctrlr.ContractValidationOffline": "true"},
)
async def validated_offline(csms: ManagementSystem) -> None:
    """With ContractValidationOffline a station validates a contract itself, and lets it charge."""
    await _offline(csms)
    told = await csms.hears("TransactionEvent", idToken=_TOKEN)
    told.expect(offline=True)


@CASES.case(
    "TC_C_55_CS",
    "Contract, offline, not validated",
    requirements=["C07.FR.07"],
    needs=[ISO_15118],
    asks=_OFFLINE_ACTS,
    settings={**_OFFLINE, "ISO15118Ctrlr.ContractValidationOffline": "false"},
)
async def not_validated_offline(csms: ManagementSystem) -> None:
    """Without ContractValidationOffline no contract charges while the CSMS cannot be asked."""
    await _offline(csms)
    await csms.linked()
    await csms.passes(3)
    nothing_authorized(csms)


async def _offline(csms: ManagementSystem) -> None:
    """A vehicle whose contract's root the station trusts comes while there is no network."""
    pki = new_pki(csms)
    await csms.booted()
    await trusts(csms, pki, "mo-root", "MORootCertificate")
    await csms.act("network_drop")
    await contract_comes(csms, pki)
    await csms.passes(2)
    await csms.act("network_restore")
