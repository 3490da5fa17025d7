"""The model behind every request body: no conversion, and only text that can be stored."""

from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator, model_validator


class RequestBody(BaseModel):
    """A request body, or a part of one, with strict JSON types. A number without a fraction is
    whole, however it is written."""

    model_config = ConfigDict(strict=True)

    @model_validator(mode="before")
    @classmethod
    def _whole(cls, sent: Any) -> Any:
        if not isinstance(sent, dict):
            return sent
        return {name: _as_whole(value) for name, value in sent.items()}

    @field_validator("*", mode="after")
    @classmethod
    def _can_be_kept(cls, value: Any) -> Any:
        check_text(value)
        return value


def _as_whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return [_as_whole(one) for one in value] if isinstance(value, list) else value


def check_text(value: Any) -> None:
    """ValueError for what no database keeps: the character NUL, and half of a surrogate pair. In
    JSON that is passed on as it is, NUL is an escape, which can be kept."""
    if isinstance(value, str):
        if "\0" in value:
            raise ValueError("must not contain the character NUL")
        _check_whole_characters(value)
    elif isinstance(value, list):
        for one in value:
            check_text(one)
    elif isinstance(value, dict):
        _check_json(value)


def _check_json(value: Any) -> None:
    if isinstance(value, str):
        _check_whole_characters(value)
    elif isinstance(value, list):
        for one in value:
            _check_json(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            _check_json(name)
            _check_json(one)


def _check_whole_characters(text: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must not contain half of a surrogate pair") from None
