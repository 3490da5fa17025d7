"""A gateway's name on the bus, which no other gateway has."""

from voltyard.kernel import limits
from voltyard.kernel.errors import Conflict, Unavailable
from voltyard.ports.bus import Bus, NoResponders, NotAnswered
from voltyard.runtimes.control import messages


async def check_alone(bus: Bus, bus_name: str) -> None:
    """Conflict where a gateway of that name is on the bus; Unavailable where the bus is gone."""
    asked = messages.encode(messages.Who())
    try:
        await bus.request(messages.gateway_subject(bus_name), asked, limits.CONTROL_ANSWER_S)
    except (NoResponders, NotAnswered) as nobody:
        if bus.problem:
            raise Unavailable(bus.problem) from nobody
        return
    raise Conflict(
        f"another server is {bus_name} on this bus",
        hint="give each a name of its own with VOLTYARD_BUS_NAME",
    )
