"""Blocks A, C and M: certificates of the charger and of vehicles."""

import time
from base64 import b64encode
from functools import cache
from typing import Any

from cryptography import x509
from ocpp.v201 import call_result as result

from voltyard.pki import ocsp
from voltyard.pki.charging_pki import ChargingPki
from voltyard.pki.drafts import CertificateDraft, certify_request, to_pem
from voltyard.pki.members import DEFAULT_EMAID

from .stage import Stage
from .story import Story

EXI = "gJgAAAA="
SECC_ID = "DEVOLE000007"


@cache
def pki() -> ChargingPki:
    """The same for all stories."""
    return ChargingPki.made(time.time(), responder_url="http://127.0.0.1:9/ocsp")


def of_factory() -> dict[str, Any]:
    """A charger with a V2G certificate, and the roots of vehicles' contracts."""
    return {
        "certificates": [
            {"type": "V2GCertificateChain", "certificate": pki()["secc"].chain},
            {"type": "V2GRootCertificate", "certificate": pki()["v2g-root"].pem},
            {"type": "MORootCertificate", "certificate": pki()["mo-root"].pem},
        ]
    }


async def installed_roots(here: Stage) -> None:
    """M03 to M05: installed, listed, deleted."""
    for use, name in (("MORootCertificate", "mo-root"), ("V2GRootCertificate", "v2g-root")):
        await here.accepts("InstallCertificate", certificate_type=use, certificate=pki()[name].pem)
    listed = await here.accepts(
        "GetInstalledCertificateIds", certificate_type=["MORootCertificate"]
    )
    [chain] = listed["certificate_hash_data_chain"]
    named = chain["certificate_hash_data"]
    data = {
        "hashAlgorithm": named["hash_algorithm"],
        "issuerNameHash": named["issuer_name_hash"],
        "issuerKeyHash": named["issuer_key_hash"],
        "serialNumber": named["serial_number"],
    }
    await here.accepts("DeleteCertificate", certificate_hash_data=data)
    again = await here.told("DeleteCertificate", certificate_hash_data=data)
    none = await here.told("GetInstalledCertificateIds", certificate_type=["MORootCertificate"])

    assert named["serial_number"] == f"{pki()['mo-root'].certificate.serial_number:x}"
    assert (again["status"], none["status"]) == ("NotFound", "NotFound")


async def v2g_certificate(here: Stage) -> None:
    """A02, A03: the CSMS has the charger ask for one, and signs it."""
    await here.accepts(
        "InstallCertificate",
        certificate_type="V2GRootCertificate",
        certificate=pki()["v2g-root"].pem,
    )
    await here.accepts("TriggerMessage", requested_message="SignV2GCertificate")
    asked = await here.hears("SignCertificate", certificateType="V2GCertificate")
    request = x509.load_pem_x509_csr(asked["csr"].encode())
    issuer = pki()["cpo-sub2"]
    signed = certify_request(request, CertificateDraft(""), issuer, time.time())
    await here.accepts(
        "CertificateSigned",
        certificate_chain=to_pem(signed) + issuer.chain,
        certificate_type="V2GCertificate",
    )
    listed = await here.accepts(
        "GetInstalledCertificateIds", certificate_type=["V2GCertificateChain"]
    )

    assert request.subject.rfc4514_string().find(SECC_ID) >= 0
    [chain] = listed["certificate_hash_data_chain"]
    assert chain["certificate_hash_data"]["serial_number"] == f"{signed.serial_number:x}"
    assert len(chain["child_certificate_hash_data"]) == 2


async def stranger_s_certificate(here: Stage) -> None:
    """A02: a certificate that leads to no installed root is refused, and the CSMS told why."""
    await here.accepts("TriggerMessage", requested_message="SignChargingStationCertificate")
    await here.hears("SignCertificate")
    answer = await here.told(
        "CertificateSigned",
        certificate_chain=pki()["charger"].chain,
        certificate_type="ChargingStationCertificate",
    )

    assert answer["status"] == "Rejected"
    await here.hears("SecurityEventNotification", type="InvalidChargingStationCertificate")


