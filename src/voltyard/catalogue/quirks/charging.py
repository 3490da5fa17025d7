"""Quirks of transactions and of the meter."""

from typing import Final

from voltyard.catalogue.quirks.quirk import DEVICES, Quirk, choice, flag, number, text

_VARIANT = "variant"

TRANSACTIONS: Final = (
    Quirk(
        id="Q70",
        name="offline-id",
        where="payload",
        about="A transaction begun offline keeps the id -1.",
        sources=(
            "EVerest/libocpp#495",
            "c-jimenez/open-ocpp#24",
            "dallmann-consulting/OCPP.Core#55",
        ),
        versions=("1.6",),
        parameters=(flag("always", False, "Those begun online too."),),
    ),
    Quirk(
        id="Q71",
        name="wild-transaction-id",
        where="payload",
        about="MeterValues name a transaction that cannot be.",
        sources=("lbbrhzn/ocpp#45", "evcc-io/evcc#6735"),
        versions=("1.6",),
        parameters=(text("transaction_id", "9223372036854775807", "Digits."),),
    ),
    Quirk(
        id="Q72",
        name="lost-start",
        where="timing",
        about="A transaction's start is lost and only its end arrives, or its end comes twice.",
        sources=("matth-x/MicroOcpp#454", "EVerest/libocpp#907"),
        parameters=(
            choice(_VARIANT, "no-start", "two-ends", about="Which of the two."),
            number("transaction_id", 777_000, 0, 2**31 - 1, "1.6: the id it makes up."),
        ),
    ),
    Quirk(
        id="Q73",
        name="two-starts",
        where="timing",
        about="A transaction's start comes twice, with another message id.",
        sources=("matth-x/MicroOcpp#237", "steve-community/steve#1294"),
    ),
    Quirk(
        id="Q75",
        name="shared-transaction-id",
        where="payload",
        about="Two connectors use one transaction id.",
        sources=("ConnectorIO/connectorio-addons#161",),
        versions=("1.6",),
    ),
    Quirk(
        id="Q76",
        name="reading-after-stop",
        where="timing",
        about="A last reading comes after the transaction's end, a little above it.",
        sources=("lbbrhzn/ocpp#1069", DEVICES),
        parameters=(
            number("after_s", 2.0, 0.0, 600.0, "After the end."),
            number("above_wh", 12, 0, 100_000, "Above meterStop."),
        ),
    ),
    Quirk(
        id="Q77",
        name="autostart",
        where="state",
        about="Charges without being asked, rejects a remote stop, and stops where the limit is "
        "too low.",
        sources=(
            "evcc-io/evcc#14804",
            "lbbrhzn/ocpp#870",
            "evcc-io/evcc#29274",
            "evcc-io/evcc#33020",
        ),
        parameters=(
            text("id_tag", "AUTOSTART", "In whose name."),
            flag("rejects_stop", True, "Whether a remote stop is rejected."),
            flag("stops_when_low", True, "Whether a limit below 6 A ends the transaction."),
        ),
    ),
    Quirk(
        id="Q78",
        name="stuck-after-stop",
        where="state",
        about="After a remote stop nothing starts before the cable was out, or it claims to be "
        "Available with the cable in.",
        sources=(DEVICES,),
        parameters=(
            choice(_VARIANT, "stays-finishing", "available-plugged", about="Which of the two."),
        ),
    ),
    Quirk(
        id="Q79",
        name="odd-statuses",
        where="state",
        about="Statuses come out of order, or a remote start is accepted and nothing comes of it.",
        sources=("matth-x/MicroOcpp#66", "lbbrhzn/ocpp#45", DEVICES),
        parameters=(
            choice(
                _VARIANT,
                "charging-first",
                "jump",
                "bounce",
                "no-power",
                about="Charging before the transaction's start; Available to Charging at once; to "
                "and fro at plug-in; a remote start accepted, no energy, then offline.",
            ),
            number("offline_s", 120.0, 1.0, 86_400.0, "How long no-power is away."),
        ),
    ),
)

METERING: Final = (
    Quirk(
        id="Q85",
        name="session-register",
        where="meter",
        about="Readings count from the transaction's start, or the start's reading is 0.",
        sources=("lbbrhzn/ocpp#2093", "citrineos/citrineos-core#1060"),
        parameters=(choice(_VARIANT, "relative", "zero-begin", about="Which of the two."),),
    ),
    Quirk(
        id="Q86",
        name="wrong-unit",
        where="meter",
        about="kWh are labelled Wh, power is in kW, or the register is coarse.",
        sources=("OpenEVSE#703", "evcc-io/evcc#19420", "mikuso/ocpp-rpc#42"),
        parameters=(
            choice(_VARIANT, "kwh-as-wh", "power-kw", "coarse", about="Which."),
            number("step_wh", 100, 1, 100_000, "Of coarse."),
        ),
    ),
    Quirk(
        id="Q87",
        name="register-dropouts",
        where="meter",
        about="The register drops to 0 or to one phase's part, comes by phase only, or other "
        "readings are missing or constant.",
        sources=("lbbrhzn/ocpp#374", "lbbrhzn/ocpp#1925", DEVICES),
        probability=0.2,
        parameters=(
            choice(
                _VARIANT,
                "zero",
                "partial",
                "phases-only",
                "energy-only",
                "constant-voltage",
                about="Which.",
            ),
        ),
    ),
    Quirk(
        id="Q88",
        name="no-transaction-id",
        where="meter",
        about="MeterValues name no transaction, or come only within one.",
        sources=("evcc-io/evcc",),
        parameters=(choice(_VARIANT, "no-id", "none-idle", about="Which of the two."),),
    ),
)
