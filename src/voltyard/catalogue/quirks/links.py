"""Quirks of the handshake and of the connection's life."""

from typing import Final

from voltyard.catalogue.quirks.quirk import DEVICES, Quirk, choice, flag, number, text

_VARIANT = "variant"
_HOUR = 3_600.0

HANDSHAKE: Final = (
    Quirk(
        id="Q01",
        name="no-subprotocol",
        where="handshake",
        about="Asks for no subprotocol, or for an empty one.",
        sources=(
            "sap-labs-france/ev-server#2761",
            "dallmann-consulting/OCPP.Core#43",
            "steve-community/steve#135",
            "lbbrhzn/ocpp#442",
            "lbbrhzn/ocpp#1432",
        ),
        parameters=(
            choice(_VARIANT, "none", "empty", about="No header at all, or one with nothing in it."),
        ),
    ),
    Quirk(
        id="Q02",
        name="odd-subprotocol",
        where="handshake",
        about="Asks for a subprotocol that does not exist.",
        sources=("lorenzodonini/ocpp-go#123",),
        parameters=(
            text("subprotocol", "ocpp2.0.1.1", "What it asks for."),
            flag("also_real", False, "Asks for the real one too, after it."),
        ),
    ),
    Quirk(
        id="Q03",
        name="version-probe",
        where="handshake",
        about="Connects for a moment in the other version, then in its own.",
        sources=("lbbrhzn/ocpp#2008", "lbbrhzn/ocpp#2012"),
        parameters=(number("hold_s", 3.0, 0.0, 600.0, "How long the first connection lasts."),),
    ),
    Quirk(
        id="Q04",
        name="old-shapes",
        where="payload",
        about="Negotiates OCPP 2.0.1 and sends messages in the shape of 1.6.",
        sources=(DEVICES,),
        versions=("2.0.1",),
    ),
    Quirk(
        id="Q05",
        name="odd-path",
        where="handshake",
        about="The request's path is not the endpoint, a slash and the encoded identity.",
        sources=(
            "lbbrhzn/ocpp#1078",
            "lbbrhzn/ocpp#442",
            "EVerest/libocpp#801",
            "matth-x/MicroOcpp#278",
            "c-jimenez/open-ocpp#198",
            "lorenzodonini/ocpp-go#115",
        ),
        parameters=(
            choice(
                _VARIANT,
                "triple-slash",
                "no-id",
                "missing-slash",
                "absolute-uri",
                "unencoded",
                "extra-prefix",
                "trailing-slash",
                about="///identity alone; / alone; endpoint and identity run together; the whole "
                "URL in the request line; the identity as it is; a segment before the endpoint; a "
                "slash at the end.",
            ),
            text("prefix", "station", "The segment of extra-prefix."),
        ),
    ),
    Quirk(
        id="Q06",
        name="malformed-upgrade",
        where="handshake",
        about="Now and then sends an upgrade request that is none.",
        sources=("lbbrhzn/ocpp#1099", DEVICES),
        probability=0.25,
        parameters=(
            choice(
                _VARIANT,
                "no-key",
                "no-upgrade",
                "bad-version",
                "garbage",
                about="Without Sec-WebSocket-Key; without Upgrade; with version 6; no HTTP.",
            ),
        ),
    ),
    Quirk(
        id="Q07",
        name="odd-credentials",
        where="handshake",
        about="Basic authentication is sent in another form than agreed, or not at all.",
        sources=(
            "shiv3/ocpp-cp-simulator#260",
            "shiv3/ocpp-cp-simulator#264",
            "ChargeTimeEU/Java-OCA-OCPP#232",
            "ChargeTimeEU/Java-OCA-OCPP#299",
            "ChargeTimeEU/Java-OCA-OCPP#240",
        ),
        parameters=(
            choice(
                _VARIANT,
                "hex-verbatim",
                "hex-decoded",
                "empty-password",
                "no-header",
                "short-key-dropped",
                "other-user",
                about="The key's hexadecimal text; the bytes that a hexadecimal key stands for; "
                "nothing after the colon; no Authorization at all; none where the key has fewer "
                "than 16 characters; another user than the identity.",
            ),
            text("user", "admin", "The user of other-user."),
        ),
    ),
    Quirk(
        id="Q08",
        name="untrusted-root",
        where="handshake",
        about="Breaks wss:// off without a word: the CSMS's root is not installed.",
        sources=(DEVICES,),
    ),
)

CONNECTION: Final = (
    Quirk(
        id="Q10",
        name="no-pong",
        where="timing",
        about="Answers no WebSocket ping and sends none.",
        sources=("lbbrhzn/ocpp#211", "mobilityhouse/ocpp#626", "lbbrhzn/ocpp#140"),
    ),
    Quirk(
        id="Q11",
        name="half-open",
        where="timing",
        about="Goes silent without closing, and later dials anew beside the dead connection.",
        sources=(
            "lbbrhzn/ocpp#151",
            "lbbrhzn/ocpp#161",
            "dallmann-consulting/OCPP.Core#83",
            "evcc-io/evcc#15853",
        ),
        parameters=(
            number("after_s", 120.0, 0.0, 86_400.0, "How long a connection is well."),
            number("silent_s", 300.0, 0.0, 86_400.0, "From going silent to dialling anew."),
        ),
    ),
    Quirk(
        id="Q13",
        name="deaf-after-idle",
        where="timing",
        about="After a long idle time heartbeats go on and calls are not answered, until it "
        "reconnects.",
        sources=("mobilityhouse/ocpp#626", "lorenzodonini/ocpp-go#66"),
        parameters=(
            number("idle_s", 900.0, 0.0, 86_400.0, "How long with nothing but heartbeats."),
        ),
    ),
    Quirk(
        id="Q14",
        name="slow-redial",
        where="timing",
        about="Comes back after minutes, or not before its power was cut; or knocks every ten "
        "seconds for ever.",
        sources=(DEVICES,),
        parameters=(
            choice(_VARIANT, "slow", "never", "stubborn", about="See there."),
            number("least_s", 360.0, 0.0, 86_400.0, "The shortest wait of slow."),
            number("most_s", 1_140.0, 0.0, 86_400.0, "The longest wait of slow."),
            number("knock_s", 10.0, 0.1, 86_400.0, "The wait of stubborn."),
        ),
    ),
    Quirk(
        id="Q15",
        name="flapping",
        where="timing",
        about="Reconnects every few tens of seconds.",
        sources=("ConnectorIO/connectorio-addons#211",),
        parameters=(
            number("least_s", 20.0, 0.1, _HOUR, "The shortest connection."),
            number("most_s", 60.0, 0.1, _HOUR, "The longest connection."),
            number("redial_s", 1.0, 0.0, _HOUR, "Until it dials again."),
        ),
    ),
    Quirk(
        id="Q16",
        name="abrupt-close",
        where="timing",
        about="Closes without a close frame (1006).",
        sources=("lbbrhzn/ocpp#140", "lbbrhzn/ocpp#1078"),
        parameters=(
            number("after_s", 0.0, 0.0, 86_400.0, "Cuts by itself so long after connecting; 0: no"),
        ),
    ),
    Quirk(
        id="Q17",
        name="thundering-herd",
        where="timing",
        about="Dials at once after losing its link, and again at one pace, with no back-off and no "
        "chance in it.",
        sources=("OCPP 2.0.1 Part 4, 5.3",),
        parameters=(number("redial_s", 1.0, 0.0, _HOUR, "From losing the link to dialling."),),
    ),
)
