"""Commands about the networks by which a charger reaches its CSMS (2.0.1 B09, B10)."""

from typing import Annotated, Any, ClassVar, Literal, TypeAlias

from voltyard.csms.commands.declaration import CommandOperation, WireField, status_answer
from voltyard.csms.commands.shared import BackendCommand, Natural

OcppInterface: TypeAlias = Literal[
    "Wired0",
    "Wired1",
    "Wired2",
    "Wired3",
    "Wireless0",
    "Wireless1",
    "Wireless2",
    "Wireless3",
]


class SetNetworkProfile(BackendCommand, frozen=True, kw_only=True, tag="network-profiles"):
    """Give the charger a network profile.

    Of OCPP 2.0.1 (B09). It is used once OCPPCommCtrlr.NetworkConfigurationPriority names its slot
    (`variables/set`) and the charger has reset (B10): where it cannot connect so, the next slot is
    tried.

    Body: The slot, and where and how the charger is to connect. The charger adds its identity to
    the URL.
    """

    operation: ClassVar = CommandOperation(
        name="set_network_profile",
        tag="device model",
        body="NetworkProfileBody",
        example={
            "slot": 2,
            "csmsUrl": "wss://csms.example.com/ocpp",
            "securityProfile": 2,
            "interface": "Wired0",
            "messageTimeout": 30,
        },
        answer=status_answer("NetworkProfileAnswer", "slot"),
        subject="Network profile",
        sentences={"failed": "Charger could not store the network profile"},
        result={"slot": 2},
    )
    first_version: ClassVar = "2.0.1"

    slot: Natural
    csms_url: Annotated[
        str, WireField("csmsUrl", min_length=1, max_length=512, pattern=r"^wss?://[^\s]+$")
    ]
    security_profile: Annotated[int, WireField("securityProfile", ge=0, le=3)]
    interface: OcppInterface = "Wired0"
    message_timeout_s: Annotated[int, WireField("messageTimeout", ge=1, le=86_400)] = 30
    """Seconds."""
    apn: Annotated[dict[str, Any] | None, WireField(description="As on the wire (APNType).")] = None
    vpn: Annotated[dict[str, Any] | None, WireField(description="As on the wire (VPNType).")] = None
