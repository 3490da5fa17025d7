"""Cases of OCPP 1.6 for a charge point: the local authorization list."""

from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v16.central_system import CentralSystem

CASES = Cases("charger", "1.6", "LocalAuthListManagement")

_SEND = "OCPP 1.6 section 5.15"
_VERSION = "OCPP 1.6 section 5.10"
_LISTS = {"LocalAuthListEnabled": "true", "LocalPreAuthorize": "true"}
_NO_LISTS = {"LocalAuthListEnabled": "false"}


def _entry(tag: str) -> dict[str, Any]:
    return {"idTag": tag, "idTagInfo": {"status": "Accepted"}}


async def _send(
    central: CentralSystem,
    version: int,
    entries: list[dict[str, Any]],
    *,
    update: str = "Full",
    status: str = "Accepted",
) -> None:
    answer = await central.asks(
        "SendLocalList", listVersion=version, updateType=update, localAuthorizationList=entries
    )
    answer.expect(status=status)


async def _version_is(central: CentralSystem, version: int) -> None:
    (await central.asks("GetLocalListVersion")).expect(listVersion=version)


@CASES.each(
    Row("TC_008_1_CS", "Listed id, local start", remotely=False),
    Row("TC_008_2_CS", "Listed id, remote start", remotely=True),
    requirements=["OCPP 1.6 section 3.4.2"],
    asks=["plug", "swipe"],
    settings={**_LISTS, "AuthorizeRemoteTxRequests": "true"},
)
async def listed_id(central: CentralSystem, remotely: bool) -> None:
    """A tag on the list starts a session at once, without Authorize."""
    tag = central.tags.accepted
    await central.booted()
    await _send(central, 1, [_entry(tag)])
    await central.act("plug")
    if remotely:
        await central.remote_start()
    else:
        await central.act("swipe", id_tag=tag)
    await central.hears("StartTransaction", idTag=tag)
    await central.hears_status("Charging")
    central.never_heard("Authorize")


@CASES.case(
    "TC_042_1_CS", "List version, not supported", requirements=[_VERSION], settings=_NO_LISTS
)
async def version_without_lists(central: CentralSystem) -> None:
    """A charge point without lists says -1."""
    await central.booted()
    await _version_is(central, -1)


@CASES.case("TC_042_2_CS", "List version, empty list", requirements=[_VERSION], settings=_LISTS)
async def version_of_an_empty_list(central: CentralSystem) -> None:
    """A charge point whose list has never been sent says 0."""
    await central.booted()
    await _version_is(central, 0)


@CASES.case("TC_043_1_CS", "Send a list, not supported", requirements=[_SEND], settings=_NO_LISTS)
async def lists_are_not_supported(central: CentralSystem) -> None:
    """A charge point without lists takes none."""
    await central.booted()
    await _send(central, 1, [_entry(central.tags.accepted)], status="NotSupported")


@CASES.case("TC_043_2_CS", "Send a list, version mismatch", requirements=[_SEND], settings=_LISTS)
async def version_mismatch(central: CentralSystem) -> None:
    """A change of an older version than the list has is refused, and the list stays."""
    entries = [_entry(central.tags.accepted)]
    await central.booted()
    await _send(central, 5, entries)
    await _send(central, 4, entries, update="Differential", status="VersionMismatch")
    await _version_is(central, 5)


@CASES.case(
    "TC_043_3_CS",
    "Send a list, failed",
    requirements=[_SEND, "OCPP 1.6 section 9.2.3"],
    settings=_LISTS,
)
async def too_long_a_list(central: CentralSystem) -> None:
    """A list with more tags than SendLocalListMaxLength fails, and the old one stays."""
    await central.booted()
    found = await central.asks("GetConfiguration", key=["SendLocalListMaxLength"])
    most = int(found["configurationKey.0.value"])
    await _send(central, 1, [_entry(central.tags.accepted)])
    await _send(central, 2, [_entry(f"TAG{number}") for number in range(most + 1)], status="Failed")
    await _version_is(central, 1)


@CASES.case(
    "TC_043_CS",
    "Send a list",
    requirements=[_SEND, _VERSION],
    asks=["plug", "swipe"],
    settings=_LISTS,
)
async def send_a_list(central: CentralSystem) -> None:
    """A list is sent whole, then changed: the tag that came starts a session at once."""
    mine, other = central.tags.accepted, central.tags.other
    await central.booted()
    await _send(central, 1, [_entry(mine)])
    await _version_is(central, 1)
    await _send(central, 2, [_entry(other), {"idTag": mine}], update="Differential")
    await _version_is(central, 2)
    await central.act("plug")
    await central.act("swipe", id_tag=other)
    await central.hears("StartTransaction", idTag=other)
    central.never_heard("Authorize")
