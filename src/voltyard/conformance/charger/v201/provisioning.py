"""Cases of OCPP 2.0.1 for a charging station: boot, reconnection and variables (B01 to B06)."""

from __future__ import annotations

from functools import partial
from typing import Any

from voltyard.conformance.cases.case import Cases, Row
from voltyard.conformance.charger.v201.management_system import ManagementSystem, variable_at
from voltyard.conformance.wire.message import ABSENT, fitting, one_of
from voltyard.conformance.wire.tester_link import GivenError
from voltyard.ports.links import Barred, Handshake

CASES = Cases("charger", "2.0.1", "Provisioning")

# --- boot -----------------------------------------------------------------------------------------


@CASES.case(
    "TC_B_01_CS",
    "Cold boot, accepted",
    requirements=["B01.FR.01", "B01.FR.03", "B01.FR.05", "B01.FR.09", "A04.FR.02"],
    boot={"interval": 2},
)
async def cold_boot(csms: ManagementSystem) -> None:
    """A station boots, reports each connector, and sends heartbeats at the given interval.

    Until it has, a CSMS knows neither what the station is nor that it can be used.
    """
    booted = await csms.hears("BootNotification")
    booted.expect(
        reason=one_of("PowerUp", "ApplicationReset", "LocalReset", "RemoteReset", "Unknown"),
        rule="B01.FR.03",
    )
    await csms.hears_every_status()
    await csms.hears("Heartbeat")
    told = {one["type"] for one in csms.inbox.all("SecurityEventNotification")}
    if told.isdisjoint({"StartupOfTheDevice", "ResetOrReboot"}):
        raise csms.record.broken(
            "SecurityEventNotification of the start", ", ".join(told) or "none", rule="A04.FR.02"
        )


@CASES.case(
    "TC_B_02_CS",
    "Cold boot, pending",
    requirements=["B02.FR.01", "B02.FR.02", "B02.FR.04", "B02.FR.05", "B02.FR.06"],
    boot={"status": "Pending", "interval": 2},
)
async def pending_boot(csms: ManagementSystem) -> None:
    """While the boot is pending the CSMS may configure the station, which says nothing of itself.

    A transaction that is asked for then is refused, and the boot is asked for again.
    """
    await csms.hears("BootNotification")
    await csms.set_variable("SampledDataCtrlr.TxUpdatedInterval", "30")
    await csms.has_variable("SampledDataCtrlr.TxUpdatedInterval", "30")
    request_id = csms.number()
    answer = await csms.asks(
        "GetBaseReport", requestId=request_id, reportBase="ConfigurationInventory"
    )
    answer.expect(status="Accepted")
    await csms.report(request_id)
    await csms.remote_start(status="Rejected")
    await csms.remote_stop("no-such-transaction", status="Rejected")
    _only(csms, "BootNotification", "NotifyReport")
    csms.boot.update(status="Accepted", interval=300)
    await csms.booted()


def _only(csms: ManagementSystem, *actions: str) -> None:
    for one in csms.inbox.calls:
        if one.action not in actions:
            raise one.broken(f"nothing but {', '.join(actions)} until the boot is accepted")


@CASES.case(
    "TC_B_03_CS",
    "Cold boot, rejected",
    requirements=["B03.FR.02", "B03.FR.04", "B03.FR.06"],
    boot={"status": "Rejected", "interval": 4},
)
async def rejected_boot(csms: ManagementSystem) -> None:
    """A station that is rejected stays silent until the interval is over, then asks again."""
    first = csms.clock()
    await csms.hears("BootNotification")
    await csms.hears("BootNotification")
    if csms.clock() - first < 3.5:
        raise csms.record.broken("4 s without BootNotification", f"{csms.clock() - first:.1f} s")
    _only(csms, "BootNotification")
    csms.boot.update(status="Accepted", interval=300)
    await csms.booted()


