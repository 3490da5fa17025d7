"""Commands about the device model: variables read, set and reported (2.0.1 B05 to B08)."""

from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Struct

from voltyard.csms.commands.declaration import AnswerShape, CommandOperation, WireField
from voltyard.csms.commands.results import ReportResult, VariablesReadResult, VariablesSetResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel import limits

VariableAttribute: TypeAlias = Literal["Actual", "Target", "MinSet", "MaxSet"]
ReportBase: TypeAlias = Literal["ConfigurationInventory", "FullInventory", "SummaryInventory"]
ComponentCriterion: TypeAlias = Literal["Active", "Available", "Enabled", "Problem"]
VariableName: TypeAlias = Annotated[str, WireField(min_length=1, max_length=255)]
"""As csms.v201.configuration_keys says: `Component.Variable`, `Connector@1/2.Available`,
`DeviceDataCtrlr.ItemsPerMessage[GetReport]`."""

_NAMES = WireField(min_length=1, max_length=limits.VARIABLES_AT_ONCE)


class ReadVariable(Struct, frozen=True, kw_only=True):
    """A variable to be read: `Component.Variable`, with its EVSE and instances."""

    schema_name: ClassVar = "VariableToRead"

    name: VariableName
    attribute: VariableAttribute = "Actual"


class WrittenVariable(Struct, frozen=True, kw_only=True):
    """A variable to be set, and its value."""

    schema_name: ClassVar = "VariableToSet"

    name: VariableName
    value: Annotated[str, WireField(max_length=1000)]
    attribute: VariableAttribute = "Actual"


class GetVariables(BackendCommand, frozen=True, kw_only=True, tag="variables/get"):
    """Read variables of the charger's device model.

    Of OCPP 2.0.1 (B06): any attribute, with the charger's word on each. They go in one message; a
    charger takes as many as its DeviceDataCtrlr.ItemsPerMessage[GetVariables] says.

    Body: The variables: `Component.Variable`, such as `Connector@1/2.Available` for one of EVSE 1,
    connector 2, or `DeviceDataCtrlr.ItemsPerMessage[GetReport]` for one with an instance.

    Answer: The variables in the order in which they were asked for.
    """

    operation: ClassVar = CommandOperation(
        name="get_variables",
        tag="device model",
        body="GetVariablesBody",
        example={"variables": [{"name": "AuthCtrlr.Enabled"}]},
        answer=AnswerShape("VariablesReadAnswer", "charge_box_id", "variables"),
        result={
            "variables": [
                {
                    "name": "AuthCtrlr.Enabled",
                    "attribute": "Actual",
                    "status": "Accepted",
                    "value": "true",
                    "reason": None,
                }
            ]
        },
    )
    result: ClassVar = VariablesReadResult
    first_version: ClassVar = "2.0.1"

    variables: Annotated[tuple[ReadVariable, ...], _NAMES]


class SetVariables(BackendCommand, frozen=True, kw_only=True, tag="variables/set"):
    """Set variables of the charger's device model.

    Of OCPP 2.0.1 (B05). They go in one message; a charger takes as many as its
    DeviceDataCtrlr.ItemsPerMessage[SetVariables] says, and each may be refused alone.

    Body: The variables and their values, which OCPP has as text.

    Answer: The charger's word on each.
    """

    operation: ClassVar = CommandOperation(
        name="set_variables",
        tag="device model",
        body="SetVariablesBody",
        example={"variables": [{"name": "AuthCtrlr.Enabled", "value": "true"}]},
        answer=AnswerShape("VariablesSetAnswer", "charge_box_id", "variables"),
        result={
            "variables": [
                {
                    "name": "AuthCtrlr.Enabled",
                    "attribute": "Actual",
                    "status": "Accepted",
                    "reason": None,
                }
            ]
        },
    )
    result: ClassVar = VariablesSetResult
    first_version: ClassVar = "2.0.1"

    variables: Annotated[tuple[WrittenVariable, ...], _NAMES]


class GetReport(BackendCommand, frozen=True, kw_only=True, tag="reports"):
    """Have the charger report its device model.

    Of OCPP 2.0.1: a base report (B07), or where anything else is said, a custom one (B08). The
    answer waits for all parts; emptyResultSet where nothing fits.

    Body: A base, or what is to be reported: variables, components without their variables, and
    criteria of components.

    Answer: The variables with their attributes and characteristics.
    """

    operation: ClassVar = CommandOperation(
        name="get_report",
        tag="device model",
        body="GetReportBody",
        is_body_optional=True,
        example={"base": "SummaryInventory"},
        answer=AnswerShape("ReportAnswer", "charge_box_id", "status", "variables", "reason"),
        result={
            "variables": [
                {
                    "name": "EVSE@1.AvailabilityState",
                    "attributes": [
                        {"type": "Actual", "value": "Available", "mutability": "ReadOnly"}
                    ],
                    "characteristics": {"dataType": "OptionList", "supportsMonitoring": False},
                }
            ]
        },
    )
    result: ClassVar = ReportResult
    first_version: ClassVar = "2.0.1"

    base: Annotated[
        ReportBase | None,
        WireField(description="Where nothing is said at all: FullInventory."),
    ] = None
    names: Annotated[tuple[VariableName, ...], WireField(max_length=limits.VARIABLES_AT_ONCE)] = ()
    """Variables by their names; a component alone, such as `AuthCtrlr`, stands for all it has."""
    criteria: Annotated[tuple[ComponentCriterion, ...], WireField(max_length=4)] = ()
