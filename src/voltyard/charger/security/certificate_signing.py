"""A certificate of the charger's own: SignCertificate, CertificateSigned, and renewal.

White paper A02 and A03, 2.0.1 Part 2 A02 and A03: of its link to the CSMS, and of 2.0.1's V2G
certificate likewise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from voltyard.charger.connection.call_purposes import SignCertificate
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.security import x509
from voltyard.charger.security.certificate_owners import CertificateOwner
from voltyard.charger.security.credentials import CredentialChangeStatus
from voltyard.charger.security.kept import KeptSigning, PendingCertificate
from voltyard.charger.security.security_events import SecurityEvents
from voltyard.charger.security.x509 import BadCertificate
from voltyard.charger.variables.standard.security import (
    CERT_SIGNING_REPEATS,
    CERT_SIGNING_WAIT,
    CERTIFICATE_CHAIN_MAX,
)
from voltyard.kernel.time import DAY_S, Instant, Seconds, earliest

RENEWAL_S: Final[Seconds] = 30 * DAY_S
"""So long before its end a certificate is replaced, but not before two thirds of its time."""


@dataclass(slots=True, eq=False, repr=False)
class CertificateSigning:
    """Requests, checks and renews one certificate of one charger."""

    _context: ChargerContext
    _wire: ChargerWire
    _owner: CertificateOwner
    _security_events: SecurityEvents
    _second: CertificateOwner | None = None
    """Takes a certificate for both uses as well."""
    for_both: bool = False
    """The certificate that is waited for is for both uses."""
    _number: int = 0
    """Of the last key a certificate was asked for."""
    _asking: bool = False
    """SignCertificate is under way."""
    waits: bool = False
    """A certificate was asked for and has not come."""
    held: PendingCertificate | None = None
    """A certificate that has come, and does not hold yet."""
    held_until: Instant | None = None
    """The end of that, by true time."""
    _repeats: int = 0
    retry_at: Instant | None = None
    """Moment to ask again for one that has not come."""
    renew_at: Instant | None = None
    """Moment to ask for the next one."""

    # --- asking --------------------------------------------------------------------------------

    def ask(self, *, for_both: bool = False) -> None:
        """Ask for a certificate for a new key (A02.FR.02), one for both uses where it is to be."""
        self._repeats = 0
        self.for_both = for_both
        self._ask()

    def _ask(self) -> None:
        context = self._context
        self._number = max(self._number, self._owner.key_number) + 1
        request = self._owner.key(self._number).request(*self._owner.names())
        self.waits = True
        use = "both" if self.for_both else self._owner.use
        self._asking = self._wire.call(
            context.dialect.sign_certificate(request, use), SignCertificate(self._owner.use)
        )
        self.retry_at = None if self._asking else self._patience_at()
        context.remember()

    def answered(self, accepted: bool) -> None:
        """The CSMS will see to it, or will not (A02.FR.05, FR.17)."""
        self._asking = False
        if accepted and self._context.dialect.asks_again_for_certificates:
            self.retry_at = self._patience_at()
        else:
            self._give_up()

    def unanswered(self) -> None:
        """No answer, or a CALLERROR: as if no certificate had come."""
        self._asking = False
        self.retry_at = self._patience_at()

    def _patience_at(self) -> Instant:
        settings = self._context.settings
        wait_s = settings.number(CERT_SIGNING_WAIT)
        return self._context.now + max(wait_s, 1) * 2.0 ** min(self._repeats, 20)

    def _give_up(self) -> None:
        """Stop asking for it; one that nears its end is asked for a day later."""
        self.waits = False
        self.retry_at = None
        if self.renew_at is not None:
            self.renew_at = max(self.renew_at, self._context.now + DAY_S)
        self._context.remember()

    def disconnected(self) -> None:
        """The link is gone, and with it what was under way."""
        if self._asking:
            self._asking = False
            self.retry_at = self._context.now

    # --- what comes of it ----------------------------------------------------------------------

    def signed(self, chain: str) -> CredentialChangeStatus:
        """CertificateSigned. What is not right is refused, and noticed (A02.FR.06, FR.07)."""
        try:
            number = self._check(chain)
        except BadCertificate as bad:
            self._security_events.notice("InvalidChargingStationCertificate", str(bad))
            self._give_up()  # another one has to be asked for by the CSMS (A02.FR.20)
            return "Rejected"
        self.waits = False
        self.retry_at = None
        held = PendingCertificate(chain=chain, key_number=number, for_both=self.for_both)
        self._hold(held)
        return "Accepted"

    def _hold(self, held: PendingCertificate) -> None:
        """Take a certificate up as soon as it holds (A02.FR.08)."""
        context = self._context
        self.held = held
        self.held_until = context.true(x509.begins_at(held.chain))
        context.remember()
        if self.held_until <= context.now:
            self._take_up(held)

    def _take_up(self, held: PendingCertificate) -> None:
        self.held = self.held_until = None
        self._owner.take(held.chain, held.key_number)
        if held.for_both and self._second is not None:
            self._second.take(held.chain, 0)
        self.plan()

    def _check(self, chain: str) -> int:
        """The number of the key it was made for."""
        longest = self._context.settings.number(CERTIFICATE_CHAIN_MAX)
        if len(chain) > longest:
            raise BadCertificate(f"longer than {longest} characters")
        owner = self._owner
        numbers = (self._number, owner.key_number)
        number = next((n for n in numbers if n and owner.key(n).belongs_to(chain)), 0)
        if not number:
            raise BadCertificate("not for a key this charger has asked a certificate for")
        roots = owner.roots()
        if self.for_both and self._second is not None:
            roots += self._second.roots()
        # One that does not hold yet is looked at as of when it will.
        at = max(self._context.time, x509.begins_at(chain))
        x509.check_chain(chain, roots, at)
        return number

    # --- time ----------------------------------------------------------------------------------

    def plan(self) -> None:
        """Decide when the present certificate is to be replaced."""
        chain = self._owner.certificate
        if chain is None or not self._owner.may_renew:
            self.renew_at = None
            return
        begins_at, ends_at = x509.begins_at(chain), x509.ends_at(chain)
        at = ends_at - min(RENEWAL_S, (ends_at - begins_at) / 3)
        self.renew_at = max(self._context.now, self._context.true(at))

    def connected(self) -> None:
        """The CSMS can be asked."""
        if self.renew_at is None and self._owner.renews:
            self.plan()

    def deadline(self) -> Instant | None:
        """The moment to ask again, since no certificate came or it nears its end; or when one that
        has come holds."""
        ask_at = self.retry_at if self.waits else self.renew_at
        if ask_at is None and self.held_until is None:
            return None  # nearly always
        if self._asking or not self._context.online:
            return None
        return earliest(ask_at, self.held_until)

    def tick(self) -> None:
        """Do what is due."""
        due_at = self.deadline()
        if due_at is None or due_at > self._context.now:
            return
        if self.held is not None and self.held_until == due_at:
            self._take_up(self.held)
        elif not self.waits:
            self.ask()
        elif self._repeats < self._context.settings.number(CERT_SIGNING_REPEATS):
            self._repeats += 1
            self._ask()
        else:
            self._give_up()

    # --- memory --------------------------------------------------------------------------------

    def kept(self) -> KeptSigning:
        """The state to be remembered."""
        return KeptSigning(
            key_number=self._number, waits=self.waits, held=self.held, for_both=self.for_both
        )

    def restore(self, kept: KeptSigning) -> None:
        """Take up what was remembered."""
        self._number = kept.key_number
        self.waits, self.for_both = kept.waits, kept.for_both
        held, waits = kept.held, kept.waits
        if held is not None:
            self._hold(held)
        if waits:
            self.retry_at = self._context.now
