"""Firmware updates as a CSMS orders them, in both versions."""

from typing import Any

from tests.charger.bench import Bench
from voltyard.kernel.time import to_rfc3339
from voltyard.testing.firmware_signing import FirmwareSigner

IMAGE = b"Yard firmware version: 2.0.0\nrest of it"
WHERE = "http://files/yard-1.9.9.bin"


def update(bench: Bench, *, wait_s: float = 0.0, **more: Any) -> Any:
    """1.6's plain UpdateFirmware."""
    moment = to_rfc3339(bench.now + wait_s)
    return bench.call("UpdateFirmware", location=WHERE, retrieveDate=moment, **more)


def order(
    bench: Bench,
    request_id: int = 7,
    *,
    signer: FirmwareSigner | None = None,
    signature: str | None = None,
    wait_s: float = 0.0,
    install_s: float | None = None,
    **more: Any,
) -> Any:
    """1.6's SignedUpdateFirmware, 2.0.1's UpdateFirmware; unsigned in 2.0.1 where nobody signs."""
    firmware: dict[str, Any] = {
        "location": WHERE,
        "retrieveDateTime": to_rfc3339(bench.now + wait_s),
    }
    if install_s is not None:
        firmware["installDateTime"] = to_rfc3339(bench.now + install_s)
    if signer is not None:
        firmware["signingCertificate"] = signer.certificate
        firmware["signature"] = signature or signer.sign(IMAGE)
    action = "SignedUpdateFirmware" if bench.spec.version == "1.6" else "UpdateFirmware"
    answer = bench.call(action, requestId=request_id, firmware=firmware, **more)
    return answer["status"]
