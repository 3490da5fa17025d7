"""Blocks C, D and H: tokens, the cache, the local list, reservations."""

from ..peers.csms import REFUSED_TAG
from .stage import TAG, TOKEN, Stage
from .story import Story

LATER = "2099-01-01T00:00:00Z"
STRANGER = "0A0B0C0D"


async def cards(here: Stage) -> None:
    """C01, C11: a card that was accepted is in the cache until that is cleared."""
    await here.does("plug-connector")
    await here.refuses("swipe", id_tag=REFUSED_TAG)
    await here.does("swipe", id_tag=TAG)
    await here.hears("TransactionEvent", eventType="Started")
    await here.does("stop-session")
    answer = await here.told("ClearCache")

    assert answer["status"] == "Accepted"
    tokens = [call["idToken"]["idToken"] for call in here.csms.record.of("Authorize")]
    assert tokens == [REFUSED_TAG, TAG]


async def local_list(here: Stage) -> None:
    """D01, D02, C14: a listed token charges offline, and another does not."""
    entries = [{"idToken": TOKEN, "idTokenInfo": {"status": "Accepted"}}]
    before = await here.told("GetLocalListVersion")
    await here.accepts(
        "SendLocalList",
        version_number=4,
        update_type="Full",
        local_authorization_list=entries,
    )
    after = await here.told("GetLocalListVersion")
    late = await here.told("SendLocalList", version_number=4, update_type="Differential")
    await here.does("network-drop")
    await here.does("plug-connector")
    await here.refuses("swipe", id_tag=STRANGER)
    await here.does("swipe", id_tag=TAG)
    await here.does("network-restore")

    assert (before["version_number"], after["version_number"]) == (0, 4)
    assert late["status"] == "VersionMismatch"
    started = await here.hears("TransactionEvent", eventType="Started", offline=True)
    assert started["idToken"] == TOKEN


async def reservation(here: Stage) -> None:
    """H01 to H04: made, cancelled, made anew, and removed by a fault."""
    wish = {"id": 7, "expiry_date_time": LATER, "id_token": TOKEN, "evse_id": 1}
    await here.accepts("ReserveNow", **wish)
    await here.hears("StatusNotification", evseId=1, connectorStatus="Reserved")
    await here.accepts("CancelReservation", reservation_id=7)
    await here.hears("StatusNotification", evseId=1, connectorStatus="Available", count=2)
    await here.accepts("ReserveNow", **wish)
    taken = await here.told("ReserveNow", **{**wish, "id": 8})

    await here.does("inject-fault", fault_type="GroundFailure", evse_id=1, connector_id=1)

    assert taken["status"] == "Occupied"
    ended = await here.hears("ReservationStatusUpdate", reservationId=7)
    assert ended["reservationUpdateStatus"] == "Removed"


async def reserved_for_a_driver(here: Stage) -> None:
    """H03: who it is for uses it up."""
    wish = {"id": 7, "expiry_date_time": LATER, "id_token": TOKEN, "evse_id": 1}
    await here.accepts("ReserveNow", **wish)
    await here.does("plug-connector")
    await here.refuses("swipe", id_tag=STRANGER)
    await here.does("swipe", id_tag=TAG)

    await here.hears("TransactionEvent", reservationId=7)
    gone = await here.told("CancelReservation", reservation_id=7)
    assert gone["status"] == "Rejected"


STORIES = (
    Story("C: cards are shown", cards, ("ClearCache",), hears=("Authorize", "TransactionEvent")),
    Story(
        "D: the local list decides offline",
        local_list,
        ("SendLocalList", "GetLocalListVersion"),
        hears=("TransactionEvent",),
    ),
    Story(
        "H: a reservation ends by a fault",
        reservation,
        ("ReserveNow", "CancelReservation"),
        hears=("ReservationStatusUpdate",),
    ),
    Story(
        "H: a driver comes for a reservation",
        reserved_for_a_driver,
        ("ReserveNow", "CancelReservation"),
        hears=("TransactionEvent", "Authorize"),
    ),
)
