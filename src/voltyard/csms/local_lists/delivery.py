"""Delivery of a whole local list: built, split into parts, resent in full on a mismatch."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias

from msgspec.structs import replace

from voltyard.csms.authorization.authorizer import covers, tag_status
from voltyard.csms.authorization.decisions import TagStatus
from voltyard.csms.authorization.id_tag_registry import IdTagRegistry
from voltyard.csms.commands.local_list import (
    EntryStatus,
    GetLocalListVersion,
    LocalListTag,
    LocalListTagInfo,
    SendLocalList,
    UpdateType,
)
from voltyard.csms.commands.maintenance import GetConfiguration
from voltyard.csms.commands.results import (
    BackendCommandResult,
    ConfigurationResult,
    LocalListResult,
    LocalListVersionResult,
    StatusResult,
)
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.dialects import longest_id_tag
from voltyard.csms.registry import ChargerRegistry, RegisteredCharger
from voltyard.kernel import limits
from voltyard.kernel.errors import (
    Conflict,
    Invalid,
    NoAnswer,
    NotConnected,
    OutcomeUnknown,
    PeerError,
    VoltyardError,
)
from voltyard.kernel.time import Instant, Seconds
from voltyard.ports.clock import Clock

AskCharger: TypeAlias = Callable[
    [str, str, BackendCommand, Seconds | None], Awaitable[BackendCommandResult]
]
"""Organization, chargeBoxId, command, time-out: the charger's answer."""

_PART_LENGTH: Final = "SendLocalListMaxLength"
_WORDS: Final[Mapping[TagStatus, EntryStatus]] = {
    "accepted": "Accepted",
    "blocked": "Blocked",
    "expired": "Expired",
}


