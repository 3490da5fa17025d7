"""Drafts of a subject's file: of a charger that was interviewed, and of a CSMS."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from voltyard.conformance.charger.interview import ChargerAccount
from voltyard.conformance.subject import SEVERAL_EVSES, Tags, TlsEndpoint
from voltyard.conformance.subject_file import SubjectFile

DEFAULT: Final = "default"
ASKED: Final = "as you said"

TAG_WORDS: Final[Mapping[str, str]] = {
    "accepted": "accepted",
    "other": "accepted, of another driver",
    "member": "accepted, of the same group as the first",
    "master": "accepted as a master pass (2.0.1)",
    "unknown": "unknown to the CSMS",
    "blocked": "blocked",
    "expired": "expired",
}
"""Id tags by what the subject has to say of them."""

_TAGS: Final = "Id tags (2.0.1: id tokens) by what is said of them; null: there is none."
_PASSWORD: Final = "Password for basic authentication; null: none."
_NOT_SHOWN: Final = "not shown"


@dataclass(frozen=True)
class SubjectAnswers:
    """Replies to what no message shows: given by a person, or defaults."""

    tags: Tags
    asked: frozenset[str] = frozenset()
    """Names of what a person said."""
    password: str | None = None
    evses: int = 2
    has: frozenset[str] = frozenset()
    """Features that a person says the charger has."""
    identities: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    tls: TlsEndpoint | None = None


def charger_file(account: ChargerAccount, answers: SubjectAnswers) -> str:
    """The file of a charger that was interviewed."""
    name = account.booted_as or "it sent no boot"
    file = SubjectFile(
        f"Subject of `voltyard conform charger`, written by `voltyard conform init charger`: "
        f"{account.identity} ({name}), OCPP {account.version}. Change what is not so; each key is "
        "told of in docs/conform.md."
    )
    file.add("identities", [account.identity], "The charger's own identity. It dialled with it.")
    if account.evses is None:
        file.add("evses", answers.evses, f"Number of its EVSEs: {_said('evses', answers)}.")
    else:
        file.add("evses", account.evses, f"Number of its EVSEs, from {account.evses_shown_by}.")
    _add_features(file, account, answers)
    _add_tags(file, answers)
    source = "as its handshake showed it" if account.password else _said("password", answers)
    password = account.password or answers.password
    file.add("password", password, f"{_PASSWORD} Here: {source}.")
    return file.text()


def csms_file(url: str, answers: SubjectAnswers, *, registers: bool, sets_tags: bool) -> str:
    """The file of a CSMS, whose driver registers chargers and tags, or does not."""
    file = SubjectFile(
        f"Subject of `voltyard conform csms --url {url}`, written by `voltyard conform init csms`. "
        "Change what is not so; each key is told of in docs/conform.md."
    )
    if registers:
        file.add("identities", [], "Chargers that the CSMS knows. The driver registers new ones.")
    else:
        file.add(
            "identities",
            list(answers.identities),
            "Chargers that the CSMS knows, one for each case that plays at a time: "
            f"{_said('identities', answers)}.",
        )
    file.add_list(
        "lacks",
        [(one, ASKED) for one in answers.lacks],
        "Feature profiles, functional blocks and abilities that it does not have. It is taken to "
        "have all others.",
    )
    if sets_tags:
        file.add("tags", {}, "Id tags. The driver makes them known to the CSMS.")
    else:
        _add_tags(file, answers)
    file.add("password", answers.password, f"{_PASSWORD} Here: {_said('password', answers)}.")
    _add_tls(file, answers.tls)
    return file.text()


def _lacking(features: Iterable[str], answers: SubjectAnswers) -> list[str]:
    """Features that a person does not say it has."""
    return [one for one in features if one not in answers.has]


def _add_features(file: SubjectFile, account: ChargerAccount, answers: SubjectAnswers) -> None:
    has = [(one.feature, one.shown_by) for one in account.features if one.has]
    unshown = [one.feature for one in account.features if one.has is None]
    lacks = [
        (one.feature, f"{one.shown_by} does not show it")
        for one in account.features
        if one.has is False
    ]
    has += [(one, ASKED) for one in unshown if one in answers.has]
    # A list that is empty would claim everything.
    has = has or [(SEVERAL_EVSES, "by the number of EVSEs")]
    file.add_list(
        "features",
        has,
        "Feature profiles and abilities that it has, and what shows them. The cases that need "
        "another one are not applicable.",
    )
    for feature in _lacking(unshown, answers):
        lacks.append((feature, ASKED if feature in answers.asked else _NOT_SHOWN))
    file.add_list(
        "lacks",
        lacks,
        "Feature profiles and abilities that it does not have. What no message shows is marked so: "
        "move it to features where the charger has it.",
    )


def _add_tags(file: SubjectFile, answers: SubjectAnswers) -> None:
    file.add_mapping(
        "tags",
        {
            name: (getattr(answers.tags, name), f"{words}; {_said(name, answers)}")
            for name, words in TAG_WORDS.items()
        },
        _TAGS,
    )


def _add_tls(file: SubjectFile, tls: TlsEndpoint | None) -> None:
    if tls is None:
        return
    told = {
        "url": (tls.url, "without an identity"),
        "ca": (tls.ca, "roots that lead to its certificate; null: the system's"),
        "client_certificate": (tls.client_certificate, "a charger's, for security profile 3"),
        "client_key": (tls.client_key, "its key"),
    }
    file.add_mapping(
        "tls",
        {name: (value and str(value), note) for name, (value, note) in told.items()},
        "Its endpoint for security profiles 2 and 3. Files are PEM.",
    )


def _said(name: str, answers: SubjectAnswers) -> str:
    return ASKED if name in answers.asked else DEFAULT
