"""Questions of `voltyard conform init`, each with a default that Enter keeps."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import typer

if TYPE_CHECKING:
    from voltyard.conformance.charger.interview import ChargerAccount
    from voltyard.conformance.subject import Tags, TlsEndpoint
    from voltyard.conformance.subject_drafts import SubjectAnswers

Said = TypeVar("Said")


class Questions:
    """Asks a person at the terminal, on standard error; without one the defaults stand."""

    def __init__(self, *, defaults: bool) -> None:
        """`defaults` asks for nothing."""
        self._is_asked = not defaults and sys.stdin.isatty()
        self.asked: set[str] = set()
        """Names of what a person has said otherwise than the default."""

    def text(self, name: str, words: str, default: str) -> str:
        """A line of text."""
        return self._ask(name, words, default, str.strip)

    def count(self, name: str, words: str, default: int) -> int:
        """A number from 1 up."""
        return self._ask(name, words, str(default), _count)

    def yes(self, name: str, words: str) -> bool:
        """Yes or no, by default no."""
        if not self._is_asked:
            return False
        said = typer.confirm(words, default=False, err=True)
        self.asked.add(name)
        return said

    def several(
        self, name: str, words: str, default: Iterable[str], known: Collection[str] = ()
    ) -> tuple[str, ...]:
        """Words with commas between them, of those that are known, where these are named."""
        return self._ask(name, words, ", ".join(default), partial(_several, known=known))

    def file(self, name: str, words: str) -> Path | None:
        """A file that is there; by default none."""
        said = self._ask(name, words, "", _file)
        return Path(said) if said else None

    def _ask(self, name: str, words: str, default: str, read: Callable[[str], Said]) -> Said:
        if not self._is_asked:
            return read(default)
        said: Said = typer.prompt(
            words, default=default, err=True, show_default=bool(default), value_proc=read
        )
        if said != read(default):
            self.asked.add(name)
        return said


def of_charger(questions: Questions, account: ChargerAccount) -> SubjectAnswers:
    """Replies on what an account of a charger leaves open."""
    from voltyard.conformance.subject_drafts import SubjectAnswers

    evses = account.evses or questions.count("evses", "Number of its EVSEs", 2)
    unshown = [one.feature for one in account.features if one.has is None]
    has = frozenset(one for one in unshown if questions.yes(one, f"Does it have: {one}?"))
    return SubjectAnswers(
        evses=evses,
        has=has,
        tags=_tags(questions),
        password=account.password or _password(questions),
        asked=frozenset(questions.asked),
    )


def of_csms(questions: Questions, *, registers: bool, sets_tags: bool) -> SubjectAnswers:
    """Replies on a CSMS, beside what its driver sets."""
    from voltyard.conformance.subject import Tags
    from voltyard.conformance.subject_drafts import SubjectAnswers

    identities: tuple[str, ...] = ()
    if not registers:
        words = "Identities of chargers that it knows, with commas"
        identities = questions.several("identities", words, ("CP-1", "CP-2")) or ("CP-1",)
    lacks = questions.several(
        "lacks", "Features that it does not have, with commas (Enter: none)", (), _features()
    )
    tags = Tags() if sets_tags else _tags(questions)
    password = _password(questions)
    tls = _tls(questions)
    return SubjectAnswers(
        identities=identities,
        lacks=lacks,
        tags=tags,
        password=password,
        tls=tls,
        asked=frozenset(questions.asked),
    )


def _tags(questions: Questions) -> Tags:
    from voltyard.conformance.subject import Tags
    from voltyard.conformance.subject_drafts import TAG_WORDS

    usual = Tags()
    said = {}
    for name, words in TAG_WORDS.items():
        default = getattr(usual, name)
        none = " (Enter: none)" if default is None else ""
        text = questions.text(name, f"Id tag that is {words}{none}", default or "")
        said[name] = text or default
    return Tags(**said)


def _password(questions: Questions) -> str | None:
    words = "Password for basic authentication (Enter: none)"
    return questions.text("password", words, "") or None


def _tls(questions: Questions) -> TlsEndpoint | None:
    from voltyard.conformance.subject import TlsEndpoint

    url = questions.text("tls", "Its wss:// endpoint (Enter: none)", "")
    if not url:
        return None
    certificate = questions.file("tls", "PEM file of a charger's certificate (Enter: none)")
    return TlsEndpoint(
        url=url,
        ca=questions.file("tls", "PEM file of roots to trust (Enter: the system's)"),
        client_certificate=certificate,
        client_key=questions.file("tls", "PEM file of its key") if certificate else None,
    )


def _features() -> set[str]:
    """Features that cases for a CSMS need, and their groups."""
    from voltyard.conformance.cases.catalogue import chosen

    found = set()
    for case in chosen("csms", ids=(), groups=(), versions=()):
        found |= {case.group, *(one for one in case.needs if not one.startswith("tag:"))}
    return found - {"password", "tls", "client certificate"}


def _count(text: str) -> int:
    if not text.strip().isdigit() or int(text) < 1:
        raise typer.BadParameter("this has to be a number from 1 up")
    return int(text)


def _several(text: str, known: Collection[str]) -> tuple[str, ...]:
    said = tuple(one.strip() for one in text.split(",") if one.strip())
    for one in said:
        if known and one not in known:
            near = get_close_matches(one, known, n=2) or sorted(known)
            raise typer.BadParameter(f"{one!r} is no feature; there are {', '.join(near)}")
    return said


def _file(text: str) -> str:
    if text and not Path(text).is_file():
        raise typer.BadParameter(f"{text} is no file")
    return text
