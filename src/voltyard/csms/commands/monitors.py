"""Commands of monitors of variables (2.x block N)."""

from typing import Annotated, ClassVar, Final, Literal, TypeAlias

from msgspec import Struct

from voltyard.csms.commands.declaration import (
    AnswerShape,
    CommandOperation,
    WireField,
    status_answer,
)
from voltyard.csms.commands.results import (
    MonitorsClearedResult,
    MonitorsResult,
    MonitorsSetResult,
    MonitorType,
)
from voltyard.csms.commands.shared import BackendCommand, Natural, Word
from voltyard.kernel import limits

MonitoringBase: TypeAlias = Literal["All", "FactoryDefault", "HardWiredOnly"]
MonitorKind: TypeAlias = Literal["threshold", "delta", "periodic"]

Severity: TypeAlias = Annotated[
    int, WireField(ge=0, le=9, description="From 0, danger, to 9, debug.")
]

_STATUS: Final = status_answer("MonitoringStatusAnswer")
_VARIABLE: Final = "EVSE@1.Power"


class VariableMonitor(Struct, frozen=True, kw_only=True):
    """A monitor that is to be set, or with an id replaced."""

    schema_name: ClassVar = "VariableMonitor"

    variable: Annotated[
        Word,
        WireField(description="As configuration has it: `EVSE@1.Power` is of EVSE 1."),
    ]
    type: MonitorType
    value: Annotated[
        float, WireField(description="The threshold, the difference, or the seconds of a period.")
    ]
    severity: Severity
    transaction: Annotated[
        bool, WireField(description="Active only while a transaction runs there.")
    ] = False
    id: Annotated[Natural | None, WireField(description="Of the monitor that it replaces.")] = None


class SetMonitors(BackendCommand, frozen=True, kw_only=True, tag="monitors"):
    """Have the charger watch variables.

    In as many messages as the charger takes (ItemsPerMessage). What triggers comes as an event
    (NotifyEvent).

    Body: The monitors. With an id one is replaced.

    Answer: accepted where all of them are, else the charger's first other word; for each monitor
    its own: accepted, rejected, duplicate, unknownComponent, unknownVariable,
    unsupportedMonitorType.
    """

    first_version: ClassVar = "2.0.1"
    operation: ClassVar = CommandOperation(
        name="set_monitors",
        tag="monitors",
        body="MonitorsBody",
        example={
            "monitors": [
                {"variable": _VARIABLE, "type": "UpperThreshold", "value": 11000, "severity": 5}
            ]
        },
        answer=AnswerShape("MonitorsSetAnswer", "message", "charge_box_id", "status", "results"),
        subject="Monitors",
        result={
            "results": [
                {
                    "id": 1000,
                    "variable": _VARIABLE,
                    "type": "UpperThreshold",
                    "severity": 5,
                    "status": "accepted",
                    "reason": None,
                }
            ]
        },
    )
    result: ClassVar = MonitorsSetResult

    monitors: Annotated[
        tuple[VariableMonitor, ...],
        WireField(min_length=1, max_length=limits.MONITORS_IN_COMMAND),
    ]


class GetMonitors(BackendCommand, frozen=True, kw_only=True, tag="monitors/list"):
    """List the monitors of a charger.

    The charger is asked, and its report awaited. Of one kind, at one variable, or all of them.


    Answer: The monitors; none where the charger has none that fits.
    """

    first_version: ClassVar = "2.0.1"
    operation: ClassVar = CommandOperation(
        name="list_monitors",
        path="monitors",
        method="GET",
        tag="monitors",
        answer=AnswerShape("MonitorsAnswer", "charge_box_id", "status", "monitors"),
        result={
            "monitors": [
                {
                    "id": 1000,
                    "variable": _VARIABLE,
                    "type": "UpperThreshold",
                    "value": 11000.0,
                    "severity": 5,
                    "transaction": False,
                }
            ]
        },
    )
    result: ClassVar = MonitorsResult

    kind: MonitorKind | None = None
    variable: Annotated[
        Word | None, WireField(description="As configuration has it: `EVSE@1.Power`.")
    ] = None


class ClearMonitors(BackendCommand, frozen=True, kw_only=True, tag="monitors/clear"):
    """Remove monitors.

    In as many messages as the charger takes (ItemsPerMessage).

    Body: The ids of the monitors.

    Answer: accepted where all of them are, else the charger's first other word; for each monitor
    its own: accepted, notFound, rejected where it is hard-wired.
    """

    first_version: ClassVar = "2.0.1"
    operation: ClassVar = CommandOperation(
        name="clear_monitors",
        tag="monitors",
        body="ClearMonitorsBody",
        example={"ids": [1000]},
        answer=AnswerShape(
            "MonitorsClearedAnswer", "message", "charge_box_id", "status", "results"
        ),
        subject="Removal",
        result={"results": [{"id": 1000, "status": "accepted"}]},
    )
    result: ClassVar = MonitorsClearedResult

    ids: Annotated[
        tuple[Natural, ...], WireField(min_length=1, max_length=limits.MONITORS_IN_COMMAND)
    ]


class SetMonitoringBase(BackendCommand, frozen=True, kw_only=True, tag="monitors/base"):
    """Have the monitors that the charger was made with.

    FactoryDefault and HardWiredOnly remove all that were set; All leaves them.

    Body: The base.
    """

    first_version: ClassVar = "2.0.1"
    operation: ClassVar = CommandOperation(
        name="set_monitoring_base",
        method="PUT",
        tag="monitors",
        body="MonitoringBaseBody",
        example={"base": "FactoryDefault"},
        answer=_STATUS,
        subject="Monitoring base",
    )

    base: MonitoringBase


class SetMonitoringLevel(BackendCommand, frozen=True, kw_only=True, tag="monitors/level"):
    """Limit events by their severity.

    Those of a higher number are not told.

    Body: The highest severity number that is told.
    """

    first_version: ClassVar = "2.0.1"
    operation: ClassVar = CommandOperation(
        name="set_monitoring_level",
        method="PUT",
        tag="monitors",
        body="MonitoringLevelBody",
        example={"severity": 5},
        answer=_STATUS,
        subject="Monitoring level",
    )

    severity: Severity
