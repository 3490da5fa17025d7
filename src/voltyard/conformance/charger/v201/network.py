"""Cases of OCPP 2.0.1 for a charging station: network profiles, and times offline (B04, B09,
B10)."""

from __future__ import annotations

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem
from voltyard.conformance.subject import SEVERAL_EVSES
from voltyard.ports.links import Barred, Handshake

CASES = Cases("charger", "2.0.1", "Provisioning")

_PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"
_QUICK = {
    "OCPPCommCtrlr.NetworkProfileConnectionAttempts": "2",
    "OCPPCommCtrlr.RetryBackOffWaitMinimum": "1",
    "OCPPCommCtrlr.RetryBackOffRandomRange": "1",
    "OCPPCommCtrlr.RetryBackOffRepeatTimes": "1",
}
_ELSEWHERE = "elsewhere"
"""A part of the path by which the new endpoint is told from the present one."""


async def set_profile(
    csms: ManagementSystem, slot: int, *, url: str, status: str = "Accepted"
) -> None:
    """Set a network profile of the present security profile, which is answered with that status."""
    profile = int(await csms.get_variable("SecurityCtrlr.SecurityProfile"))
    answer = await csms.asks(
        "SetNetworkProfile",
        configurationSlot=slot,
        connectionData={
            "ocppVersion": "OCPP20",
            "ocppTransport": "JSON",
            "ocppCsmsUrl": url,
            "messageTimeout": 30,
            "securityProfile": profile,
            "ocppInterface": "Wired0",
        },
    )
    answer.expect(status=status)


@CASES.case("TC_B_43_CS", "Set a network profile, rejected", requirements=["B09.FR.02"])
async def no_such_slot(csms: ManagementSystem) -> None:
    """A network profile for a slot that is not there is rejected, and the station stays."""
    await csms.booted()
    await set_profile(csms, 999, url=csms.url, status="Rejected")
    await csms.set_variable(_PRIORITY, "999", status="Rejected")


def _is_elsewhere(handshake: Handshake) -> bool:
    return f"/{_ELSEWHERE}/" in handshake.path


async def _migrate(csms: ManagementSystem, priority: str) -> None:
    """Have the station take up a profile of another endpoint at its next start."""
    await csms.booted()
    active = await csms.get_variable("OCPPCommCtrlr.NetworkConfigurationPriority")
    await set_profile(csms, 1, url=f"{csms.url}/{_ELSEWHERE}")
    await csms.set_variable(_PRIORITY, priority.format(active=active))
    await csms.reset("OnIdle")


@CASES.case(
    "TC_B_45_CS",
    "Migrate to another network profile",
    requirements=["B09.FR.01", "B10.FR.01", "B10.FR.04", "B10.FR.06"],
    settings=_QUICK,
)
async def migrate(csms: ManagementSystem) -> None:
    """After a reset the station connects by the profile that has come to the front, and boots."""
    await _migrate(csms, "1,{active}")
    await csms.heard_until("BootNotification", 2)
    if not _is_elsewhere(csms.handshakes[-1]):
        raise csms.record.broken("a connection to the new endpoint", csms.handshakes[-1].path)
    await csms.hears_every_status()


@CASES.case(
    "TC_B_46_CS",
    "Migrate, fall back",
    requirements=["B10.FR.03", "B10.FR.04"],
    settings=_QUICK,
)
async def fall_back(csms: ManagementSystem) -> None:
    """A profile that leads nowhere is given up after its attempts: the station is not lost."""
    csms.bars = lambda handshake: Barred(404, "no") if _is_elsewhere(handshake) else None
    await _migrate(csms, "1,{active}")
    await csms.heard_until("BootNotification", 2)
    _fell_back(csms, 2)


def _fell_back(csms: ManagementSystem, attempts: int) -> None:
    tried = sum(map(_is_elsewhere, csms.handshakes))
    if tried < attempts:
        raise csms.record.broken(f"{attempts} attempts at the new endpoint", f"{tried} were made")
    if _is_elsewhere(csms.handshakes[-1]):
        raise csms.record.broken("a connection to the former endpoint", csms.handshakes[-1].path)


@CASES.case(
    "TC_B_49_CS",
    "Migrate, fall back, and wait",
    requirements=["B10.FR.07"],
    settings={**_QUICK, "OCPPCommCtrlr.NetworkProfileConnectionAttempts": "1"},
)
async def fall_back_and_wait(csms: ManagementSystem) -> None:
    """The former endpoint, too, may be away for a moment: the station tries it again."""
    refused: list[Handshake] = []

    def bars(handshake: Handshake) -> Barred | None:
        again = any(map(_is_elsewhere, csms.handshakes)) and len(refused) < 2
        if not again and not _is_elsewhere(handshake):
            return None
        refused.append(handshake)
        return Barred(503, "not now")

    csms.bars = bars
    await _migrate(csms, "1,{active}")
    await csms.heard_until("BootNotification", 2)
    _fell_back(csms, 1)
    if all(map(_is_elsewhere, refused)):
        raise csms.record.broken("an attempt at the former endpoint", "it was not made")


@CASES.each(
    Row("TC_B_51_CS", "Offline longer than OfflineThreshold", threshold=3, tells_all=True),
    Row("TC_B_52_CS", "Offline shorter than OfflineThreshold", threshold=600, tells_all=False),
    requirements=["B04.FR.01", "B04.FR.02"],
    needs=[SEVERAL_EVSES],
    asks=["network_drop", "plug", "network_restore"],
)
async def status_after_a_time_offline(
    csms: ManagementSystem, threshold: int, tells_all: bool
) -> None:
    """After a short absence the connectors that changed are told of, after a long one all are."""
    await csms.booted()
    await csms.set_variable("OCPPCommCtrlr.OfflineThreshold", str(threshold))
    await csms.act("network_drop")
    await csms.act("plug")
    await csms.passes(5)
    before = len(csms.inbox.all("StatusNotification"))
    await csms.act("network_restore")
    await csms.hears_status("Occupied")
    if tells_all:
        await csms.heard_until("StatusNotification", before + csms.subject.evses)
    else:
        await csms.passes(3)
        csms.heard_times("StatusNotification", before + 1)
