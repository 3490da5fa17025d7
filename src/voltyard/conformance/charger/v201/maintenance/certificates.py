"""Cases of OCPP 2.0.1 for a charging station: certificates installed, listed and deleted (block
M)."""

from __future__ import annotations

from typing import Any, Final

from cryptography import x509

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.wire.authority import ConformanceAuthority
from voltyard.conformance.wire.endings import Inconclusive
from voltyard.conformance.wire.message import ReceivedMessage

CASES = Cases("charger", "2.0.1", "CertificateManagement")

_CSMS: Final = "CSMSRootCertificate"
_MAKER: Final = "ManufacturerRootCertificate"
_V2G: Final = "V2GRootCertificate"
_CHAIN: Final = "V2GCertificateChain"
_OPERATOR: Final = "MORootCertificate"
_ISO_15118: Final = "ISO15118"


async def _install(
    csms: ManagementSystem, use: str, root: ConformanceAuthority, *, status: str = "Accepted"
) -> None:
    answer = await csms.asks("InstallCertificate", certificateType=use, certificate=root.root)
    answer.expect(status=status)


async def _new_root(csms: ManagementSystem, use: str) -> ConformanceAuthority:
    """A root of the tester's, which the station has installed."""
    root = ConformanceAuthority("Voltyard tester", csms.clock())
    await _install(csms, use, root)
    return root


async def _listed(csms: ManagementSystem, *uses: str) -> ReceivedMessage:
    wanted = {"certificateType": list(uses)} if uses else {}
    return await csms.asks("GetInstalledCertificateIds", **wanted)


def _uses_of(answer: ReceivedMessage, root: ConformanceAuthority) -> list[str]:
    """The uses for which a list has that root, by its hash data."""
    chains: list[dict[str, Any]] = answer.payload.get("certificateHashDataChain", [])
    return [
        str(one["certificateType"])
        for one in chains
        if _lower(one["certificateHashData"])
        == root.hash_data(one["certificateHashData"]["hashAlgorithm"])
    ]


def _lower(hash_data: dict[str, str]) -> dict[str, str]:
    """Hash data with its hexadecimal numbers in one form."""
    found = {
        name: value if name == "hashAlgorithm" else value.lower()
        for name, value in hash_data.items()
    }
    return {**found, "serialNumber": found["serialNumber"].lstrip("0") or "0"}


async def _delete(
    csms: ManagementSystem, hash_data: dict[str, str], *, status: str = "Accepted"
) -> None:
    answer = await csms.asks("DeleteCertificate", certificateHashData=hash_data)
    answer.expect(status=status)


# --- installing and listing -----------------------------------------------------------------------


@CASES.each(
    Row("TC_M_01_CS", "Install a CSMS root", use=_CSMS),
    Row("TC_M_02_CS", "Install a manufacturer root", use=_MAKER),
    Row("TC_M_03_CS", "Install a V2G root", use=_V2G, needs=[_ISO_15118]),
    Row("TC_M_04_CS", "Install a mobility operator root", use=_OPERATOR, needs=[_ISO_15118]),
    requirements=["M05.FR.01", "M05.FR.02", "M05.FR.17"],
)
async def install(csms: ManagementSystem, use: str) -> None:
    """A root that is installed is there for its use alone, once, however often it comes."""
    await csms.booted()
    root = await _new_root(csms, use)
    await _install(csms, use, root)
    everything = await _listed(csms)
    everything.expect(status="Accepted")
    if _uses_of(everything, root) != [use]:
        raise everything.broken(f"the hash data of the new root once, as {use}")


@CASES.each(
    Row("TC_M_12_CS", "CSMS roots", uses=[_CSMS]),
    Row("TC_M_13_CS", "Manufacturer roots", uses=[_MAKER]),
    Row("TC_M_14_CS", "V2G roots", uses=[_V2G], needs=[_ISO_15118]),
    Row("TC_M_16_CS", "Mobility operator roots", uses=[_OPERATOR], needs=[_ISO_15118]),
    Row("TC_M_17_CS", "CSMS and manufacturer roots", uses=[_CSMS, _MAKER]),
    Row("TC_M_18_CS", "Certificates of all types", uses=[]),
    requirements=["M03.FR.01", "M03.FR.03", "M03.FR.04"],
)
async def listed(csms: ManagementSystem, uses: list[str]) -> None:
    """Exactly the certificates of the types that were asked for are listed, by hashes from which a
    CSMS knows them again."""
    await csms.booted()
    roots = {use: await _new_root(csms, use) for use in (_CSMS, _MAKER, *uses)}
    found = await _listed(csms, *uses)
    found.expect(status="Accepted")
    for use, root in roots.items():
        expected = [use] if not uses or use in uses else []
        if _uses_of(found, root) != expected:
            raise found.broken(f"the new root as {expected or 'nothing'}")
    for one in found["certificateHashDataChain"]:
        if uses and one["certificateType"] not in uses:
            raise found.broken(f"certificates of {', '.join(uses)} alone")


