"""Commands to chargers as they are asked for: by name, with an answer or only begun."""

from random import Random

from voltyard.csms.authorization.id_tag_registry import IdTagRegistry
from voltyard.csms.commands.command_sender import CommandSender
from voltyard.csms.commands.local_list import DeliverLocalList
from voltyard.csms.commands.outcome_tracker import OutcomeTracker
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.event_log import BackendWriter
from voltyard.csms.local_lists.background_delivery import BackgroundDeliveries
from voltyard.csms.local_lists.delivery import LocalListDelivery
from voltyard.csms.ownership.chargers_in_use import ChargersInUse
from voltyard.csms.records import CommandStored
from voltyard.csms.registry import ChargerRegistry, RegisteredCharger
from voltyard.kernel.errors import ServerEnding
from voltyard.kernel.time import Seconds
from voltyard.ports.clock import Clock
from voltyard.ports.spans import Span


class ChargerCommands:
    """Has commands sent to the chargers that this process has."""

    def __init__(
        self,
        registry: ChargerRegistry,
        tags: IdTagRegistry,
        sender: CommandSender,
        outcomes: OutcomeTracker,
        in_use: ChargersInUse,
        writer: BackendWriter,
        clock: Clock,
        random: Random,
    ) -> None:
        self._registry = registry
        self._sender = sender
        self._outcomes = outcomes
        self._in_use = in_use
        self._writer = writer
        self.local_lists = LocalListDelivery(registry, tags, self._answered, clock)
        self._background = BackgroundDeliveries(
            self.local_lists, writer.durable, writer.complain, clock, random
        )
        self._is_closing = False

    def refuse_more(self) -> None:
        """Begin none from now on."""
        self._is_closing = True

    async def close(self) -> None:
        """Leave deliveries in the background."""
        await self._background.close()

    async def ended(self, charger_id: str) -> None:
        """Return once no delivery in the background is under way of a charger that has no link."""
        await self._background.ended(charger_id)

    async def answer(
        self,
        organization_id: str,
        charge_box_id: str,
        command: BackendCommand,
        timeout_s: Seconds | None = None,
        id: str | None = None,
        span: Span | None = None,
    ) -> BackendCommandResult:
        """Ask a charger, and wait for its own answer; see `Backend.command`."""
        self._check_open()
        return await self._answered(organization_id, charge_box_id, command, timeout_s, id, span)

    async def _answered(
        self,
        organization_id: str,
        charge_box_id: str,
        command: BackendCommand,
        timeout_s: Seconds | None = None,
        id: str | None = None,
        span: Span | None = None,
    ) -> BackendCommandResult:
        """The same, also while the server ends: the parts of a local list go on."""
        charger = self._registry.get(organization_id, charge_box_id)
        with self._in_use.of(charger.row.id):
            if isinstance(command, DeliverLocalList):
                return await self.local_lists.send(
                    organization_id,
                    charge_box_id,
                    command.update_type,
                    command.list_version,
                    command.entries,
                )
            return await self._sender.answer(charger, command, timeout_s, id, span)

    async def begin(
        self,
        organization_id: str,
        charge_box_id: str,
        command: BackendCommand,
        id: str | None = None,
        span: Span | None = None,
    ) -> CommandStored:
        """Ask a charger, and wait until that is on record; see `Backend.begin`."""
        self._check_open()
        charger = self._registry.get(organization_id, charge_box_id)
        with self._in_use.of(charger.row.id):
            if isinstance(command, DeliverLocalList):
                return await self._background.begin(charger, command)
            return await self._sender.begin(charger, command, id, span)

    def connected(self, organization_id: str, charge_box_id: str) -> RegisteredCharger:
        """A charger that may be asked now. NotFound, NotConnected, WrongState."""
        charger = self._registry.get(organization_id, charge_box_id)
        barred = charger.barred()
        if barred is not None:
            raise barred
        return charger

    def uploaded(self, charger_id: str, command_id: str, file_id: str) -> bool:
        """A charger has uploaded a file for that command. False where this process has no such
        charger: whoever has it is to be told."""
        if self._registry.by_id(charger_id) is None or self._registry.is_leaving(charger_id):
            return False
        row = self._outcomes.uploaded(charger_id, command_id, file_id)
        if row is not None:
            self._writer.write((row,))
        return True

    def _check_open(self) -> None:
        if self._is_closing:
            raise ServerEnding("the server ends and begins no command")
