"""The file in which `voltyard login` keeps a server's address and a key."""

import json
from pathlib import Path
from typing import NamedTuple

import typer

from voltyard.files.secret_files import replace_secret_file
from voltyard.kernel.errors import Invalid

_NAME = "login.json"


class Login(NamedTuple):
    """A server, and the key to it."""

    url: str
    key: str


def login_file() -> Path:
    """The file, in the user's directory of settings."""
    return Path(typer.get_app_dir("voltyard")) / _NAME


def read_login() -> Login | None:
    """The kept login; None where there is none. Invalid where the file cannot be read."""
    file = login_file()
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        return Login(str(kept["url"]), str(kept["key"]))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Invalid(f"cannot read {file}: {error.strerror}") from error
    except (ValueError, KeyError, TypeError):
        raise Invalid(f"{file} is no login", hint="write it anew with `voltyard login`") from None


def keep_login(login: Login) -> Path:
    """Write the file, which its owner alone may read (mode 0600), in place of a former one."""
    file = login_file()
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        replace_secret_file(file, json.dumps({"url": login.url, "key": login.key}).encode())
    except OSError as error:
        raise Invalid(f"cannot write {file}: {error.strerror}") from error
    return file


def forget_login() -> bool:
    """Delete the file; False where there was none."""
    try:
        login_file().unlink()
    except FileNotFoundError:
        return False
    return True