@CASES.each(
    Row("TC_B_30_CS", "Cold boot, rejected, SecurityError"),
    requirements=["B03.FR.08"],
    boot={"status": "Rejected", "interval": 6},
)
async def requests_while_rejected(csms: ManagementSystem) -> None:
    """A station that is rejected does nothing that the CSMS asks for, and says why."""
    await csms.hears("BootNotification")
    # A station may have closed the connection instead (B03.FR.04).
    refused = await csms.is_refused(
        "GetVariables", getVariableData=[variable_at("OCPPCommCtrlr.OfflineThreshold")]
    )
    _is_error(csms, refused, "SecurityError")
    csms.boot.update(status="Accepted", interval=300)
    await csms.booted()


def _is_error(csms: ManagementSystem, came: GivenError, code: str) -> None:
    if came.code != code:
        raise csms.record.broken(f"CALLERROR {code}", came.code, frame=came.frame)


@CASES.case(
    "TC_B_57_CS",
    "Network reconnection",
    requirements=["OCPP 2.0.1 Part 4 section 5.3"],
    settings={
        "OCPPCommCtrlr.RetryBackOffRepeatTimes": "2",
        "OCPPCommCtrlr.RetryBackOffRandomRange": "0",
        "OCPPCommCtrlr.RetryBackOffWaitMinimum": "2",
    },
)
async def reconnection(csms: ManagementSystem) -> None:
    """A station comes back after the connection was lost: after a wait, which doubles where it is
    turned away, so that a CSMS that restarts is not overrun. It need not boot for that."""
    await csms.booted()
    await _loses_the_connection(csms, 2)
    await _loses_the_connection(csms, 2, 4)
    await csms.has_variable("OCPPCommCtrlr.RetryBackOffWaitMinimum", "2")
    await csms.passes(1)
    csms.heard_times("BootNotification", 1)


async def _loses_the_connection(csms: ManagementSystem, *waits_s: float) -> None:
    """Close the connection, and await a handshake after each of those times; the last is taken."""
    before = len(csms.handshakes)

    def bars(_: Handshake) -> Barred | None:
        is_last = len(csms.handshakes) == before + len(waits_s)
        return None if is_last else Barred(503, "not yet")

    (await csms.linked()).close()
    csms.bars = bars
    for number, wait_s in enumerate(waits_s):
        began = csms.clock()
        await csms.inbox.awaits(
            "another handshake", partial(_more_than, csms.handshakes, before + number)
        )
        if csms.clock() - began < wait_s - 0.5:
            raise csms.record.broken(
                f"{wait_s} s before the handshake", f"{csms.clock() - began:.1f} s"
            )
    await csms.linked()


def _more_than(handshakes: list[Handshake], number: int) -> bool:
    return len(handshakes) > number


# --- variables ------------------------------------------------------------------------------------


def _result(of: str, path: str, status: str, /, number: int = 0, **fields: Any) -> dict[str, Any]:
    """The result that answers that variable, with that attributeStatus."""
    named = variable_at(path)
    at = f"{of}VariableResult.{number}"
    wanted = {f"{at}.attributeStatus": status, **{f"{at}.{k}": v for k, v in fields.items()}}
    for part in ("component", "variable"):
        for name, value in named[part].items():
            wanted[f"{at}.{part}.{name}"] = value
    return wanted


@CASES.each(
    Row("TC_B_06_CS", "Get variables, one", paths=["OCPPCommCtrlr.OfflineThreshold"]),
    Row(
        "TC_B_07_CS",
        "Get variables, several",
        paths=["OCPPCommCtrlr.OfflineThreshold", "AuthCtrlr.AuthorizeRemoteStart"],
    ),
    requirements=["B06.FR.01", "B06.FR.02", "B06.FR.03", "B06.FR.04", "B06.FR.10", "B06.FR.11"],
)
async def get_variables(csms: ManagementSystem, paths: list[str]) -> None:
    """Each variable that is asked for has its result, with a value, in the order of the request."""
    await csms.booted()
    answer = await csms.gets(*(variable_at(path) for path in paths))
    for number, path in enumerate(paths):
        told = fitting("a value", lambda value: isinstance(value, str) and value != "")
        answer.expect(_result("get", path, "Accepted", number, attributeValue=told))
        if answer.get(f"getVariableResult.{number}.attributeType") != "Actual":
            answer.expect({f"getVariableResult.{number}.attributeType": ABSENT})


