"""Cases of OCPP 2.0.1 for a CSMS: certificates (block M)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any, Final

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.csms.v201.operations import ask
from voltyard.conformance.csms.v201.station import Station
from voltyard.conformance.wire.certificates import self_signed_root

CASES = Cases("csms", "2.0.1", "CertificateManagement")

_CSMS: Final = "CSMSRootCertificate"
_MANUFACTURER: Final = "ManufacturerRootCertificate"
_V2G: Final = "V2GRootCertificate"
_CHAIN: Final = "V2GCertificateChain"
_MO: Final = "MORootCertificate"
_ALGORITHMS: Final = ("SHA256", "SHA384", "SHA512")
_ISO15118: Final = ["ISO15118"]


def hash_data(algorithm: str = "SHA256", serial: str = "3A01") -> dict[str, Any]:
    """The hashes by which a certificate is named."""

    def hashed(text: str) -> str:
        return hashlib.new(algorithm, text.encode()).hexdigest()

    return {
        "hashAlgorithm": algorithm,
        "issuerNameHash": hashed("the name of an issuer"),
        "issuerKeyHash": hashed("the key of an issuer"),
        "serialNumber": serial,
    }


# --- installing -----------------------------------------------------------------------------------


async def _install(station: Station, use: str, status: str = "Accepted") -> None:
    """The operator installs a root certificate for that use; the station answers so."""
    fields = {"certificateType": use, "certificate": self_signed_root(f"A {use}")}
    await ask(station, "InstallCertificate", fields, {"status": status})


@CASES.each(
    Row("TC_M_01_CSMS", "Install a root for CSMSs", use=_CSMS),
    Row("TC_M_02_CSMS", "Install a root for firmware", use=_MANUFACTURER),
    Row("TC_M_03_CSMS", "Install a root for stations of ISO 15118", needs=_ISO15118, use=_V2G),
    Row("TC_M_04_CSMS", "Install a root for contracts", needs=_ISO15118, use=_MO),
    requirements=["M05.FR.01"],
    asks=["InstallCertificate"],
)
async def install(station: Station, use: str) -> None:
    """The operator installs a root certificate, in PEM, for one use.

    Whom a station trusts depends on the use: the root for firmware in the place of that for CSMSs
    locks the CSMS out.
    """
    await station.ready()
    await _install(station, use)
    await station.heartbeat()


@CASES.case(
    "TC_M_05_CSMS",
    "Install a root, failed",
    requirements=["M05.FR.01", "M05.FR.03"],
    asks=["InstallCertificate"],
)
async def install_failed(station: Station) -> None:
    """The certificate is good, and yet the station cannot keep it; the CSMS takes the answer."""
    await station.ready()
    await _install(station, _CSMS, "Failed")
    await station.heartbeat()


# --- reading --------------------------------------------------------------------------------------


def _installed(uses: Sequence[str], algorithm: str = "SHA256") -> dict[str, Any]:
    """The answer of a station that has one certificate for each use, and a chain for V2G."""
    entries: list[dict[str, Any]] = []
    for number, use in enumerate(uses):
        entry: dict[str, Any] = {
            "certificateType": use,
            "certificateHashData": hash_data(algorithm, f"3A0{number}"),
        }
        if use == _CHAIN:
            entry["childCertificateHashData"] = [
                hash_data(algorithm, serial) for serial in ("3B01", "3B02")
            ]
        entries.append(entry)
    return {"status": "Accepted", "certificateHashDataChain": entries}


@CASES.each(
    Row("TC_M_12_CSMS", "Roots for CSMSs", uses=[_CSMS], algorithms=_ALGORITHMS),
    Row("TC_M_13_CSMS", "Roots for firmware", uses=[_MANUFACTURER]),
    Row("TC_M_14_CSMS", "Roots for stations of ISO 15118", needs=_ISO15118, uses=[_V2G]),
    Row("TC_M_15_CSMS", "Chain of a station of ISO 15118", needs=_ISO15118, uses=[_CHAIN]),
    Row("TC_M_16_CSMS", "Roots for contracts", needs=_ISO15118, uses=[_MO]),
    Row("TC_M_17_CSMS", "Roots for CSMSs and for firmware", uses=[_CSMS, _MANUFACTURER]),
    requirements=["M03.FR.01", "M03.FR.05"],
    asks=["GetInstalledCertificateIds"],
)
async def installed(
    station: Station, uses: Sequence[str], algorithms: Sequence[str] = _ALGORITHMS[:1]
) -> None:
    """The operator asks which certificates a station has for these uses, and gets their hashes.

    A station hashes as it likes, by any of three algorithms: the CSMS takes each.
    """
    await station.ready()
    for algorithm in algorithms:
        await ask(
            station,
            "GetInstalledCertificateIds",
            {"certificateType": list(uses)},
            _installed(uses, algorithm),
        )
        await station.heartbeat()


@CASES.case(
    "TC_M_18_CSMS",
    "All certificates",
    requirements=["M03.FR.01"],
    asks=["GetInstalledCertificateIds"],
)
async def all_installed(station: Station) -> None:
    """The operator asks for all certificates: the request names no use."""
    await station.ready()
    uses = [_CSMS, _MANUFACTURER, _V2G, _CHAIN, _MO]
    answer = _installed(uses)
    await ask(station, "GetInstalledCertificateIds", {}, answer, absent=["certificateType"])
    await station.heartbeat()


@CASES.case(
    "TC_M_19_CSMS",
    "No such certificate",
    requirements=["M03.FR.01", "M03.FR.02"],
    asks=["GetInstalledCertificateIds"],
)
async def none_installed(station: Station) -> None:
    """The station has no certificate for that use: the answer has a status and no list."""
    await station.ready()
    fields = {"certificateType": [_MANUFACTURER]}
    await ask(station, "GetInstalledCertificateIds", fields, {"status": "NotFound"})
    await station.heartbeat()


# --- deleting -------------------------------------------------------------------------------------


@CASES.each(
    Row("TC_M_20_CSMS", "Delete a certificate", status="Accepted", algorithms=_ALGORITHMS),
    Row("TC_M_21_CSMS", "Delete a certificate, failed", status="Failed"),
    requirements=["M04.FR.01", "M04.FR.07"],
    asks=["GetInstalledCertificateIds", "DeleteCertificate"],
)
async def delete(
    station: Station, status: str, algorithms: Sequence[str] = _ALGORITHMS[:1]
) -> None:
    """The operator deletes a certificate, which the station's own hashes name.

    The hashes go back as they came, algorithm and all: the station knows the certificate by no
    others.
    """
    await station.ready()
    for algorithm in algorithms:
        answer = _installed([_CSMS], algorithm)
        fields = {"certificateType": [_CSMS]}
        await ask(station, "GetInstalledCertificateIds", fields, answer)
        named = answer["certificateHashDataChain"][0]["certificateHashData"]
        fields = {"certificateHashData": named}
        await ask(station, "DeleteCertificate", fields, {"status": status})
        await station.heartbeat()
