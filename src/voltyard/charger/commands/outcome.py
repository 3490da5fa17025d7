"""The outcome of a command when it is carried out."""

from __future__ import annotations

from typing import TypeAlias

from voltyard.charger.effects import Done, Failed
from voltyard.kernel.errors import VoltyardError

CommandOutcome: TypeAlias = Done | Failed | None
"""None: it waits, and `ChargerContext.conclude` will say."""


class NotAccepted(VoltyardError):
    """The charger has not been accepted by its CSMS, or has no power to ask it."""

    code = "not_connected"
    hint = "the command can be carried out once the charger has booted"
