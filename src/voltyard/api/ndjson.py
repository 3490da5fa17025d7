"""Logs as files: one JSON object a line (NDJSON), of any length."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from fastapi.responses import StreamingResponse

NDJSON: Final = "application/x-ndjson"

ItemT = TypeVar("ItemT")


class NdjsonResponse(StreamingResponse):
    """Lines of JSON."""

    media_type = NDJSON


def as_file(
    parts: AsyncIterator[list[ItemT]], line: Callable[[ItemT], Any], name: str
) -> NdjsonResponse:
    """The answer that is saved under that name; `line` makes a line's object."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return NdjsonResponse(_lines(parts, line), headers=headers)


def described(*examples: dict[str, Any]) -> dict[str, Any]:
    """Such an answer in an operation's `responses`."""
    text = msgspec.json.Encoder().encode_lines(examples).decode()
    return {"description": "One JSON object a line.", "content": {NDJSON: {"example": text}}}


async def _lines(
    parts: AsyncIterator[Sequence[ItemT]], line: Callable[[ItemT], Any]
) -> AsyncIterator[bytes]:
    encoder = msgspec.json.Encoder()
    async for part in parts:
        yield encoder.encode_lines([line(item) for item in part])