@CASES.each(
    Row(
        "TC_B_32_CS",
        "Get variables, unknown component",
        path="UnknownComponent.OfflineThreshold",
        status="UnknownComponent",
    ),
    Row(
        "TC_B_33_CS",
        "Get variables, unknown variable",
        path="OCPPCommCtrlr.UnknownVariable",
        status="UnknownVariable",
    ),
    Row(
        "TC_B_34_CS",
        "Get variables, attribute type not supported",
        path="OCPPCommCtrlr.OfflineThreshold",
        status="NotSupportedAttributeType",
        attributeType="Target",
    ),
    requirements=["B06.FR.06", "B06.FR.07", "B06.FR.08"],
)
async def variables_that_are_not_there(
    csms: ManagementSystem, path: str, status: str, **attribute: Any
) -> None:
    """Unknown parts are told apart, and no value comes with them."""
    await csms.booted()
    answer = await csms.gets(variable_at(path, **attribute))
    answer.expect(_result("get", path, status, attributeValue=ABSENT, **attribute))


@CASES.each(
    Row("TC_B_09_CS", "Set variables, one", paths=["OCPPCommCtrlr.OfflineThreshold"]),
    Row(
        "TC_B_10_CS",
        "Set variables, several",
        paths=["OCPPCommCtrlr.OfflineThreshold", "TxCtrlr.EVConnectionTimeOut"],
    ),
    requirements=["B05.FR.01", "B05.FR.02", "B05.FR.03", "B05.FR.10", "B05.FR.12"],
)
async def set_variables(csms: ManagementSystem, paths: list[str]) -> None:
    """Each variable that is set has its result, and then the new value."""
    await csms.booted()
    answer = await csms.asks(
        "SetVariables", setVariableData=[variable_at(path, attributeValue="123") for path in paths]
    )
    for number, path in enumerate(paths):
        answer.expect(_result("set", path, "Accepted", number))
    for path in paths:
        await csms.has_variable(path, "123")


@CASES.each(
    Row(
        "TC_B_11_CS",
        "Set variables, malformed",
        values={
            "OCPPCommCtrlr.OfflineThreshold": ("0.1", "true", "2026-01-05T10:00:00Z", "abc"),
            "AuthCtrlr.AuthorizeRemoteStart": ("300", "2026-01-05T10:00:00Z", "abc"),
            "TxCtrlr.TxStartPoint": ("Nowhere",),
        },
    ),
    Row(
        "TC_B_39_CS",
        "Set variables, read-only",
        values={"SecurityCtrlr.CertificateEntries": ("7",)},
    ),
    requirements=["B05.FR.07", "B05.FR.09"],
)
async def rejected_values(csms: ManagementSystem, values: dict[str, tuple[str, ...]]) -> None:
    """A value that means nothing, or may not be set, is rejected and changes nothing."""
    await csms.booted()
    for path, rejected in values.items():
        before = await csms.get_variable(path)
        for value in rejected:
            await csms.set_variable(path, value, status="Rejected")
        await csms.has_variable(path, before)


@CASES.each(
    Row(
        "TC_B_35_CS",
        "Set variables, unknown component",
        path="UnknownComponent.OfflineThreshold",
        status="UnknownComponent",
    ),
    Row(
        "TC_B_36_CS",
        "Set variables, unknown variable",
        path="OCPPCommCtrlr.UnknownVariable",
        status="UnknownVariable",
    ),
    Row(
        "TC_B_37_CS",
        "Set variables, attribute type not supported",
        path="OCPPCommCtrlr.OfflineThreshold",
        status="NotSupportedAttributeType",
        attributeType="Target",
    ),
    requirements=["B05.FR.04", "B05.FR.05", "B05.FR.06"],
)
async def settings_that_are_not_there(
    csms: ManagementSystem, path: str, status: str, **attribute: Any
) -> None:
    """A variable that is not there cannot be set, and the answer says which part is wrong."""
    await csms.booted()
    answer = await csms.asks(
        "SetVariables", setVariableData=[variable_at(path, attributeValue="20", **attribute)]
    )
    answer.expect(_result("set", path, status, **attribute))
