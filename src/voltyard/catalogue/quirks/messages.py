"""Quirks of JSON, of the schemas, and of the order of calls and answers."""

from typing import Final

from voltyard.catalogue.quirks.quirk import DEVICES, Quirk, choice, flag, number, text

_VARIANT = "variant"

JSON: Final = (
    Quirk(
        id="Q40",
        name="explicit-nulls",
        where="payload",
        about="Optional fields are there, and null.",
        sources=("mobilityhouse/ocpp#296",),
    ),
    Quirk(
        id="Q41",
        name="swapped-types",
        where="payload",
        about="Numbers stand where strings are due, or the inverse.",
        sources=("OpenEVSE#335", "lbbrhzn/ocpp#210"),
        parameters=(
            choice(_VARIANT, "numbers", "strings", about="What stands in place of the other."),
        ),
    ),
    Quirk(
        id="Q42",
        name="fractional-wh",
        where="payload",
        about="meterStart and meterStop are no integers.",
        sources=("shiv3/ocpp-cp-simulator#83",),
        versions=("1.6",),
        parameters=(number("fraction_wh", 0.37, 0.001, 0.999, "What is added."),),
    ),
    Quirk(
        id="Q43",
        name="object-for-array",
        where="payload",
        about="meterValue is one object, not an array of them.",
        sources=("lbbrhzn/ocpp#1144",),
    ),
    Quirk(
        id="Q44",
        name="empty-samples",
        where="payload",
        about="sampledValue is empty, also in a transactionData entry.",
        sources=("evcc-io/evcc#25708", "lbbrhzn/ocpp#466"),
    ),
    Quirk(
        id="Q45",
        name="wrong-enum",
        where="payload",
        about="A value is none of its list, or a key has another case.",
        sources=("lbbrhzn/ocpp#1248", "lbbrhzn/ocpp#1576", "evcc-io/evcc"),
        parameters=(
            choice(
                _VARIANT,
                "error-code",
                "unit-hz",
                "celcius",
                "celsius",
                "charging-rate-unit",
                "wrong-case",
                about='errorCode "Error" (2.0.1: connectorStatus); a frequency in Hz; a '
                "temperature in Celcius, or in Celsius; W for the allowed charging rate unit; "
                "configuration keys in small letters.",
            ),
        ),
    ),
    Quirk(
        id="Q46",
        name="too-long",
        where="payload",
        about="A text is longer than its field.",
        sources=("lbbrhzn/ocpp#987", "lbbrhzn/ocpp#1803", "mobilityhouse/ocpp#312"),
        parameters=(
            choice(
                _VARIANT,
                "info",
                "id-tag",
                "message-id",
                about="info of StatusNotification (2.0.1: techInfo of NotifyEvent); the tag; the "
                "message's id.",
            ),
        ),
    ),
    Quirk(
        id="Q47",
        name="nul-bytes",
        where="payload",
        about="Strings of BootNotification and tags end in NUL.",
        sources=("evcc-io/evcc#3685",),
    ),
    Quirk(
        id="Q48",
        name="truncated",
        where="bytes",
        about="The end of a frame is missing.",
        sources=("lbbrhzn/ocpp#176", "lbbrhzn/ocpp#442"),
        parameters=(
            number("characters", 2, 1, 100, "How much of it."),
            text("action", "", "Only of this action; empty: any call."),
        ),
    ),
    Quirk(
        id="Q49",
        name="garbled-text",
        where="bytes",
        about="info holds JSON with escaped quotes, or bytes that are no UTF-8.",
        sources=("lbbrhzn/ocpp#211", "EVerest: test_invalid_encoding_in_payload"),
        parameters=(choice(_VARIANT, "json", "not-utf8", about="Which of the two."),),
    ),
    Quirk(
        id="Q50",
        name="odd-frames",
        where="bytes",
        about="Sends frames of type 1, keys twice, or properties that nobody knows.",
        sources=("dallmann-consulting/OCPP.Core#16", "dallmann-consulting/OCPP.Core#36"),
        parameters=(
            choice(_VARIANT, "type-1", "duplicate-keys", "extra-properties", about="Which."),
        ),
    ),
    Quirk(
        id="Q51",
        name="reused-message-id",
        where="payload",
        about="Every call has the same message id.",
        sources=("citrineos/citrineos-core#212",),
        parameters=(text("message_id", "1", "It."),),
    ),
    Quirk(
        id="Q56",
        name="no-relative-maximum",
        where="state",
        about="Rejects a profile for the whole charger of kind Relative.",
        sources=("lbbrhzn/ocpp#677",),
    ),
)

