"""The context that all parts share: specification, settings, clock, randomness, effects."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from voltyard.charger.description.events import ChargerEvent
from voltyard.charger.description.specification import ChargerSpec
from voltyard.charger.effects import Done, Effect, Failed, Report
from voltyard.charger.variables import device_model
from voltyard.charger.variables.own_settings import own_settings_of
from voltyard.charger.variables.settings import ChargerSettings
from voltyard.kernel.seeds import stream
from voltyard.kernel.time import Instant, Seconds

if TYPE_CHECKING:
    from voltyard.charger.versions.dialect import ChargerDialect

CLOCK_TOLERANCE_S: Seconds = 1.0
"""A clock this close to the CSMS's is left alone: the wire's times often have whole seconds
only."""

_EVENT_IDS_SKIPPED = 100
"""More than are given between an event and the snapshot that knows of it."""


class ChargerContext:
    """The context shared by the parts of one charger; `now` is the moment of the present step."""

    __slots__ = (
        "_drawn",
        "_event_ids",
        "accepted",
        "dialect",
        "draining",
        "effects",
        "firmware_version",
        "keeps_time",
        "model",
        "needs_saving",
        "now",
        "offset_s",
        "online",
        "outcomes",
        "owed",
        "rate",
        "restarting",
        "settings",
        "spec",
        "updating",
    )

    def __init__(self, spec: ChargerSpec, dialect: ChargerDialect, now: Instant) -> None:
        self.spec = spec
        self.dialect = dialect
        self.settings = ChargerSettings(own_settings_of(spec))
        self.model = device_model.read(spec.device_model)
        """Additions of a file to its device model (2.x)."""
        self.now = now
        self.offset_s: Seconds = 0.0
        """The charger's clock minus true time; `currentTime` sets it."""
        self.keeps_time = False
        """The charger does not take the CSMS's time."""
        self.rate = 1.0
        """Seconds of its time in each real one; kernel.pace. A fast charger keeps its own time."""
        self.online = False
        """The link is up and the CSMS has accepted the boot: anything may be sent."""
        self.accepted = False
        """True once the CSMS has accepted this boot; no vehicle charges before that
        (TxBeforeAcceptedEnabled)."""
        self.restarting = False
        """True while a reset is under way: no transaction may begin."""
        self.updating = False
        """Firmware is being installed: nothing is in service."""
        self.firmware_version = spec.firmware_version
        """The version that runs: an update changes it."""
        self.draining = False
        """A reset waits for running transactions: no further one may begin (2.0.1 B12)."""
        self.owed: list[Effect] = []
        """Effects that came up outside a step, while memory was taken up; the next step begins with
        them."""
        self.effects: list[Effect] = self.owed
        self.outcomes: list[tuple[str, Done | Failed]] = []
        """Of commands that had to wait, not yet answered."""
        self.needs_saving = False
        """Something that has to persist has changed in this step."""
        self._drawn = 0
        self._event_ids = 0

    # --- steps ---------------------------------------------------------------------------------

    def begin_step(self, now: Instant) -> list[Effect]:
        """A step begins at that moment; the list of its effects."""
        self.now = now
        self.effects, self.owed = self.owed, []
        return self.effects

    def set_moment(self, now: Instant) -> None:
        """Have that moment between steps."""
        self.now = now

    def set_pace(self, rate: float, now: Instant) -> None:
        """Let time pass `rate` times as fast as real time from that moment on."""
        self.rate, self.now = rate, now

    def remember(self) -> None:
        """Note that something of what persists has changed."""
        self.needs_saving = True

    def take_needs_saving(self) -> bool:
        """True where something that persists has changed since this was asked last."""
        needed, self.needs_saving = self.needs_saving, False
        return needed

    # --- phases --------------------------------------------------------------------------------

    def await_boot(self) -> None:
        """The charger starts anew: the CSMS has to accept it again."""
        self.accepted = False

    def accept_boot(self) -> None:
        """The CSMS has accepted the boot."""
        self.online = self.accepted = True

    def go_online(self) -> None:
        """A link to the CSMS that has accepted the boot is up again."""
        self.online = True

    def go_offline(self) -> None:
        """The link is gone."""
        self.online = False

    def go_down(self) -> None:
        """A reset or the end of power is under way."""
        self.restarting = True

    def clear_phases(self) -> None:
        """No reset or installation is under way any more."""
        self.restarting = self.draining = self.updating = False

    def drain(self, draining: bool = True) -> None:
        """Let no further transaction begin, or let them begin again."""
        self.draining = draining

    def begin_update(self) -> None:
        """Firmware is being installed."""
        self.updating = True

    def end_update(self) -> None:
        """Firmware is installed, or will not be."""
        self.updating = False

    def run_firmware(self, version: str) -> None:
        """Run that version from here on."""
        self.firmware_version = version

    # --- clock ---------------------------------------------------------------------------------

    @property
    def time(self) -> Instant:
        """The moment by the charger's own clock, which is what goes on the wire."""
        return self.now + self.offset_s

    def true(self, at: Instant) -> Instant:
        """The true time of a moment by the charger's clock."""
        return at - self.offset_s

    def set_clock(self, current_time: Instant) -> bool:
        """Take the CSMS's time (1.6 sections 4.2 and 4.6), unless it keeps its own; True where the
        clock was off."""
        if self.keeps_time or self.rate != 1.0:
            return False
        if abs(current_time - self.time) <= CLOCK_TOLERANCE_S:
            return False
        self.offset_s = current_time - self.now
        return True

    def set_off(self, offset_s: Seconds, *, takes_csms_time: bool) -> None:
        """Have a clock that is off by so much, whether or not the CSMS may set it."""
        self.offset_s = offset_s
        self.keeps_time = not takes_csms_time

    def in_real_time(self, seconds: Seconds) -> Seconds:
        """A wait for the peer, who lives in real time: as long for it whatever our rate."""
        return seconds * self.rate

    # --- what it tells, and draws --------------------------------------------------------------

    def report(self, event: ChargerEvent) -> None:
        """Tell whoever listens."""
        self.effects.append(Report(event))

    def conclude(self, command_id: str | None, outcome: Done | Failed) -> None:
        """Conclude a command that waited; nothing where no command did."""
        if command_id is not None:
            self.outcomes.append((command_id, outcome))

    def serial(self) -> int:
        """A number this charger has not given since it was switched on."""
        self._drawn += 1
        return self._drawn

    def event_id(self) -> int:
        """An id for an event of NotifyEvent; no other has ever had it (2.0.1 Part 2, EventData)."""
        self._event_ids += 1
        self.remember()
        return self._event_ids

    @property
    def event_ids(self) -> int:
        """The last of them; 0: there was none."""
        return self._event_ids

    def restore_event_ids(self, last: int) -> None:
        """Go on after that one. The last snapshot may be older than the last events: ids that they
        may have had are skipped."""
        if last:
            self._event_ids = last + _EVENT_IDS_SKIPPED

    def draw(self, purpose: str) -> Random:
        """A fresh stream of randomness. None is kept: a generator's state is larger than a
        charger's."""
        moment = round(self.now * 1000)
        return stream(self.spec.seed, self.spec.identity, purpose, self.serial(), moment)
