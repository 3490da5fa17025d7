"""The versions of OCPP that are spoken: actions, error codes and typed decoding."""

from collections.abc import Mapping
from typing import Any, TypeAlias

import msgspec

from voltyard.ocpp import lenient
from voltyard.ocpp.payload import Action, Payload, from_plain
from voltyard.ocpp.textual_rules import TEXTUAL_RULES_201, TextualRules
from voltyard.ocpp.v16 import messages as v16
from voltyard.ocpp.v201 import messages as v201
from voltyard.ocpp.violations import (
    ERRORS_16,
    ERRORS_201,
    Kind,
    ValidationMode,
    Violation,
    not_json,
    of_validation,
)

Json: TypeAlias = msgspec.Raw | bytes | str


class Decoded(msgspec.Struct, frozen=True, gc=False):
    """A typed payload, with the violations that were let pass. By lenient decoding, or by the
    schema (ocpp.textual_rules)."""

    payload: Payload
    violations: tuple[Violation, ...] = ()


class Version:
    """One version of OCPP. Its decoders are built when first used and kept."""

    __slots__ = (
        "_actions_by_request",
        "_decoders",
        "_empty_responses",
        "_textual_rules",
        "actions",
        "errors",
        "name",
        "replies",
        "subprotocol",
    )

    def __init__(
        self,
        name: str,
        actions: Mapping[str, Action],
        errors: Mapping[Kind, str],
        *,
        replies: bool,
        textual_rules: TextualRules | None = None,
    ) -> None:
        self.name = name
        self.subprotocol = f"ocpp{name}"
        self.actions = actions
        self.errors = errors
        self.replies = replies
        """True where a frame of an unknown type or without a readable id is answered (2.x does)."""
        self._textual_rules = textual_rules or {}
        self._actions_by_request = {action.request: action for action in actions.values()}
        self._decoders: dict[type[Payload], msgspec.json.Decoder[Any]] = {}
        self._empty_responses: dict[str, Decoded] = {}
        """Of the actions whose response may be the empty object: most answers are, and payloads
        never change."""

    def __repr__(self) -> str:
        return f"<OCPP {self.name}>"

    def action_of(self, request: type[Payload]) -> Action:
        """The action that this type is the request of; KeyError for a type of another version."""
        return self._actions_by_request[request]

    def decode_request(
        self, action: str, raw: Json, mode: ValidationMode = ValidationMode.STRICT
    ) -> Decoded | Violation:
        """Type the payload of a CALL."""
        known = self.actions.get(action)
        if known is None:
            return Violation(
                Kind.UNKNOWN_ACTION, "$", f"{action[:50]} is no action of OCPP {self.name}"
            )
        return self.decode(known.request, raw, mode)

    def decode_response(
        self, action: str, raw: Json, mode: ValidationMode = ValidationMode.STRICT
    ) -> Decoded | Violation:
        """Type the payload of a CALLRESULT to a CALL of that action."""
        is_empty = raw == b"{}"
        if is_empty and (empty := self._empty_responses.get(action)) is not None:
            return empty
        known = self.actions.get(action)
        if known is None:
            return Violation(
                Kind.UNKNOWN_ACTION, "$", f"{action[:50]} is no action of OCPP {self.name}"
            )
        decoded = self.decode(known.response, raw, mode)
        if is_empty and isinstance(decoded, Decoded) and not decoded.violations:
            self._empty_responses[action] = decoded
        return decoded

    def decode(
        self, kind: type[Payload], raw: Json, mode: ValidationMode = ValidationMode.STRICT
    ) -> Decoded | Violation:
        """Type a payload; lenient decoding is tried only on what strict decoding refuses."""
        decoder = self._decoders.get(kind)
        if decoder is None:
            decoder = msgspec.json.Decoder(kind, dec_hook=from_plain)
            self._decoders[kind] = decoder
        try:
            payload: Payload = decoder.decode(raw)
            # An explicit null reads as absent; it can only be there where the letters are.
            null = lenient.find_null(kind, raw) if b"null" in as_bytes(raw) else None
        except msgspec.ValidationError as error:
            violation = of_validation(error)
        except (ValueError, RecursionError) as error:
            return not_json(error)
        else:
            if null is None:
                return Decoded(payload, self._remarks_on(payload))
            violation = null
        if mode is ValidationMode.STRICT or (kept := lenient.decode(kind, raw)) is None:
            return violation
        payload, violations = kept
        return Decoded(payload, violations + self._remarks_on(payload))

    def _remarks_on(self, payload: Payload) -> tuple[Violation, ...]:
        look = self._textual_rules.get(type(payload))
        return () if look is None else look(payload)


def as_bytes(raw: Json) -> bytes:
    """The JSON text as bytes; a lone surrogate has been refused before."""
    return raw.encode() if isinstance(raw, str) else bytes(raw)


V16 = Version("1.6", v16.ACTIONS, ERRORS_16, replies=False)
V201 = Version("2.0.1", v201.ACTIONS, ERRORS_201, replies=True, textual_rules=TEXTUAL_RULES_201)

VERSIONS: tuple[Version, ...] = (V201, V16)
"""Best first."""

_BY_SUBPROTOCOL = {version.subprotocol: version for version in VERSIONS}

SUBPROTOCOLS: frozenset[str] = frozenset(_BY_SUBPROTOCOL)
"""Subprotocols that may be agreed to on a handshake."""


def by_subprotocol(subprotocol: str) -> Version:
    """The version of a WebSocket subprotocol; KeyError where none is spoken."""
    return _BY_SUBPROTOCOL[subprotocol]


def by_name(name: str) -> Version:
    """The version as people write it: 1.6, ocpp1.6, OCPP1.6; KeyError where none is spoken."""
    return _BY_SUBPROTOCOL["ocpp" + name.strip().lower().removeprefix("ocpp")]
