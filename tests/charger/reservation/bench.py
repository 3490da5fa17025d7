"""Reservations as a CSMS orders them, in both versions."""

from typing import Any

from tests.charger.bench import Bench
from voltyard.kernel.time import to_rfc3339

OWNER = "OWNER"


def reserve(
    bench: Bench,
    place: int = 1,
    *,
    id: int = 7,
    tag: str = OWNER,
    group: str | None = None,
    lasts_s: float = 600.0,
    kind: str | None = None,
) -> str:
    """ReserveNow in the bench's version, place 0 for none in particular; its status."""
    until = to_rfc3339(bench.now + lasts_s)
    if bench.spec.version == "1.6":
        more = {} if group is None else {"parentIdTag": group}
        answer = bench.call(
            "ReserveNow", connectorId=place, expiryDate=until, idTag=tag, reservationId=id, **more
        )
    else:
        wish: dict[str, Any] = {"idToken": {"idToken": tag, "type": "ISO14443"}}
        if place:
            wish["evseId"] = place
        if group is not None:
            wish["groupIdToken"] = {"idToken": group, "type": "Central"}
        if kind is not None:
            wish["connectorType"] = kind
        answer = bench.call("ReserveNow", id=id, expiryDateTime=until, **wish)
    return str(answer["status"])


def cancel(bench: Bench, id: int = 7) -> str:
    return str(bench.call("CancelReservation", reservationId=id)["status"])
