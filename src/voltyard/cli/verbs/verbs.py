"""The verbs of the terminal: what a person, the weather or a vehicle does to a charger."""

import inspect
from collections.abc import Callable
from typing import Annotated, Any, Final

import typer
from msgspec import Struct

from voltyard.catalogue.commands.declaration import rest_of
from voltyard.cli.client.answers import CommandFailed
from voltyard.cli.client.api_client import path_to
from voltyard.cli.client.names import Charger, Target, location_id
from voltyard.cli.client.terminal import Terminal, asking
from voltyard.cli.display.printable import fields
from voltyard.cli.verbs.declared import VERBS, Verb, event_of, parameters
from voltyard.cli.verbs.waiting import wait_for_batch, wait_for_command
from voltyard.kernel.errors import Invalid
from voltyard.kernel.time import Seconds

PANEL: Final = "Drive a charger of the yard"

_NoWait = Annotated[
    bool, typer.Option("--no-wait", help="Do not wait for the result; print what was queued.")
]
_TimeOut = Annotated[
    float, typer.Option("--time-out", min=0.1, help="Seconds to wait for the result.")
]
_Every = Annotated[
    float | None,
    typer.Option("--every", help="At a location: seconds from one charger to the next."),
]
_AtOnce = Annotated[
    int | None,
    typer.Option("--at-once", help="At a location: number of chargers under way at a time."),
]
_IfStopped = Annotated[
    bool, typer.Option("--if-stopped", help="Queue it for a stopped charger, too.")
]
_ANSWER_S: Final[Seconds] = 60.0
_RUNTIME: Final = {
    "start": ("start-charger", "Start the runtime of a charger: it boots and dials its CSMS."),
    "stop": ("stop-charger", "Stop the runtime of a charger: it is switched off."),
    "reset": ("reset-charger", "Restart the runtime of a charger."),
}


def add_verbs(app: typer.Typer) -> None:
    """Add every verb."""
    for command, verb in VERBS.items():
        has_own_route = rest_of(command).has_own_route
        make = _answered_verb if has_own_route else _queued_verb
        settings = {"ignore_unknown_options": True} if "-3600" in verb.example else {}
        asking(app, verb.name, rich_help_panel=PANEL, context_settings=settings)(
            make(command, verb)
        )
    for name, (path, about) in _RUNTIME.items():
        asking(app, name, rich_help_panel=PANEL)(_runtime_verb(name, path, about))


def _queued_verb(command: type[Struct], verb: Verb) -> Callable[..., None]:
    """A verb whose command is queued: for one charger, or for a location's."""

    def act(
        terminal: Terminal,
        target: str,
        no_wait: bool,
        time_out: float,
        every: float | None,
        at_once: int | None,
        if_stopped: bool,
        **typed: Any,
    ) -> None:
        aim = _target(terminal, target)
        body = {
            "target": aim,
            "event": event_of(command, typed),
            "queue_if_stopped": if_stopped,
        }
        if (pacing := _pacing(every, at_once)) is not None:
            body["pacing"] = pacing
        posted = terminal.api.post(path_to(f"/ocpp/commands/{rest_of(command).path}"), body)
        if no_wait:
            terminal.done(posted, f"{verb.name}: {posted['queued_count']} queued")
        elif "charger_id" in aim:
            wait_for_command(terminal, verb.name, _queued(posted), time_out)
        else:
            wait_for_batch(terminal, verb.name, posted, time_out)

    own = [
        _keyword("no_wait", _NoWait, False),
        _keyword("time_out", _TimeOut, _ANSWER_S),
        _keyword("every", _Every, None),
        _keyword("at_once", _AtOnce, None),
        _keyword("if_stopped", _IfStopped, False),
    ]
    return _described(act, command, verb, _keyword("target", Target), own)


def _answered_verb(command: type[Struct], verb: Verb) -> Callable[..., None]:
    """A verb whose request is answered with the charger's result."""

    def act(terminal: Terminal, charger: str, **typed: Any) -> None:
        body = {"target": {"charger_id": charger}, "event": event_of(command, typed)}
        if "action" in body["event"]:
            known = terminal.api.get(path_to("/ocpp/chargers", charger))
            body["event"]["ocpp_version"] = str(known["ocpp_version"]).lower()
        answer = terminal.api.post(path_to(f"/ocpp/commands/{rest_of(command).path}"), body)
        if "id" in answer:
            wait_for_command(terminal, verb.name, answer["id"], _ANSWER_S)
            return
        told = ", ".join(f"{name} {value}" for name, value in fields(answer) if value)
        terminal.done(answer, f"{charger}: {verb.name} done: {told}")

    return _described(act, command, verb, _keyword("charger", Charger), [])


def _runtime_verb(name: str, path: str, about: str) -> Callable[..., None]:
    def act(terminal: Terminal, charger: Charger) -> None:
        answer = terminal.api.post(path_to("/ocpp/chargers", charger, path), {})
        terminal.done(answer, f"{charger}: {name} done")

    act.__doc__ = f"{about}\n\nFor example: voltyard {name} CP-1"
    return act


def _described(
    act: Callable[..., None],
    command: type[Struct],
    verb: Verb,
    target: inspect.Parameter,
    own: list[inspect.Parameter],
) -> Callable[..., None]:
    """The function with the signature and the docstring that its declaration gives."""
    rest = rest_of(command)
    terminal = inspect.Parameter("terminal", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    signature = inspect.Signature([terminal, target, *parameters(command), *own])
    setattr(act, "__signature__", signature)  # noqa: B010 - the decorator reads it
    about = rest.description.replace("`", "")
    act.__doc__ = f"{rest.summary}.\n\n{about}\n\nFor example: voltyard {verb.name} {verb.example}"
    return act


def _keyword(name: str, option: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=option
    )


def _target(terminal: Terminal, target: str) -> dict[str, str]:
    if target.startswith("@"):
        return {"location_id": location_id(terminal.api, target[1:])}
    return {"charger_id": target}


def _pacing(every: float | None, at_once: int | None) -> dict[str, Any] | None:
    if every is not None and at_once is not None:
        raise Invalid("--every and --at-once are two ways of pacing", hint="choose one")
    if every is not None:
        return {"mode": "staggered", "interval_s": every}
    return None if at_once is None else {"mode": "rolling", "at_once": at_once}


def _queued(posted: dict[str, Any]) -> str:
    """The id of the one command; CommandFailed where it was not queued."""
    for failed in posted["failed"]:
        raise CommandFailed(f"{failed['identity']}: {failed['error']}")
    return str(posted["results"][0]["command"]["id"])
