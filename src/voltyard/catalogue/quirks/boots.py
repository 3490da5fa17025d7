"""Quirks of booting and of the clock."""

from typing import Final

from voltyard.catalogue.quirks.quirk import Quirk, choice, flag, number, text

_VARIANT = "variant"

BOOT: Final = (
    Quirk(
        id="Q20",
        name="status-before-boot",
        where="timing",
        about="Sends StatusNotification before BootNotification, or never boots at all.",
        sources=("mobilityhouse/ocpp#188", "evcc-io/evcc#4567"),
        parameters=(
            choice(_VARIANT, "status-first", "no-boot", about="Which of the two."),
            number("interval_s", 300, 1, 86_400, "Heartbeats of no-boot."),
        ),
    ),
    Quirk(
        id="Q21",
        name="talks-while-pending",
        where="timing",
        about="Sends messages while its boot is Pending or Rejected.",
        sources=("EVerest/libocpp#504", "EVerest/libocpp#633"),
        parameters=(
            choice(
                "message", "StatusNotification", "SecurityEventNotification", about="What it sends."
            ),
        ),
    ),
    Quirk(
        id="Q22",
        name="deaf-until-booted",
        where="state",
        about="Answers no call before its boot is answered; an early one makes it boot again.",
        sources=("lbbrhzn/ocpp#1503", "evcc-io/evcc#25069"),
        parameters=(flag("boots_again", True, "Whether an early GetConfiguration restarts it."),),
    ),
    Quirk(
        id="Q23",
        name="reboots-when-triggered",
        where="state",
        about="TriggerMessage for BootNotification makes it restart, or reconnect.",
        sources=("lbbrhzn/ocpp#337", "ConnectorIO/connectorio-addons#211"),
        parameters=(choice(_VARIANT, "reboot", "reconnect", about="Which of the two."),),
    ),
    Quirk(
        id="Q24",
        name="crashes-on-key",
        where="state",
        about="Crashes when it is asked for a certain key, or told which measurands to send.",
        sources=("lbbrhzn/ocpp#1275",),
        parameters=(
            text("key", "MeterValuesSampledData", "Part of the key's or variable's name."),
            number("restart_s", 30.0, 0.1, 86_400.0, "Until it is back."),
        ),
    ),
    Quirk(
        id="Q25",
        name="boots-once",
        where="timing",
        about="Never sends BootNotification again after its answer was lost.",
        sources=("EVerest/libocpp#307",),
        parameters=(flag("loses_answer", True, "Loses the first answer itself."),),
    ),
    Quirk(
        id="Q26",
        name="repeats-refused",
        where="timing",
        about="Sends a message that met a CALLERROR again and again, over its own restarts.",
        sources=("dallmann-consulting/OCPP.Core#31", "steve-community/steve#156"),
        parameters=(
            text("action", "", "Only of this action; empty: transaction messages."),
            number("every_s", 10.0, 0.1, 86_400.0, "Between two of them."),
        ),
    ),
)

TIME: Final = (
    Quirk(
        id="Q30",
        name="no-time-zone",
        where="clock",
        about="Times have no zone: 2023-10-19T15:28:07.",
        sources=("evcc-io/evcc#10399",),
    ),
    Quirk(
        id="Q31",
        name="short-offset",
        where="clock",
        about="Times have an offset of hours only: +02.",
        sources=("monta-app/ocpp-emulator#5", "monta-app/ocpp-emulator#53"),
        parameters=(number("hours", 2, -12, 14, "East of UTC."),),
    ),
    Quirk(
        id="Q32",
        name="local-time-as-utc",
        where="clock",
        about="Local time is labelled Z.",
        sources=("steve-community/steve#136",),
        parameters=(
            number("hours", 2, -12, 14, "East of UTC."),
            flag("until_sync", False, "Only until the CSMS has told the time."),
        ),
    ),
    Quirk(
        id="Q33",
        name="epoch-until-sync",
        where="clock",
        about="It is 1970 until the CSMS has told the time.",
        sources=("matth-x/MicroOcpp#311", "matth-x/MicroOcpp#354"),
    ),
    Quirk(
        id="Q34",
        name="impossible-date",
        where="clock",
        about="Times have a date that no calendar has.",
        sources=("steve-community/steve#769",),
        parameters=(text("date", "2022-02-29", "It."),),
    ),
    Quirk(
        id="Q36",
        name="off-the-mark",
        where="clock",
        about="Clock-aligned samples come beside their mark, or statuses tell when they were "
        "reported, not when they came about.",
        sources=("EVerest/libocpp#445", "EVerest/libocpp#1130"),
        parameters=(
            choice(_VARIANT, "samples", "statuses", about="Which of the two."),
            number("off_s", 7.0, 0.1, 3_600.0, "How late."),
        ),
    ),
    Quirk(
        id="Q37",
        name="drifting-clock",
        where="clock",
        about="The clock drifts, and now and then a time is older than the one before.",
        sources=("OCPP 1.6, 3.7",),
        parameters=(
            number("drift_s_per_hour", 30.0, -3_600.0, 3_600.0, "How far it drifts."),
            number("late_share", 0.1, 0.0, 1.0, "Share of messages with an old time."),
            number("late_s", 600.0, 0.0, 86_400.0, "How old that is."),
        ),
    ),
)
