"""Commands of the network, the mains, the clock and a restart."""

from typing import Annotated, ClassVar, Literal

from msgspec import Struct

from voltyard.catalogue.commands.declaration import BodyField, BodySchema, Rest
from voltyard.catalogue.commands.shared import NOTHING_MORE, PLAIN_BODY, ForSeconds
from voltyard.kernel import limits


class NetworkDrop(Struct, frozen=True, kw_only=True, tag="network_drop"):
    """Cut the link and stay away, until NetworkRestore or for so long."""

    rest: ClassVar = Rest(
        path="network-drop",
        name="drop_network",
        summary="Cut the network",
        description="The socket is cut, and stays away until network-restore or for so long.",
        event=BodySchema("OutageEvent", "For so long, or until it is restored.", {"seconds": 30}),
        body=BodySchema("OutageBody", "An outage."),
    )

    duration_s: ForSeconds = None


class NetworkRestore(Struct, frozen=True, kw_only=True, tag="network_restore"):
    """The network is back; redial at once."""

    rest: ClassVar = Rest(
        path="network-restore",
        name="restore_network",
        summary="Restore the network",
        description="The charger dials at once.",
        event=NOTHING_MORE,
        body=PLAIN_BODY,
    )


class PowerCut(Struct, frozen=True, kw_only=True, tag="power_cut"):
    """The mains fails: the link is cut, nothing runs, nothing that persists is forgotten."""

    rest: ClassVar = Rest(
        path="power-cut",
        name="cut_power",
        summary="Cut the mains",
        description="The charger loses power until power-restore or for so long; its memory stays. "
        "One with a reserve ends what runs and tells of it first.",
        event=BodySchema(
            "PowerCutEvent",
            "An outage of the mains, and what the charger has against it.",
            {"seconds": 30, "reserve_seconds": 5},
        ),
        body=BodySchema("PowerCutBody", "An outage of the mains."),
    )

    duration_s: ForSeconds = None
    reserve_s: Annotated[
        float,
        BodyField(
            name="reserve_seconds",
            gt=0,
            le=limits.POWER_RESERVE_S,
            description="A reserve of power: the charger ends its transactions with PowerLoss and "
            "tells its CSMS before it goes down, in so long at most. Without, it does when it is "
            "back.",
        ),
    ] = 0.0
    """Energy does not flow meanwhile."""


class PowerRestore(Struct, frozen=True, kw_only=True, tag="power_restore"):
    """Power returns: a cold boot; open transactions are ended with reason PowerLoss, or go on where
    the charger is made for that. Done: {powered, ended, resumed}."""

    rest: ClassVar = Rest(
        path="power-restore",
        name="restore_power",
        summary="Restore the mains",
        description="A cold boot; open transactions are ended with reason PowerLoss, or go on "
        "where the charger is made with resumption_timeout_s.",
        event=NOTHING_MORE,
        body=PLAIN_BODY,
    )


class SkewClock(Struct, frozen=True, kw_only=True, tag="clock_skew"):
    """The charger's clock is off by so many seconds from now on: until the CSMS next tells the time
    (BootNotification, Heartbeat), or, where it does not take that, for good. Done: {skew_s, time,
    takes_csms_time}."""

    rest: ClassVar = Rest(
        path="clock-skew",
        name="skew_clock",
        summary="Put the clock wrong",
        description="What the charger says of times is off by so many seconds, until its CSMS "
        "tells it the time, or for good where `takes_csms_time` is false. `clock_skew_s` of its "
        "state tells.",
        event=BodySchema(
            "ClockSkewEvent",
            "How far the charger's clock is off, and whether the CSMS can set it right.",
            {"seconds": -3600, "takes_csms_time": False},
        ),
        body=BodySchema("ClockSkewBody", "A clock that is wrong."),
    )

    skew_s: Annotated[
        float,
        BodyField(
            name="seconds",
            ge=-limits.CLOCK_SKEW_S,
            le=limits.CLOCK_SKEW_S,
            description="Fast where positive, slow where negative; 0 is right.",
        ),
    ]
    takes_csms_time: Annotated[
        bool,
        BodyField(
            default=False,
            description="Whether the charger sets its clock by the next BootNotification or "
            "Heartbeat answer, as a well-behaved one does; else it stays off, over power cuts and "
            "restarts too.",
        ),
    ] = False


class Reboot(Struct, frozen=True, kw_only=True, tag="reboot"):
    """Restart the charger locally."""

    rest: ClassVar = Rest(
        path="reboot",
        name="reboot_charger",
        summary="Restart the charger",
        description="As somebody at the charger would: Soft ends what runs first, Hard does not "
        "wait.",
        event=BodySchema("RebootEvent", "How the charger is restarted locally.", {"type": "Soft"}),
        body=BodySchema("RebootBody", "A restart at the charger."),
    )

    hard: Annotated[
        bool,
        BodyField(
            name="type",
            type=Literal["Soft", "Hard"],
            default="Soft",
            read=lambda kind, _: kind == "Hard",
        ),
    ] = False