@CASES.case(
    "TC_M_15_CS",
    "Chain of a station of ISO 15118",
    requirements=["M03.FR.01", "M03.FR.03", "M03.FR.05", "A02.FR.06"],
    needs=[_ISO_15118],
)
async def chain_listed(csms: ManagementSystem) -> None:
    """The certificate that vehicles see is listed with those that lead to its root."""
    await csms.booted()
    root = await _new_root(csms, _V2G)
    below = ConformanceAuthority("Voltyard tester sub", csms.clock(), root)
    await csms.trigger("SignV2GCertificate")
    told = await csms.hears("SignCertificate", certificateType="V2GCertificate")
    own = _signed(below, told)
    answer = await csms.asks(
        "CertificateSigned",
        certificateChain=own + below.root,
        certificateType="V2GCertificate",
    )
    answer.expect(status="Accepted")
    found = await _listed(csms, _CHAIN)
    found.expect(status="Accepted")
    [chain, *more] = found["certificateHashDataChain"]
    algorithm = chain["certificateHashData"]["hashAlgorithm"]
    expected = [
        below.hash_data(algorithm, of=own),
        root.hash_data(algorithm, of=below.root),
    ]
    came = [chain["certificateHashData"], *chain.get("childCertificateHashData", [])]
    if more or chain["certificateType"] != _CHAIN or [_lower(one) for one in came] != expected:
        raise found.broken("the hash data of the station's own certificate, then of its issuer")


@CASES.case(
    "TC_M_19_CS",
    "Certificates of a type of which there is none",
    requirements=["M03.FR.02"],
)
async def none_listed(csms: ManagementSystem) -> None:
    """The answer is NotFound, without a list, where there is no certificate of a type."""
    await csms.booted()
    for use in (_OPERATOR, _V2G, _MAKER):
        found = await _listed(csms, use)
        if "certificateHashDataChain" not in found.payload:
            found.expect(status="NotFound")
            return
    raise Inconclusive("the station has a certificate of each type")


@CASES.case("TC_M_07_CS", "Install a certificate that is not valid", requirements=["M05.FR.07"])
async def invalid(csms: ManagementSystem) -> None:
    """A root that is out of date is rejected: whoever has its key could pose as the CSMS."""
    await csms.booted()
    expired = ConformanceAuthority("Voltyard tester", csms.clock() - 864_000.0)
    await _install(csms, _CSMS, expired, status="Rejected")
    if _uses_of(await _listed(csms), expired):
        raise csms.record.broken("no certificate that was rejected", "it is listed")


@CASES.case(
    "TC_M_09_CS",
    "Install a CSMS root that the one before has not signed",
    requirements=["M05.FR.09", "M05.FR.10", "M05.FR.11"],
    needs=["AdditionalRootCertificateCheck"],
    settings={"SecurityCtrlr.AdditionalRootCertificateCheck": "true"},
)
async def not_signed_by_the_one_before(csms: ManagementSystem) -> None:
    """With the additional check a CSMS root is replaced only by one that it has signed: whoever
    gets at the CSMS for a while cannot take its stations away."""
    await csms.booted()
    if (await _listed(csms, _CSMS))["status"] == "NotFound":
        await _new_root(csms, _CSMS)
    other = ConformanceAuthority("Another tester", csms.clock())
    await _install(csms, _CSMS, other, status="Rejected")
    if _uses_of(await _listed(csms, _CSMS), other):
        raise csms.record.broken("no certificate that was rejected", "it is listed")


# --- deleting -------------------------------------------------------------------------------------


@CASES.case("TC_M_20_CS", "Delete a certificate", requirements=["M04.FR.01", "M04.FR.02"])
async def delete(csms: ManagementSystem) -> None:
    """A certificate that is deleted is gone, and the others stay."""
    await csms.booted()
    stays, goes = [await _new_root(csms, _MAKER) for _ in range(2)]
    await _delete(csms, goes.hash_data())
    found = await _listed(csms, _MAKER)
    if _uses_of(found, goes) or not _uses_of(found, stays):
        raise found.broken("the certificate that was not deleted, and no longer the other")


@CASES.case("TC_M_22_CS", "Delete an unknown certificate", requirements=["M04.FR.04"])
async def delete_unknown(csms: ManagementSystem) -> None:
    """A certificate that is not there cannot be deleted, and one that is there stays."""
    await csms.booted()
    root = await _new_root(csms, _MAKER)
    await _delete(csms, {**root.hash_data(), "serialNumber": "1"}, status="NotFound")
    found = await _listed(csms, _MAKER)
    if not _uses_of(found, root):
        raise found.broken("the certificate that was not deleted")


@CASES.case(
    "TC_M_23_CS",
    "Delete the station's own certificate",
    requirements=["M04.FR.06"],
    needs=["station certificate"],
)
async def delete_its_own(csms: ManagementSystem) -> None:
    """The certificate by which the station is known cannot be deleted: it could not come back."""
    await csms.booted()
    root = await _new_root(csms, _CSMS)
    await csms.trigger("SignChargingStationCertificate")
    own = _signed(root, await csms.hears("SignCertificate"))
    answer = await csms.asks(
        "CertificateSigned", certificateChain=own, certificateType="ChargingStationCertificate"
    )
    answer.expect(status="Accepted")
    await _delete(csms, root.hash_data(of=own), status="Failed")


def _signed(root: ConformanceAuthority, told: ReceivedMessage) -> str:
    """The certificate that a SignCertificate asks for."""
    try:
        return root.sign(x509.load_pem_x509_csr(told["csr"].encode()))
    except ValueError as error:
        raise told.broken(f"a certificate request in PEM: {error}", rule="A00.FR.509") from None