async def contract(here: Stage) -> None:
    """C07, M06: hash data for the contract, OCSP responses for the charger's own chain."""
    now = time.time()
    for name in ("secc", "cpo-sub2", "cpo-sub1"):
        one = pki()[name]
        issuer = pki()[str(pki().name_of(one.above[0]))]
        der = ocsp.status_answer(one.certificate, issuer, None, now)
        serial = f"{one.certificate.serial_number:x}"
        here.csms.statuses[serial] = b64encode(der).decode()
    info = {"status": "Accepted"}
    here.csms.answers["Authorize"] = result.Authorize(info, certificate_status="Accepted")

    await here.does("plug-connector", contract_chain=pki()["contract"].chain)
    started = await here.hears_where("TransactionEvent", lambda call: "idToken" in call)
    asked = here.csms.record.of("Authorize")[0]
    await here.hears("GetCertificateStatus", count=3)

    assert asked["idToken"] == {"idToken": DEFAULT_EMAID, "type": "eMAID"}
    assert len(asked["iso15118CertificateHashData"]) == 3
    assert started["idToken"]["type"] == "eMAID"
    state = await here.state()
    assert state["connectors"][0]["contract"]["stage"] == "Accepted"


async def contract_of_an_unknown_root(here: Stage) -> None:
    """C07: the chain itself is for the CSMS to judge, and it refuses."""
    info = {"status": "Invalid"}
    here.csms.answers["Authorize"] = result.Authorize(info, certificate_status="CertificateRevoked")

    await here.does("plug-connector", contract_chain=pki()["contract"].chain)
    refused = await here.until(
        lambda state: (state["connectors"][0]["contract"] or {}).get("stage") == "Refused"
    )

    [asked] = here.csms.record.of("Authorize")
    assert asked["certificate"] == pki()["contract"].chain
    assert "iso15118CertificateHashData" not in asked
    assert refused["connectors"][0]["contract"]["certificate_status"] == "CertificateRevoked"


async def vehicle_certificate(here: Stage) -> None:
    """M01, M02: EXI passes through as it is."""
    for number, action in enumerate(("Install", "Update"), start=1):
        await here.does("plug-connector", exi_request=EXI, exi_action=action)
        asked = await here.hears("Get15118EVCertificate", action=action)
        shown = await here.until(
            lambda state: bool((state["connectors"][0]["contract"] or {}).get("exi_response"))
        )
        await here.does("unplug-connector")

        assert asked["exiRequest"] == EXI
        assert shown["connectors"][0]["contract"]["exi_response"] == EXI[::-1]
        assert len(here.csms.record.of("Get15118EVCertificate")) == number


STORIES = (
    Story(
        "M: roots are installed, listed and deleted",
        installed_roots,
        ("InstallCertificate", "GetInstalledCertificateIds", "DeleteCertificate"),
    ),
    Story(
        "A: a V2G certificate is asked for and signed",
        v2g_certificate,
        ("TriggerMessage", "CertificateSigned", "GetInstalledCertificateIds"),
        hears=("SignCertificate",),
        charger={"settings": {"ISO15118Ctrlr.SeccId": SECC_ID}},
    ),
    Story(
        "A: a certificate of a stranger is refused",
        stranger_s_certificate,
        ("TriggerMessage", "CertificateSigned"),
        hears=("SignCertificate", "SecurityEventNotification"),
    ),
    Story(
        "C: a contract is asked about by hash data",
        contract,
        hears=("Authorize", "GetCertificateStatus", "TransactionEvent"),
        charger=of_factory,
    ),
    Story(
        "C: a contract is handed to the CSMS",
        contract_of_an_unknown_root,
        hears=("Authorize",),
        charger={"settings": {"ISO15118Ctrlr.CentralContractValidationAllowed": "true"}},
    ),
    Story(
        "M: a vehicle is given its contract certificate",
        vehicle_certificate,
        hears=("Get15118EVCertificate",),
    ),
)
