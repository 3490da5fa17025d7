"""Rules that are in the standard's text and not in its schemas. A message that breaks one is taken
in either mode, for no error code stands for it, and the violation is recorded."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from voltyard.ocpp.id_tokens import violated_rule
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as v201
from voltyard.ocpp.violations import Kind, Violation

TextualRules: TypeAlias = Mapping[type[Payload], Callable[[Any], tuple[Violation, ...]]]
"""Of the messages that have such rules."""

_Places: TypeAlias = Callable[[Any], Iterator[tuple[str, v201.IdToken | None]]]


def _own(message: Any) -> Iterator[tuple[str, v201.IdToken | None]]:
    yield "$.idToken", message.id_token


def _own_and_group(message: Any) -> Iterator[tuple[str, v201.IdToken | None]]:
    yield from _own(message)
    yield "$.groupIdToken", message.group_id_token


def _of_answer(message: Any) -> Iterator[tuple[str, v201.IdToken | None]]:
    info = message.id_token_info
    yield "$.idTokenInfo.groupIdToken", None if info is None else info.group_id_token


def _of_list(message: v201.SendLocalListRequest) -> Iterator[tuple[str, v201.IdToken | None]]:
    for index, entry in enumerate(message.local_authorization_list or ()):
        yield f"$.localAuthorizationList[{index}].idToken", entry.id_token


_TOKENS: Final[Mapping[type[Payload], _Places]] = {
    v201.AuthorizeRequest: _own,
    v201.AuthorizeResponse: _of_answer,
    v201.TransactionEventRequest: _own,
    v201.TransactionEventResponse: _of_answer,
    v201.RequestStartTransactionRequest: _own_and_group,
    v201.ReserveNowRequest: _own_and_group,
    v201.SendLocalListRequest: _of_list,
    v201.CustomerInformationRequest: _own,
}

_KEPT: Final = 20
"""Remarks on one message; a list of thousands may break the rule in each entry."""


def _misfits(places: _Places) -> Callable[[Any], tuple[Violation, ...]]:
    def look(message: Any) -> tuple[Violation, ...]:
        found: list[Violation] = []
        for path, token in places(message):
            why = None if token is None else violated_rule(token.id_token, token.type)
            if why is not None:
                found.append(Violation(Kind.BAD_VALUE, f"{path}.idToken", why))
            if len(found) == _KEPT:
                break
        return tuple(found)

    return look


TEXTUAL_RULES_201: Final[TextualRules] = {
    kind: _misfits(places) for kind, places in _TOKENS.items()
}
