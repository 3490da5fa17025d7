"""Blocks N and O: display messages and customer information."""

from typing import Any

from .stage import TAG, TOKEN, Stage
from .story import Story

MESSAGES = 20
"""More than one NotifyDisplayMessages has."""


def message(id: int, **fields: Any) -> dict[str, Any]:
    """A message of the normal cycle."""
    content = {"format": "UTF8", "content": f"Message {id}: geöffnet €"}
    return {"id": id, "priority": "NormalCycle", "message": content, **fields}


async def messages(here: Stage) -> None:
    """O01 to O06: set, replaced, reported in pages, cleared."""
    for id in range(1, MESSAGES + 1):
        await here.accepts("SetDisplayMessage", message=message(id))
    await here.accepts("SetDisplayMessage", message=message(1, priority="AlwaysFront"))
    transaction_id = await here.charging()
    bound = message(50, transactionId=transaction_id, state="Charging")
    await here.accepts("SetDisplayMessage", message=bound)
    strange = await here.told(
        "SetDisplayMessage", message=message(51, transactionId="no-such-transaction")
    )
    await here.accepts("GetDisplayMessages", request_id=4)
    pages = await here.pages("NotifyDisplayMessages", 4)
    await here.accepts("GetDisplayMessages", request_id=5, priority="AlwaysFront")
    [front] = await here.pages("NotifyDisplayMessages", 5)
    await here.accepts("ClearDisplayMessage", id=1)
    gone = await here.told("ClearDisplayMessage", id=1)
    await here.does("stop-session")
    left = await here.until(lambda state: _ids(state)[-1:] == [MESSAGES])

    assert strange["status"] == "UnknownTransaction"
    told = [one["id"] for page in pages for one in page["messageInfo"]]
    assert sorted(told) == [*range(1, MESSAGES + 1), 50] and len(pages) > 1
    assert [one["id"] for one in front["messageInfo"]] == [1]
    assert gone["status"] == "Unknown"
    assert _ids(left) == list(range(2, MESSAGES + 1))


def _ids(state: dict[str, Any]) -> list[int]:
    return sorted(one["id"] for one in state["display_messages"])


async def customer(here: Stage) -> None:
    """N09, N10: told, cleared, and nothing left."""
    await here.charging()
    await here.does("stop-session")
    await here.accepts("CustomerInformation", request_id=1, report=True, clear=True, id_token=TOKEN)
    known = await here.pages("NotifyCustomerInformation", 1)
    await here.accepts(
        "CustomerInformation", request_id=2, report=True, clear=False, customer_identifier=TAG
    )
    nothing = await here.pages("NotifyCustomerInformation", 2)
    unnamed = await here.told("CustomerInformation", request_id=3, report=True, clear=False)

    assert TAG.lower() in "".join(page["data"] for page in known)
    assert [page["seqNo"] for page in known] == list(range(len(known)))
    assert [page["data"] for page in nothing] == [""]
    assert unnamed["status"] == "Invalid"


STORIES = (
    Story(
        "O: messages are on the display",
        messages,
        ("SetDisplayMessage", "GetDisplayMessages", "ClearDisplayMessage"),
        hears=("NotifyDisplayMessages",),
    ),
    Story(
        "N: a customer is told of, and forgotten",
        customer,
        ("CustomerInformation",),
        hears=("NotifyCustomerInformation",),
    ),
)
