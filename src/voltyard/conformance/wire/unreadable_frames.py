"""Frames that are no message of OCPP-J."""

from typing import Final

UNREADABLE_FRAMES: Final = (
    ("NO_JSON", "Text that is no JSON", "hello"),
    ("CUT_JSON", "A frame whose end is missing", '[2,"cut-1","Heartbeat",{'),
    ("OBJECT", "An object instead of an array", '{"id":"o-1","action":"Heartbeat"}'),
    ("EMPTY_ARRAY", "An empty array", "[]"),
    ("SHORT_CALL", "A call without its payload", '[2,"short-1","Heartbeat"]'),
    ("NUMBER_AS_ID", "A call whose id is a number", '[2,17,"Heartbeat",{}]'),
    ("LONG_ID", "A call whose id is too long", f'[2,"{"x" * 37}","Heartbeat",{{}}]'),
    ("UNKNOWN_TYPE", "A message type that is not known", '[9,"type-1","Heartbeat",{}]'),
    ("STRAY_RESULT", "An answer to a call that was never made", '[3,"never-made",{}]'),
    ("STRAY_ERROR", "An error for a call never made", '[4,"never-made","GenericError","",{}]'),
    ("DEEP_NESTING", "A thousand brackets", "[" * 1000),
    ("NUL_CHARACTER", "A NUL character in an action", '[2,"nul-1","Heart\\u0000beat",{}]'),
)
"""Each with a name for an id, a title, and the text."""
