"""A command on its way to a charger."""

from msgspec import Struct

from voltyard.csms.commands.command_span import CommandSpan
from voltyard.csms.commands.parts.command_parts import CommandInParts
from voltyard.csms.commands.shared import BackendCommand
from voltyard.kernel.time import Instant, Seconds
from voltyard.ocpp.payload import Payload


class CommandTicket(Struct, eq=False):
    """A command on its way to a charger. `eq` is identity: two of the same content are two."""

    id: str
    """cmd_..."""
    command: BackendCommand
    timeout_s: Seconds
    """From the moment it is sent: a slow predecessor costs it nothing."""
    asked_at: Instant
    request: Payload | None = None
    text: str | None = None
    message_id: str | None = None
    sent_at: Instant | None = None
    heard_at: Instant | None = None
    """Moment when the message it asks for came, if that was before the answer."""
    last_status: str | None = None
    """The last status of what it asks for, if one came before the answer."""
    password_hash: str | None = None
    """Of the password it hands over."""
    is_recorded: bool = False
    """Its row is written before it is sent, so its end is written too, however it ends."""
    parts: CommandInParts | None = None
    """Its way in parts, where it has to go so."""
    span: CommandSpan | None = None
    """Its span, where the request that asked for it is sampled."""
    finished: bool = False
