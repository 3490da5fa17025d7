"""Answers that are a charger's trace, packed as `traces.packing` has it."""

from typing import Annotated, Any

from pydantic import Field

from voltyard.api.gateway.fields import GatewayAnswer, example

Ms = Annotated[int, Field(description="Milliseconds after the trace's `begin`.")]
Row = list[Any]


class TraceFramesResponse(GatewayAnswer):
    """Frames in the order of time, column by column."""

    after_ms: Annotated[list[int], Field(description="Milliseconds after the frame before it.")]
    charger: Annotated[list[int], Field(description="Its place in `chargers`.")]
    by_charger: Annotated[list[int], Field(description="1 from the charger, 0 to it.")]
    kind: Annotated[
        list[int], Field(description="2 CALL, 3 CALLRESULT, 4 CALLERROR, 0 none of them.")
    ]
    action: Annotated[list[int], Field(description="Its place in `actions`; -1: not known.")]
    pair: Annotated[
        list[int],
        Field(description="How many frames further its answer is, or its call; 0: there is none."),
    ]
    text: list[str]


class TraceConnectorResponse(GatewayAnswer):
    """Statuses of a connector; of the whole charger, where the EVSE is 0."""

    evse: int
    connector: Annotated[int, Field(description="0 with OCPP 1.6: connector n is EVSE n.")]
    changes: Annotated[list[Row], Field(description="Moment in ms, status, note.")]


class TraceTransactionResponse(GatewayAnswer):
    """A transaction; null is what the frames do not tell."""

    id: str | None
    evse: int
    begin_ms: int | None
    end_ms: int | None
    id_tag: str | None
    meter_start_wh: float | None
    meter_stop_wh: float | None
    reason: str | None


class TraceMeterResponse(GatewayAnswer):
    """A quantity at an EVSE, as the meter values tell it."""

    evse: int
    quantity: Annotated[str, Field(description="Such as power_w, current_a or soc_percent.")]
    at_ms: list[Ms]
    values: list[float]


class TraceLimitResponse(GatewayAnswer):
    """The limit of an EVSE by its charging profiles."""

    evse: int
    unit: Annotated[str, Field(description="A or W.")]
    steps: Annotated[
        list[Row], Field(description="Moment in ms, limit or null, id of its profile or null.")
    ]


class TraceChargerResponse(GatewayAnswer):
    """A charger and its lanes over time."""

    name: str
    version: str | None
    source: str
    links: Annotated[list[Row], Field(description="Moment in ms, 1 up or 0 down, reason.")]
    connectors: list[TraceConnectorResponse]
    transactions: list[TraceTransactionResponse]
    meters: list[TraceMeterResponse]
    limits: list[TraceLimitResponse]
    events: Annotated[list[Row], Field(description="Moment in ms, type, data.")]


class TraceRuleResponse(GatewayAnswer):
    """A rule of OCPP that a frame breaks, with its source and what to do."""

    title: str
    says: str
    remedy: str
    source_16: str
    source_201: str
    code_16: str | None
    code_201: str | None


class PackedTraceResponse(GatewayAnswer):
    """A trace; moments are milliseconds after `begin`."""

    format: int
    title: str
    begin: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    duration_ms: int
    chargers: list[TraceChargerResponse]
    actions: list[str]
    frames: TraceFramesResponse
    violations: Annotated[
        list[Row], Field(description="Number of the frame, key of the rule, path, message.")
    ]
    rules: dict[str, TraceRuleResponse]


class ChargerTraceResponse(GatewayAnswer):
    """The newest part of a charger's log as a trace."""

    model_config = example(
        data={
            "format": 1,
            "title": "CP-TEST-001",
            "begin": "2026-02-10T14:00:00.000Z",
            "duration_ms": 12,
            "chargers": [
                {
                    "name": "CP-TEST-001",
                    "version": "1.6",
                    "source": "CP-TEST-001, the yard's log",
                    "links": [[0, 1, ""]],
                    "connectors": [],
                    "transactions": [],
                    "meters": [],
                    "limits": [],
                    "events": [[0, "connection.opened", {}]],
                }
            ],
            "actions": ["Heartbeat"],
            "frames": {
                "after_ms": [0, 12],
                "charger": [0, 0],
                "by_charger": [1, 0],
                "kind": [2, 3],
                "action": [0, 0],
                "pair": [1, -1],
                "text": [
                    '[2,"17","Heartbeat",{}]',
                    '[3,"17",{"currentTime":"2026-02-10T14:00:00Z"}]',
                ],
            },
            "violations": [],
            "rules": {},
        },
        limit=1_000,
        has_more=False,
    )

    data: PackedTraceResponse
    limit: Annotated[int, Field(examples=[1_000])]
    has_more: Annotated[bool, Field(description="Earlier frames were left out.")]
