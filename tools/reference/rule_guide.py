"""Rules for docs/reference/rules.md: those of traces, and kinds that only an answer has."""

from collections.abc import Mapping
from typing import Final

from voltyard.ocpp.violations import ERRORS_16, ERRORS_201, Kind
from voltyard.traces.rules import RULES, TraceRule

OF_ANSWERS: Final[Mapping[Kind, str]] = {
    Kind.NOT_SUPPORTED: "The action exists, and the receiver does not support it.",
    Kind.SECURITY: "The message is not allowed in this state: before the boot was accepted, for "
    "example.",
    Kind.INTERNAL: "The receiver could not process a correct message.",
    Kind.GENERIC: "Any other error.",
}
"""Kinds that a trace cannot tell: the receiver alone knows."""


def rule_texts() -> Mapping[str, str]:
    """The text of each rule, by its key."""
    of_answers = {
        kind.value: f"{about}\n\n{_codes(ERRORS_16[kind], ERRORS_201[kind])}"
        for kind, about in OF_ANSWERS.items()
    }
    return {key: _text(rule) for key, rule in RULES.items()} | of_answers


def _text(rule: TraceRule) -> str:
    parts = [f"{rule.title}. {rule.says}", rule.remedy]
    if rule.code_16 is not None and rule.code_201 is not None:
        parts.append(_codes(rule.code_16, rule.code_201))
    parts.append(f"Sources: {rule.source_16}; {rule.source_201}.")
    return "\n\n".join(parts)


def _codes(code_16: str, code_201: str) -> str:
    return f"CALLERROR of OCPP 1.6: `{code_16}`. Of OCPP 2.0.1: `{code_201}`."
