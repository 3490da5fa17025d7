"""TLS settings of a client, read from PEM files."""

import os
from pathlib import Path

from voltyard.kernel.errors import Invalid
from voltyard.kernel.tls import Tls


def read_tls(ca: Path | None, certificate: Path | None, key: Path | None, prefix: str) -> Tls:
    """The settings in these files. Invalid where one cannot be read; its `param` is the file's name
    here after the prefix."""
    return Tls(
        ca=_text_of(ca, f"{prefix}ca"),
        client_certificate=_text_of(certificate, f"{prefix}certificate"),
        client_key=_text_of(key, f"{prefix}key"),
    )


def read_setting(file: Path, param: str) -> str:
    """The text of a file that a setting names. Invalid where it cannot be read."""
    try:
        return file.read_text()
    except OSError as error:
        raise Invalid(
            f"{param}: {file} cannot be read: {os.strerror(error.errno or 0)}", param=param
        ) from error
    except ValueError as error:
        raise Invalid(f"{param}: {file} is no text", param=param) from error


def _text_of(file: Path | None, param: str) -> str | None:
    return None if file is None else read_setting(file, param)