RPC: Final = (
    Quirk(
        id="Q60",
        name="resends",
        where="timing",
        about="Sends a call again before it is answered, or before its time is over.",
        sources=(
            "matth-x/MicroOcpp#50",
            "matth-x/MicroOcpp#22",
            "lorenzodonini/ocpp-go#294",
        ),
        parameters=(
            text("action", "", "Only of this action; empty: any call."),
            number("after_s", 0.0, 0.0, 600.0, "After the first; 0: at once."),
            number("times", 1, 1, 10, "How often."),
        ),
    ),
    Quirk(
        id="Q62",
        name="never-answers",
        where="timing",
        about="Never answers one certain action.",
        sources=("lorenzodonini/ocpp-go#66", "evcc-io/evcc#10211"),
        parameters=(
            text("action", "RemoteStartTransaction,RequestStartTransaction", "With commas."),
            flag("obeys", False, "Does what it is asked all the same."),
        ),
    ),
    Quirk(
        id="Q63",
        name="not-implemented",
        where="state",
        about="Answers core messages with a CALLERROR.",
        sources=("lbbrhzn/ocpp#1036",),
        parameters=(
            choice("code", "NotImplemented", "NotSupported", about="Of the CALLERROR."),
            text(
                "action",
                "GetConfiguration,ChangeConfiguration,TriggerMessage,GetVariables,SetVariables",
                "With commas.",
            ),
        ),
    ),
)

CONFIGURATION: Final = (
    Quirk(
        id="Q90",
        name="measurand-promises",
        where="state",
        about="Accepts a list of measurands and delivers few, or will not have it changed.",
        sources=(DEVICES, "lbbrhzn/ocpp#221", "lbbrhzn/ocpp#1036"),
        parameters=(
            choice(
                _VARIANT,
                "accepts-all",
                "rejects",
                "read-only",
                "reboot-required",
                about="What it answers; accepts-all sends energy only.",
            ),
        ),
    ),
    Quirk(
        id="Q91",
        name="odd-configuration",
        where="payload",
        about="The number of connectors is missing, known keys are unknown, or values are cut.",
        sources=("sap-labs-france/ev-server#3954", DEVICES),
        parameters=(
            choice(_VARIANT, "no-count", "unknown-keys", "truncated", about="Which."),
            number("characters", 10, 1, 500, "What truncated leaves."),
        ),
    ),
    Quirk(
        id="Q92",
        name="profile-trouble",
        where="state",
        about="Takes charging profiles only under conditions of its own, or not at all.",
        sources=(
            "lbbrhzn/ocpp#1703",
            "lbbrhzn/ocpp#877",
            "evcc-io/evcc#15493",
            "evcc-io/evcc#16768",
            DEVICES,
        ),
        parameters=(
            choice(
                _VARIANT,
                "rejects-all",
                "stack-level-zero",
                "no-maximum",
                "rejects-zero",
                "ignored",
                "steps",
                "needs-watts",
                "lost-with-availability",
                about="Rejects all; those above stack level 0; those of the whole charger; a limit "
                "of 0; accepts and ignores; takes 6, 8, 10, 13 and 16 A only; rejects amperes; "
                "rejects after a ChangeAvailability.",
            ),
        ),
    ),
    Quirk(
        id="Q93",
        name="no-trigger-at-zero",
        where="state",
        about="Rejects TriggerMessage for the StatusNotification of connector 0.",
        sources=("lbbrhzn/ocpp#1452", "lbbrhzn/ocpp#1573"),
    ),
)
