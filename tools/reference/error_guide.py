"""Codes of errors with their meaning and what to do, for docs/reference/errors.md."""

from typing import Final, NamedTuple


class Guide(NamedTuple):
    """One code."""

    code: str
    meaning: str
    advice: str
    status: int | None = None


OF_HTTP: Final = (
    Guide(
        "BAD_REQUEST",
        "The request cannot be read: the body is not JSON, or not UTF-8.",
        "check the body, and that `Content-Type` is `application/json`.",
        400,
    ),
    Guide(
        "VALIDATION_ERROR",
        "Fields or query parameters are not acceptable. Nothing was changed. Under `/ocpp` most "
        "of these are HTTP 422.",
        "`details` (under `/ocpp`: `detail`) names each field and says what it may be.",
        400,
    ),
    Guide(
        "UNAUTHORIZED",
        "There is no key in the request, or it is not known, has expired, or is limited to other "
        "addresses.",
        "send `Authorization: Bearer <key>` or `X-API-Key: <key>`. The first key is the one of "
        "`VOLTYARD_TOKEN`, or is in the file `token` of the data directory.",
        401,
    ),
    Guide(
        "FORBIDDEN",
        "The key is known and lacks the scope, or may not act for the organization named.",
        "use a key with the scope that the operation names at `/docs`.",
        403,
    ),
    Guide(
        "NOT_FOUND",
        "There is no such thing in the key's organization, or no such path.",
        "list what there is; look whether the key belongs to another organization.",
        404,
    ),
    Guide(
        "METHOD_NOT_ALLOWED",
        "The path exists, and not with this method.",
        "the header `Allow` lists the methods.",
        405,
    ),
    Guide(
        "CONFLICT",
        "It clashes with what exists: a name that is taken, a quota that is used up, a charger "
        "that was rejected at boot.",
        "the message names what is in the way.",
        409,
    ),
    Guide(
        "CONTENT_TOO_LARGE",
        "The body is longer than the server takes.",
        "send less at a time; [the bounds](../settings.md#bounds) are listed.",
        413,
    ),
    Guide(
        "RATE_LIMIT_ERROR",
        "More requests a minute than the organization's settings allow, or too many wrong keys "
        "from this address.",
        "wait for as many seconds as `RateLimit-Reset` says.",
        429,
    ),
    Guide(
        "INTERNAL_ERROR",
        "A bug of the server.",
        "look up `request_id` in the server's log, and report it.",
        500,
    ),
    Guide(
        "CHARGER_ERROR",
        "The charger answered with a CALLERROR.",
        "the charger's own code and description are in `details`.",
        502,
    ),
    Guide(
        "SERVICE_UNAVAILABLE",
        "Nothing was sent: the charger is not connected, its queue is full, or the database "
        "cannot store more at the moment.",
        "send it again later. `GET /health/ready` says how the server is.",
        503,
    ),
    Guide(
        "CHARGER_TIMEOUT",
        "The charger is connected, and did not answer in time.",
        "it may have acted on the command: look at the charger before you send it again. The "
        "setting `commandTimeout` says how long is waited.",
        504,
    ),
    Guide(
        "OUTCOME_UNKNOWN",
        "The command was sent, and the link broke before the answer.",
        "the charger may have acted on it: look before you send it again.",
        504,
    ),
)

OF_COMMANDS: Final = (
    Guide("invalid", "The command asks for something that cannot be.", "read the message."),
    Guide(
        "not_found",
        "What the command names does not exist: a charger that was deleted, a transaction.",
        "list what there is.",
    ),
    Guide("conflict", "It clashes with what exists.", "the message names what is in the way."),
    Guide(
        "wrong_state",
        "The charger or connector is in a state in which this cannot happen: nothing is plugged "
        "in, the connector is reserved, the cable is locked.",
        "look at `GET /ocpp/chargers/{charger_id}/state`; the message says what is needed.",
    ),
    Guide(
        "not_connected",
        "The charger has no connection to its CSMS, and this needs one.",
        "wait for `connection.opened`, or look at `/status` for the reason.",
    ),
    Guide(
        "unavailable",
        "The runtime of the charger has ended, or no worker has room.",
        "start the charger again, or add a worker.",
    ),
    Guide(
        "ending",
        "The server was told to end, and begins no command any more.",
        "ask again once the server that takes its place is ready: `GET /health/ready`.",
    ),
    Guide(
        "overfull",
        "A bound is reached: too many commands wait for this charger.",
        "wait until some have ended.",
    ),
    Guide(
        "no_answer",
        "The CSMS did not answer in time.",
        "look at the CSMS; the frames are in the charger's log.",
    ),
    Guide(
        "peer_error",
        "The CSMS answered with a CALLERROR.",
        "its code and description are in `details`.",
    ),
    Guide(
        "outcome_unknown",
        "The link broke between a message and its answer.",
        "look at both sides before you repeat it.",
    ),
    Guide(
        "unauthorized",
        "The peer does not accept the credentials.",
        "check the key, password or certificate.",
    ),
    Guide(
        "forbidden",
        "It is not allowed: the target is an address that the organization may not dial, for "
        "example.",
        "see [where tenants may dial](../security.md#where-they-may-dial).",
    ),
    Guide("too_often", "It was tried too often.", "wait a minute."),
    Guide(
        "unknown_model",
        "The catalogue has no such brand or model any more.",
        "choose one of `GET /ocpp/catalog/brands`.",
    ),
    Guide(
        "runtime_ended",
        "The charger's runtime ended by itself.",
        "look at the server's log; `POST .../restart-charger` starts it again.",
    ),
    Guide("cancelled", "It was cancelled before its turn came.", "nothing was done; send it anew."),
    Guide(
        "interrupted",
        "The server was restarted before the answer came.",
        "look at the charger before you send it again.",
    ),
    Guide(
        "held_elsewhere",
        "Another process of a network with nodes has the charger: it is just moving there.",
        "ask again in a moment.",
    ),
    Guide("internal", "A bug of the server.", "look at the server's log, and report it."),
)
