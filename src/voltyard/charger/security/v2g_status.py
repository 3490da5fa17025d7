"""OCSP statuses of the charger's own V2G chain, which it hands to vehicles (M06).

status.refresh()        # GetCertificateStatus for each certificate without a status that holds
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

from voltyard.charger.connection.call_purposes import GetCertificateStatus
from voltyard.charger.connection.wire import ChargerWire
from voltyard.charger.context import ChargerContext
from voltyard.charger.security.certificate_owners import V2gCertificate
from voltyard.charger.security.kept import KeptStatus
from voltyard.charger.variables.standard.iso15118 import ISO15118_ENABLED
from voltyard.pki.statuses import OcspQuery

if TYPE_CHECKING:
    from cryptography import x509


class V2gStatus:
    """The OCSP responses that one charger keeps for its V2G chain, each until its nextUpdate."""

    __slots__ = ("_asking", "_context", "_owner", "_wire", "kept")

    def __init__(self, context: ChargerContext, wire: ChargerWire, owner: V2gCertificate) -> None:
        self._context = context
        self._wire = wire
        self._owner = owner
        self._asking: frozenset[OcspQuery] = frozenset()
        self.kept: tuple[KeptStatus, ...] = ()
        """No more than the chain has certificates."""

    def refresh(self) -> None:
        """Ask for every status that is not there, or holds no longer (M06.FR.06, FR.10)."""
        context = self._context
        messages = context.dialect.contracts
        if messages is None or not context.online or not context.settings.flag(ISO15118_ENABLED):
            return
        wanted = [query for query, _ in self._questions()]
        self.kept = tuple(
            one for one in self.kept if one.query in wanted and one.until > context.time
        )
        there = {one.query for one in self.kept} | self._asking
        for query in wanted:
            if query not in there and self._wire.call(
                messages.certificate_status(query), GetCertificateStatus(query)
            ):
                self._asking |= {query}

    def answered(self, query: OcspQuery, response: str | None) -> None:
        """The CSMS has a status, or has none: then the next vehicle has it asked for again."""
        from voltyard.pki.ocsp_queries import BadResponse, read_response

        self._asking -= {query}
        issuer = next((issuer for asked, issuer in self._questions() if asked == query), None)
        if response is None or issuer is None:
            return
        try:
            answer = read_response(
                b64decode(response, validate=True), query, [issuer], self._context.time
            )
        except (BadResponse, ValueError):
            return
        fresh = KeptStatus(query=query, response=response, status=answer.status, until=answer.until)
        self.kept = (*(one for one in self.kept if one.query != query), fresh)
        self._context.remember()

    def disconnected(self) -> None:
        """The link is gone, and with it what was under way."""
        self._asking = frozenset()

    def restore(self, kept: tuple[KeptStatus, ...]) -> None:
        """Take up what was remembered."""
        self.kept = kept

    def _questions(self) -> Iterator[tuple[OcspQuery, x509.Certificate]]:
        """The questions about the certificates of the chain, each with its issuer."""
        chain = self._owner.certificate
        if chain is None:
            return
        from voltyard.charger.security.x509 import BadCertificate, read
        from voltyard.pki.ocsp_queries import query_of

        try:
            path = list(read(chain))
            roots = [one for root in self._owner.roots() for one in read(root)]
        except BadCertificate:
            return
        path += [one for one in roots if one.subject == path[-1].issuer and one != path[-1]][:1]
        for own, issuer in pairwise(path):
            query = query_of(own, issuer)
            if query is not None:
                yield query, issuer
