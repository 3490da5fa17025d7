"""The file in which `voltyard login` keeps a server's address and a key."""

import json
import os
from pathlib import Path
from typing import NamedTuple

import typer

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
    draft = file.with_suffix(".new")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.unlink(missing_ok=True)
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump({"url": login.url, "key": login.key}, out)
        draft.replace(file)
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
