"""Commands of a simulated charger, in the words of its surroundings, not of OCPP.

Each is declared once, in a file of this folder: what the charger is asked, the body by which REST
asks for it, its limits, descriptions and examples. REST's models and routes, the queue, the
providers and docs/gateway.md follow from COMMANDS; charger/commands/handlers.py carries them out.

Each command is refused (`Failed`, nothing changed) or carried out (`Done`), exactly once. Commands
of one charger are carried out in the order they were asked. The tag is the gateway's `event_type`.
"""

from collections.abc import Mapping
from typing import Final, TypeAlias, get_args

from msgspec import Struct

from voltyard.catalogue.commands.declaration import asked_by, event_type_of
from voltyard.catalogue.commands.energy import (
    ClearExternalLimit,
    EvRequestsEnergy,
    EvStopsEnergy,
    PowerUpdate,
    SetExternalLimit,
    SiteShare,
)
from voltyard.catalogue.commands.faults import ClearFault, DriftSensor, InjectFault, ProxyMessage
from voltyard.catalogue.commands.outages import (
    NetworkDrop,
    NetworkRestore,
    PowerCut,
    PowerRestore,
    Reboot,
    SkewClock,
)
from voltyard.catalogue.commands.sessions import (
    AuthorizeTag,
    BeginTransaction,
    ChangeChargingNeeds,
    EmergencyStop,
    EndTransaction,
    EvEndsSession,
    PlugIn,
    PullCableAtVehicle,
    SetTransactionLimit,
    StartSession,
    StopSession,
    Swipe,
    Unlock,
    Unplug,
)
from voltyard.catalogue.commands.settings import (
    ClearLocalList,
    Configure,
    InstallLocalList,
    ResetCache,
)

ChargerCommand: TypeAlias = (
    PlugIn
    | Unplug
    | Unlock
    | StartSession
    | StopSession
    | AuthorizeTag
    | Swipe
    | BeginTransaction
    | EndTransaction
    | EvRequestsEnergy
    | EvStopsEnergy
    | PowerUpdate
    | SiteShare
    | ChangeChargingNeeds
    | SetTransactionLimit
    | EvEndsSession
    | SetExternalLimit
    | ClearExternalLimit
    | Configure
    | ResetCache
    | InstallLocalList
    | ClearLocalList
    | InjectFault
    | ClearFault
    | DriftSensor
    | ProxyMessage
    | NetworkDrop
    | NetworkRestore
    | PowerCut
    | PowerRestore
    | SkewClock
    | Reboot
    | EmergencyStop
    | PullCableAtVehicle
)

COMMANDS: Final[tuple[type[Struct], ...]] = get_args(ChargerCommand)
QUEUED: Final = tuple(one for one in COMMANDS if (rest := asked_by(one)) and not rest.has_own_route)
"""Commands that are posted to one charger, several or a whole location."""
BY_EVENT_TYPE: Final[Mapping[str, type[Struct]]] = {event_type_of(one): one for one in COMMANDS}
BY_TAG: Final[Mapping[str, type[Struct]]] = {
    str(one.__struct_config__.tag): one for one in COMMANDS
}
