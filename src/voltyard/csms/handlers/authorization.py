"""Handler of Authorize, and decisions about tags for other requests (C)."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec.structs import replace

from voltyard.csms import events, requests
from voltyard.csms.authorization.authorizer import AuthorizationRequest, IdTagAuthorizer
from voltyard.csms.authorization.decisions import TagDecision
from voltyard.csms.handlers.handling import Deferred, Handled, Handling
from voltyard.csms.registry import RegisteredCharger
from voltyard.csms.security.contract_verdicts import CertificateAnswers, ContractVerdict
from voltyard.csms.tariffs.tariff_registry import TariffRegistry
from voltyard.csms.transactions.ledger import TransactionLedger
from voltyard.kernel.time import Instant

_UNKNOWN = TagDecision("unknown")

ChargingElsewhere: TypeAlias = Callable[[str, str], Awaitable[bool]]
"""True where a transaction is in progress for an organization's tag at a charger that another
process has. Unavailable where that cannot be told now: the charger asks again."""


class AuthorizationHandlers:
    """Handles what needs a decision about a tag."""

    def __init__(
        self,
        tags: IdTagAuthorizer,
        ledger: TransactionLedger,
        certificates: CertificateAnswers,
        tariffs: TariffRegistry,
        charging_elsewhere: ChargingElsewhere | None = None,
    ) -> None:
        """Without `charging_elsewhere` all chargers are this process's."""
        self._charging_elsewhere = charging_elsewhere
        self._tariffs = tariffs
        self._tags = tags
        self._ledger = ledger
        self._certificates = certificates

    def authorize(
        self, charger: RegisteredCharger, version: str, request: requests.Authorize, now: Instant
    ) -> Handling:
        """Handles an Authorize request (1.6 section 4.1, C01; with a contract C07)."""

        def answered(
            tag: TagDecision, now: Instant, contract: ContractVerdict | None = None
        ) -> Handled:
            event = events.Authorized(
                **charger.event_fields(now),
                id_tag=request.id_tag,
                status=tag.status,
                by=tag.by,
                certificate_status=None if contract is None else contract.status,
                certificate_reason=None if contract is None else contract.reason or None,
            )
            reply = requests.AuthorizeReply(tag, None if contract is None else contract.status)
            # A driver stands there, and a refusal would not be tried again.
            return Handled(reply, (), (event,), regardless=True)

        if request.chain is None and not request.queries:
            return self.judged(charger, request.id_tag, request.id_tag_type, answered, now)
        organization_id = charger.row.organization_id
        judging = self._certificates.judge(
            organization_id, request.id_tag, request.chain, request.queries, now
        )

        def judged(contract: ContractVerdict, now: Instant) -> Handling:
            if contract.status != "Accepted":
                return answered(_UNKNOWN, now, contract)
            return self.judged(
                charger,
                request.id_tag,
                request.id_tag_type,
                lambda tag, now: answered(tag, now, contract),
                now,
            )

        return Deferred(judging, judged)

    def judged(
        self,
        charger: RegisteredCharger,
        id_tag: str,
        id_tag_type: str | None,
        then: Callable[[TagDecision, Instant], Handled],
        now: Instant,
        *,
        starts: bool = True,
    ) -> Handling:
        """Go on with the decision about a tag, now or when it is known."""
        row = charger.row

        def decided(tag: TagDecision, now: Instant) -> Handling:
            # Looked up late, for while a verdict was awaited another transaction may have begun.
            if not starts or tag.status != "accepted" or row.allow_concurrent_transactions:
                return free(tag, now)
            if self._ledger.charging(row.organization_id, id_tag):
                return then(replace(tag, status="concurrent"), now)
            if self._charging_elsewhere is None:
                return free(tag, now)

            def told(is_charging: bool, now: Instant) -> Handled:
                is_charging = is_charging or self._ledger.charging(row.organization_id, id_tag)
                return (
                    then(replace(tag, status="concurrent"), now) if is_charging else free(tag, now)
                )

            return Deferred(self._charging_elsewhere(row.organization_id, id_tag), told)

        def free(tag: TagDecision, now: Instant) -> Handled:
            if starts and tag.status == "accepted":
                tariff = self._tariffs.choose(row.organization_id, row.charge_box_id, id_tag)
                if tariff is not None and tariff.message is not None:
                    tag = replace(tag, message=tariff.message)
            return then(tag, now)

        request = AuthorizationRequest(row.organization_id, row.charge_box_id, id_tag, id_tag_type)
        verdict = self._tags.decide(request, now)
        if isinstance(verdict, TagDecision):
            return decided(verdict, now)
        return Deferred(verdict, decided)
