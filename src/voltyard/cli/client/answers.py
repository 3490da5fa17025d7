"""Answers of a server that are errors, as the terminal tells them."""

from http import HTTPStatus
from typing import Any

from voltyard.kernel.errors import VoltyardError

_LOG_IN = "set VOLTYARD_TOKEN, or log in: voltyard login"
_REFUSALS = (HTTPStatus.CONFLICT, HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE)


class ServerRefusal(VoltyardError):
    """A server's answer that is an error, in the server's words."""

    code = "refused_by_server"

    def __init__(self, status: int, path: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.path = path


class CommandFailed(VoltyardError):
    """A request that was right, and was refused or failed; the exit code is 1."""

    code = "command_failed"


def error_of(status: int, path: str, content: Any) -> VoltyardError:
    """The error of an answer: CommandFailed where the call was right, else ServerRefusal."""
    message = _message(content) or f"the server answered {status}"
    if status == HTTPStatus.UNAUTHORIZED:
        message = f"{message.partition(' (send a key')[0]} ({_LOG_IN})"
    if status in _REFUSALS or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return CommandFailed(message)
    return ServerRefusal(status, path, message)


def _message(content: Any) -> str:
    """Its words, in the shape of either API."""
    match content:
        case {"error": {"message": str(message), **rest}}:
            return "\n  ".join([message, *_faults(rest.get("details"))])
        case {"detail": str(message)}:
            return message
        case {"detail": [*faults]}:
            return "; ".join(_faults(faults))
    return ""


def _faults(details: Any) -> list[str]:
    """The fields at fault, each with what is wrong there."""
    found = [one for one in details or () if isinstance(one, dict) and one.get("message")]
    return [f"{one.get('field', '')}: {one['message']}".removeprefix(": ") for one in found]