class LocalListDelivery:
    """Sends local lists, one at a time to each charger."""

    def __init__(
        self, registry: ChargerRegistry, tags: IdTagRegistry, ask: AskCharger, clock: Clock
    ) -> None:
        self._registry = registry
        self._tags = tags
        self._ask = ask
        self._clock = clock
        self._busy: set[str] = set()
        """Ids of the chargers that a list is being sent to."""

    async def send(
        self,
        organization_id: str,
        charge_box_id: str,
        update_type: UpdateType,
        list_version: int | None = None,
        entries: Sequence[LocalListTag] | None = None,
    ) -> LocalListResult:
        """Without entries, those of the organization's tags that may charge there, and what they
        are worth. Without a version, the one after the charger's own.

        Where a differential update does not fit (versionMismatch) the whole list follows: the tags,
        with the given entries on top. Conflict while another list is on its way to the charger;
        else the errors of a command, with `partsTaken` where that is not 0.
        """
        charger = self._registry.get(organization_id, charge_box_id)
        self._check_free(charger)
        self._busy.add(charger.row.id)
        try:
            wanted = self._in_scope(charger) if entries is None else entries
            delivered = await self._deliver(charger, update_type, list_version, wanted)
            if delivered.status != "versionMismatch" or update_type == "Full":
                return delivered
            whole = wanted if entries is None else _changed(self._in_scope(charger), entries)
            return await self._deliver(charger, "Full", delivered.list_version, whole)
        finally:
            self._busy.discard(charger.row.id)

    def check(self, charger: RegisteredCharger) -> None:
        """Check that a list may be sent to it now: NotConnected, WrongState, Conflict."""
        barred = charger.barred()
        if barred is not None:
            raise barred
        self._check_free(charger)

    def _check_free(self, charger: RegisteredCharger) -> None:
        if charger.row.id in self._busy:
            raise Conflict("a local list is on its way to this charger", hint="wait for its answer")

    async def _deliver(
        self,
        charger: RegisteredCharger,
        update_type: UpdateType,
        list_version: int | None,
        entries: Sequence[LocalListTag],
    ) -> LocalListResult:
        if len(entries) > limits.LOCAL_LIST_ENTRIES:
            raise Invalid(
                f"{len(entries)} entries are more than the {limits.LOCAL_LIST_ENTRIES} of a list",
                hint="confine id tags to the chargers where they are used",
                field="entries",
            )
        size = await self._part_length(charger, len(entries))
        parts = [tuple(entries[at : at + size]) for at in range(0, len(entries), size)] or [()]
        current = 0
        if list_version is None or (update_type == "Differential" and len(parts) > 1):
            current = await self._version(charger)
        first = _first_version(list_version, len(parts), current)
        delivered = LocalListResult(
            status="notSupported",
            list_version=current,
            update_type=update_type,
            entries=len(entries),
            parts=len(parts),
            parts_taken=0,
        )
        if current < 0:  # section 5.10: it keeps no lists
            return delivered
        for taken, part in enumerate(parts):
            kind: UpdateType = "Differential" if taken else update_type
            command = SendLocalList(list_version=first + taken, update_type=kind, entries=part)
            answer = await self._part_answer(charger, command, taken)
            delivered = replace(
                delivered,
                status=answer.status,
                list_version=command.list_version,
                parts_taken=taken + (answer.status == "accepted"),
                reason=answer.reason,
            )
            if answer.status != "accepted":
                break
        return delivered

    async def _part_answer(
        self, charger: RegisteredCharger, command: SendLocalList, taken: int
    ) -> StatusResult:
        try:
            answer = await self._command(charger, command)
        except NotConnected as error:
            if taken:
                # The list is neither what it was nor what it is to be.
                raise OutcomeUnknown(error.message, partsTaken=taken) from error
            raise
        except VoltyardError as error:
            if taken:
                error.details["partsTaken"] = taken
            raise
        assert isinstance(answer, StatusResult)
        return answer

    async def _version(self, charger: RegisteredCharger) -> int:
        outcome = await self._reading(charger, GetLocalListVersion())
        assert isinstance(outcome, LocalListVersionResult)
        return outcome.list_version

    async def _part_length(self, charger: RegisteredCharger, count: int) -> int:
        """The number of entries in one message: as many as the charger says, where it does."""
        if count <= limits.LOCAL_LIST_UNASKED:
            return max(count, 1)
        command = GetConfiguration(keys=(_PART_LENGTH,))
        most = ""
        try:
            read = await self._reading(charger, command, limits.LOCAL_LIST_ASK_S)
        except (PeerError, NoAnswer):
            pass  # it does not say
        else:
            assert isinstance(read, ConfigurationResult)
            most = next((key.value or "" for key in read.configuration_key), "")
        said = int(most) if most.isdecimal() else 0
        return min(said or limits.LOCAL_LIST_PART_ENTRIES, limits.LOCAL_LIST_PART_ENTRIES)

    async def _reading(
        self, charger: RegisteredCharger, command: BackendCommand, timeout_s: Seconds | None = None
    ) -> BackendCommandResult:
        """Ask the charger before anything is sent, which changes nothing there."""
        try:
            return await self._command(charger, command, timeout_s)
        except OutcomeUnknown as error:
            raise NotConnected(error.message) from error

    async def _command(
        self, charger: RegisteredCharger, command: BackendCommand, timeout_s: Seconds | None = None
    ) -> BackendCommandResult:
        row = charger.row
        return await self._ask(row.organization_id, row.charge_box_id, command, timeout_s)

    def _in_scope(self, charger: RegisteredCharger) -> list[LocalListTag]:
        """The tags that may charge there, or would if they were not blocked or expired."""
        now: Instant = self._clock()
        longest = longest_id_tag(charger.row.version)
        found = []
        for row in self._tags.of(charger.row.organization_id):
            word = _WORDS.get(tag_status(row, charger.row.charge_box_id, now))
            in_scope = covers(row, charger.row.charge_box_id)
            if word is None or not in_scope or len(row.id_tag) > longest:
                continue
            parent = row.parent_id_tag
            info = LocalListTagInfo(
                status=word,
                expires_at=row.expires_at,
                parent_id_tag=parent if parent and len(parent) <= longest else None,
            )
            found.append(LocalListTag(id_tag=row.id_tag, id_tag_type=row.id_tag_type, info=info))
        return found


def _first_version(list_version: int | None, parts: int, current: int) -> int:
    """So that each part has a version of its own, above the charger's, and the last one has that
    which is asked for, where there is room below it."""
    if list_version is None:
        return current + 1
    first = list_version - parts + 1
    return first if first > max(current, 0) else list_version


def _changed(whole: Sequence[LocalListTag], entries: Sequence[LocalListTag]) -> list[LocalListTag]:
    """The list with these entries put in, or taken from it where they say nothing of a tag."""
    by_text = {entry.id_tag.casefold(): entry for entry in (*whole, *entries)}
    return [entry for entry in by_text.values() if entry.info is not None]
