"""Base types of the generated messages, read from JSON and written to it."""

from typing import Any, Literal, TypeAlias

import msgspec

from voltyard.ocpp.timestamps import Timestamp

Sender: TypeAlias = Literal["charger", "csms", "both"]


class Payload(
    msgspec.Struct,
    kw_only=True,
    frozen=True,
    forbid_unknown_fields=True,
    omit_defaults=True,
    gc=False,  # messages are trees; without the collector's header they cost less and pause nobody
):
    """A message or a type inside one.

    An absent optional field is None and not written. An array is any Sequence, decoded a list.
    """


class Action(msgspec.Struct, frozen=True):
    """One remote procedure of a version: who may call it, and its two messages."""

    name: str
    request: type[Payload]
    response: type[Payload]
    sender: Sender


class Untyped(Payload, kw_only=True, frozen=True):
    """A message without a schema: one of the caller's own making, or the answer to one."""

    action: str
    content: Any


class CustomData(dict[str, Any]):
    """The open object of 2.x (Part 2 section 2.1.4): a vendorId, and anything else beside it."""

    @classmethod
    def parse(cls, value: object) -> "CustomData":
        """Check a decoded JSON value; ValueError, in msgspec's own words, where it is wrong."""
        if not isinstance(value, dict):
            raise ValueError(f"Expected `object`, got `{json_type(value)}`")
        if "vendorId" not in value:
            raise ValueError("Object missing required field `vendorId`")
        vendor = value["vendorId"]
        if not isinstance(vendor, str):
            raise ValueError(f"Expected `str`, got `{json_type(vendor)}`")
        if len(vendor) > 255:
            raise ValueError("Expected `str` of length <= 255")
        return cls(value)


def from_plain(kind: type, value: Any) -> Any:
    """msgspec's decoding hook for the types that are ours."""
    if kind is Timestamp:
        if not isinstance(value, str):
            raise ValueError(f"Expected `str`, got `{json_type(value)}`")
        return Timestamp.parse(value)
    if kind is CustomData:
        return CustomData.parse(value)
    raise NotImplementedError(kind)


def to_plain(value: Any) -> Any:
    """msgspec's encoding hook for the types that are ours."""
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, dict):
        return dict(value)
    raise TypeError(f"{type(value).__name__} has no place in a message")


_ENCODER = msgspec.json.Encoder(enc_hook=to_plain)


def to_json(value: Any) -> str:
    """Compact JSON of a payload, or of anything that holds payloads."""
    return _ENCODER.encode(value).decode()


def to_dict(payload: Payload) -> dict[str, Any]:
    """The payload as plain JSON values under their wire names."""
    plain: dict[str, Any] = msgspec.to_builtins(payload, enc_hook=to_plain)
    return plain


def json_type(value: object) -> str:
    """The name msgspec gives the JSON type of a decoded value."""
    names = {dict: "object", list: "array", type(None): "null"}
    return names.get(type(value), type(value).__name__)
