"""Hints for operators: a refused handshake in words, and what to do about it."""

import json
from collections.abc import Mapping
from typing import Final

from voltyard.csms.refusals.reasons import RefusalReason
from voltyard.csms.registry import RegisteredCharger

_HINTS: Final[Mapping[RefusalReason, str]] = {
    RefusalReason.WRONG_PATH: "another path: a charger's URL ends in /ocpp/<chargeBoxId>",
    RefusalReason.UNKNOWN_ORGANIZATION: "no such organization: the URL is /ocpp/<chargeBoxId>, or "
    "/ocpp/<organization id>/<chargeBoxId>",
    RefusalReason.NO_PASSWORD: "registered, but no password was sent: it takes HTTP Basic, with "
    "the identity as the user name",
    RefusalReason.WRONG_PASSWORD: "registered, but the password is wrong",
    RefusalReason.WRONG_USER_NAME: "registered, but the user name of its HTTP Basic is not its "
    "identity, as validation: strict has it",
    RefusalReason.PASSWORD_NOT_SET: "registered with a security profile that asks for a password, "
    "and no password is known of it: set one, or profile 0, with PATCH /api/v1/chargers",
    RefusalReason.TOO_MANY_ATTEMPTS: "registered, but there were too many wrong passwords from "
    "there: give it the right one; it is heard again after a minute",
    RefusalReason.LOWER_PROFILE: "registered with security profile 2 or 3, and comes without TLS: "
    "have it dial wss://, or lower its securityProfile with PATCH /api/v1/chargers",
    RefusalReason.CERTIFICATE_MISSING: "it shows no certificate, and one is asked for: "
    "have it dial wss:// with one, or lower its securityProfile",
    RefusalReason.CERTIFICATE_INVALID: "its certificate is not to be trusted",
    RefusalReason.CERTIFICATE_OF_ANOTHER: "its certificate is another charger's: the common "
    "name must be its identity or pinned serial number, and the O the operator's name, where "
    "that is set",
    RefusalReason.CERTIFICATE_NOT_ON_RECORD: "its certificate is not on record here: have it ask "
    "for one",
    RefusalReason.CERTIFICATE_REVOKED: "its certificate was revoked: have it ask for another",
    RefusalReason.ADDRESS_NOT_ALLOWED: "registered, but this address is not in its "
    "allowedAddresses",
    RefusalReason.FOREIGN_ORIGIN: "its header Origin names another host, as of a page in a "
    "browser; a proxy has to pass Host on",
    RefusalReason.OLDER_CONNECTION: "registered, but an older connection of it is open and "
    "answers, and its takeover is oldest",
    RefusalReason.TOO_MANY_CONNECTIONS: "its address has as many connections as one may: raise "
    "ocpp_connections_per_address where that many chargers are behind it, and name a proxy in "
    "trusted_proxies",
    RefusalReason.PLAIN_ON_TLS_PORT: "plain ws on the TLS port: have it dial wss://, or the plain "
    "port",
    RefusalReason.TLS_ON_PLAIN_PORT: "TLS on the plain port: have it dial ws://, or the TLS port",
    RefusalReason.TLS_FAILED: "the TLS handshake failed",
    RefusalReason.MALFORMED_REQUEST: "what came is no HTTP request",
    RefusalReason.NOT_A_WEBSOCKET: "an HTTP request, but no WebSocket handshake: a browser, or a "
    "check of the port?",
    RefusalReason.SERVER_BUSY: "the server had no room at the moment, or was ending: it is to "
    "dial again",
}


def hint(
    reason: RefusalReason,
    identity: str | None,
    offered: tuple[str, ...],
    similar: RegisteredCharger | None,
    detail: str,
) -> str:
    """The hint; `similar` is a charger whose name is spelt a little differently, `detail` what a
    library says of it."""
    match reason:
        case RefusalReason.NOT_REGISTERED:
            return _not_registered(identity)
        case RefusalReason.OTHER_SPELLING if similar is not None:
            return (
                f"not registered, but {similar.row.charge_box_id!r} is: case and blanks count, and "
                "the URL encodes the identity once"
            )
        case RefusalReason.NO_COMMON_SUBPROTOCOL:
            told = f"it offers {', '.join(offered)}" if offered else "it offers none"
            return f"no common subprotocol: {told}"
        case _:
            return f"{_HINTS[reason]}: {detail}" if detail else _HINTS[reason]


def _not_registered(identity: str | None) -> str:
    if identity is None:
        return "not registered"
    body = json.dumps({"chargeBoxId": identity}, ensure_ascii=False)
    return f"not registered: POST /api/v1/chargers {body}"
