"""First admin key: given, or made at the first start and kept in the data directory."""

from pathlib import Path
from typing import Final, NamedTuple

from voltyard.files.secret_files import create_secret_file
from voltyard.kernel.time import Instant
from voltyard.organizations.keys import FIRST_KEY_ID, KeyStore, api_key, new_key
from voltyard.organizations.organization import DEFAULT_ORGANIZATION_ID
from voltyard.organizations.scopes import SCOPES

TOKEN_FILE: Final = "token"
"""The first admin key, in the data directory."""


class FirstKey(NamedTuple):
    """The admin key of the default organization."""

    text: str
    is_new: bool
    """True where it was made just now, and must be shown once."""


async def ensure_first_key(
    store: KeyStore, data: Path, token: str | None, now: Instant
) -> FirstKey:
    """See that there is an organization named default with an admin key: the token given, else
    what the file `token` in the data directory holds, else a new one, kept there (mode 0600).

    Another token than last time takes the place of the former.
    """
    text, is_new = (token, False) if token else _kept_key(data)
    key = api_key(FIRST_KEY_ID, DEFAULT_ORGANIZATION_ID, "first", text, SCOPES, now, None)
    await store.put_first_key(key)
    return FirstKey(text, is_new)


def _kept_key(data: Path) -> tuple[str, bool]:
    path = data / TOKEN_FILE
    try:
        return path.read_text().strip(), False
    except FileNotFoundError:
        text = new_key()
    data.mkdir(parents=True, exist_ok=True)
    create_secret_file(path, (text + "\n").encode())
    return text, True
