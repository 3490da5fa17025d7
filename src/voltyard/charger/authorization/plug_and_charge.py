"""Plug and Charge: vehicles that authorize themselves with contract certificates (C07, M01, M02).

The charger judges a contract by the roots that it has. Online the CSMS decides in any case: it is
handed the data to ask the certificates' statuses by, or, of a contract whose root the charger does
not have, the chain itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec.structs import replace

from voltyard.charger.authorization.authorizer import Authorizer
from voltyard.charger.authorization.contract import (
    Contract,
    ContractStage,
    EvCertificate,
    PluggedContract,
)
from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.authorization.local_authorization import LocalAuthorization
from voltyard.charger.connection.call_purposes import (
    Aim,
    AuthorizeContract,
    Get15118EvCertificate,
)
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.effects import Failed
from voltyard.charger.evse.connector import Connector
from voltyard.charger.evse.evse import Evse
from voltyard.charger.evse.sessions import Sessions
from voltyard.charger.reservation.reservation import reserved
from voltyard.charger.security.installed_certificates import MO_ROOT, V2G_ROOT
from voltyard.charger.security.security import Security
from voltyard.charger.variables.standard.iso15118 import (
    CENTRAL_VALIDATION,
    CONTRACT_INSTALLATION,
    ISO15118_ENABLED,
    PNC_ENABLED,
    VALIDATION_OFFLINE,
)
from voltyard.kernel.errors import WrongState

if TYPE_CHECKING:
    from cryptography import x509

_UNTRUSTED = "its root is not installed, and CentralContractValidationAllowed is off"


@dataclass(slots=True, eq=False, repr=False)
class PlugAndCharge:
    """Contracts of the vehicles at one charger."""

    _context: ChargerContext
    _wire: ChargerWire
    _security: Security
    _authorization: LocalAuthorization
    _authorizer: Authorizer
    _sessions: Sessions

    def arrive(self, evse: Evse, connector: Connector, contract: Contract) -> None:
        """A vehicle that has just been plugged in brings a contract, or asks for one."""
        settings = self._context.settings
        evse.plug.follow_contract(PluggedContract(contract=contract, stage="NotUsed"))
        if self._context.dialect.contracts is None or not settings.flag(ISO15118_ENABLED):
            self._set(evse, "NotUsed", "the charger does not speak ISO 15118")
            return
        self._security.v2g_status.refresh()
        if contract.exi_request is not None:
            self._install(evse)
        else:
            self._present(evse)

    def resume(self) -> None:
        """The charger is back after a restart: a vehicle that is still plugged in, with a contract,
        begins its session of ISO 15118 anew."""
        for evse in self._sessions.evses:
            plugged = evse.plug.contract
            free = evse.authorization.id_token is None and evse.transaction is None
            if plugged is not None and plugged.contract.chain is not None and free:
                self.arrive(evse, evse.plug.place, replace(plugged.contract, exi_request=None))

    def _set(
        self, evse: Evse, stage: ContractStage, reason: str = "", verdict: str | None = None
    ) -> None:
        plugged = evse.plug.contract
        if plugged is not None:
            evse.plug.follow_contract(replace(plugged, stage=stage, reason=reason, verdict=verdict))

    # --- certificates for the vehicle ----------------------------------------------------------

    def _install(self, evse: Evse) -> None:
        """Forward the vehicle's request for a contract certificate (M01.FR.01, M02.FR.01)."""
        messages, plugged = self._context.dialect.contracts, evse.plug.contract
        assert messages is not None and plugged is not None
        if not self._context.settings.flag(CONTRACT_INSTALLATION):
            self._set(evse, "Refused", "ContractCertificateInstallationEnabled is off")
        elif self._context.online and self._wire.call(
            messages.ev_certificate(plugged.contract), Get15118EvCertificate(evse.id)
        ):
            self._set(evse, "Installing")
        else:
            self._set(evse, "Refused", "the CSMS cannot be asked for a contract certificate")

    def installed(self, asked: Get15118EvCertificate, answer: EvCertificate) -> None:
        """The CSMS has answered the vehicle, which goes on with its contract where it has one."""
        evse = self._sessions.evses[asked.evse_id - 1]
        plugged = evse.plug.contract
        if plugged is None or plugged.stage != "Installing":
            return
        evse.plug.follow_contract(replace(plugged, exi_response=answer.exi_response))
        if not answer.accepted:
            why = answer.reason or "the CSMS has no contract certificate for it"
            self._set(evse, "Refused", why)
        elif plugged.contract.chain is None:
            self._set(evse, "NotUsed", "the vehicle has its contract certificate")
        else:
            self._present(evse)

    def not_installed(self, asked: Get15118EvCertificate, failure: Failed) -> None:
        """The CSMS has not answered the vehicle."""
        evse = self._sessions.evses[asked.evse_id - 1]
        plugged = evse.plug.contract
        if plugged is not None and plugged.stage == "Installing":
            self._set(evse, "Refused", failure.message)

    # --- authorization -------------------------------------------------------------------------

    def _present(self, evse: Evse) -> None:
        """Judge the contract here, then ask the CSMS (C07.FR.01 to FR.08)."""
        from voltyard.pki import chains

        plugged = evse.plug.contract
        assert plugged is not None and plugged.contract.chain is not None
        chain = plugged.contract.chain
        why = self._why_not(evse)
        if why is not None:
            self._set(evse, "NotUsed", why)
            return
        path: tuple[x509.Certificate, ...] = ()
        try:
            emaid = plugged.contract.emaid or chains.emaid_of(chains.read_chain(chain)[0])
            evse.plug.follow_contract(
                replace(plugged, contract=replace(plugged.contract, emaid=emaid))
            )
            roots = self._security.installed.roots(MO_ROOT) + self._security.installed.roots(
                V2G_ROOT
            )
            path = chains.judge_contract(chain, emaid, roots, self._context.time)
        except chains.NoTrustedRoot as missing:
            if not (self._context.online and self._context.settings.flag(CENTRAL_VALIDATION)):
                reason = _UNTRUSTED if self._context.online else str(missing)
                self._set(evse, "Refused", reason, missing.verdict)
                return
        except chains.BadChain as bad:
            self._set(evse, "Refused", str(bad), bad.verdict)
            return
        token = IdToken(emaid, "eMAID")
        if not self._context.online:
            self._decide_offline(evse, token)
        elif not self._ask(evse, token, chain, path):
            self._set(evse, "Refused", "the CSMS cannot be asked")

    @property
    def _roots(self) -> list[str]:
        """The roots that contracts may lead to."""
        installed = self._security.installed
        return installed.roots(MO_ROOT) + installed.roots(V2G_ROOT)

    def _why_not(self, evse: Evse) -> str | None:
        """The reason why the vehicle's contract is not used at all."""
        connector = evse.plug.place
        if not self._context.settings.flag(PNC_ENABLED):
            return "PnCEnabled is off"
        try:
            self._sessions.check_free(evse, connector)
        except WrongState as refusal:
            return refusal.message
        return None

    def _ask(
        self, evse: Evse, token: IdToken, chain: str, path: tuple[x509.Certificate, ...]
    ) -> bool:
        from voltyard.pki.ocsp_queries import query_of

        messages = self._context.dialect.contracts
        assert messages is not None
        asked = [query_of(one, issuer) for one, issuer in pairwise(path)]
        queries = [one for one in asked if one is not None]
        # Who cannot be asked about by its status is handed over as a whole, where that is allowed.
        whole = not queries and self._context.settings.flag(CENTRAL_VALIDATION)
        request = messages.authorize(token, chain if whole else None, queries)
        if request is None or not self._wire.call(request, AuthorizeContract(token, evse.id)):
            return False
        self._set(evse, "Asked")
        return True

    def answered(self, asked: AuthorizeContract, info: TokenInfo, verdict: str | None) -> None:
        """The CSMS has judged a contract, and its eMAID: both have to be accepted."""
        evse = self._waiting(asked)
        if verdict in (None, "Accepted") and self._authorization.learn(
            asked.token, info, self._context.time
        ):
            self._context.remember()
        if evse is None:
            return
        if verdict not in (None, "Accepted"):
            self._set(evse, "Refused", "the CSMS does not accept the certificate", verdict)
        else:
            self._conclude(evse, asked.token, info, verdict)

    def unanswered(self, asked: AuthorizeContract) -> None:
        """The CSMS has not: it is as if it were offline."""
        evse = self._waiting(asked)
        if evse is not None:
            self._decide_offline(evse, asked.token)

    def _waiting(self, asked: AuthorizeContract) -> Evse | None:
        """The EVSE where that contract still waits; None where the vehicle has left."""
        evse = self._sessions.evses[asked.evse_id - 1]
        plugged = evse.plug.contract
        waits = plugged is not None and plugged.stage == "Asked"
        return evse if waits and plugged.contract.emaid == asked.token.text else None  # type: ignore[union-attr]

    def _decide_offline(self, evse: Evse, token: IdToken) -> None:
        """Decide without the CSMS on a contract (C07.FR.07 to FR.11). One whose root is not here
        could not be validated."""
        from voltyard.pki import chains

        plugged = evse.plug.contract
        assert plugged is not None and plugged.contract.chain is not None
        if not self._context.settings.flag(VALIDATION_OFFLINE):
            self._set(
                evse, "Refused", "the CSMS cannot be asked, and ContractValidationOffline is off"
            )
            return
        try:
            chains.judge_contract(
                plugged.contract.chain, token.text, self._roots, self._context.time
            )
        except chains.BadChain as bad:
            self._set(evse, "Refused", str(bad), bad.verdict)
            return
        info = self._authorization.decide(token, self._context.time, online=False)
        assert isinstance(info, TokenInfo)
        self._conclude(evse, token, info, "Accepted", asked=False)

    def _conclude(
        self,
        evse: Evse,
        token: IdToken,
        info: TokenInfo,
        verdict: str | None,
        *,
        asked: bool = True,
    ) -> None:
        connector = evse.plug.place
        if self._authorizer.right(evse, connector, token) == "no":
            self._set(evse, "Refused", reserved(evse, connector).message, verdict)
            return
        aim = Aim(what="start", evse_id=evse.id, connector_id=connector.id)
        self._authorizer.conclude(token, aim, info, asked=asked)
        owner = evse.authorization.id_token
        if owner is not None and owner.key == token.key:
            self._set(evse, "Accepted", "", verdict)
        else:
            self._set(evse, "Refused", f"the eMAID is {info.status}", verdict)
