"""Frames: read without trust, written compactly."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exploring import examples
from tests.ocpp.ids import counter
from voltyard.ocpp import frames
from voltyard.ocpp.payload import CustomData
from voltyard.ocpp.rpc import Rpc
from voltyard.ocpp.timestamps import Timestamp
from voltyard.ocpp.v201.messages import AuthorizeRequest, IdToken
from voltyard.ocpp.versions import V16, V201
from voltyard.ocpp.violations import Kind, ValidationMode

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=10**200, max_value=10**201)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(), max_size=40)
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)
actions = st.sampled_from(["Heartbeat", "DataTransfer", "TransactionEvent", "Authorize", "x", ""])
nearly = st.tuples(
    st.sampled_from([2, 3, 4, 5, -1, "2", None, 2.0]),
    st.sampled_from(["1", "", "x" * 37, 1, None]),
    actions | anything,
    anything,
    anything,
)
frame_texts = st.one_of(
    st.text(),
    st.text(st.characters(categories=["Cs", "Ll", "Po", "Ps", "Pe"])),
    st.binary().map(lambda octets: octets.decode("latin-1")),
    st.binary().map(lambda octets: octets.decode("utf-8", "surrogateescape")),
    anything.map(json.dumps),
    st.builds(lambda parts, count: json.dumps(parts[:count]), nearly, st.integers(0, 5)),
    st.builds(lambda parts, cut: json.dumps(parts[:4])[:cut], nearly, st.integers(0, 40)),
)


@examples(600)
@given(frame_texts)
def test_nothing_a_peer_sends_raises(text: str) -> None:
    assert isinstance(
        frames.read(text), (frames.Call, frames.CallResult, frames.CallError, frames.Unreadable)
    )
    for version in (V16, V201):
        for mode in ValidationMode:
            rpc = Rpc(version, "csms", ids=counter(), mode=mode)
            rpc.call_raw("Unheard-of", {}, 0.0)
            rpc.receive(text, 0.0)


@pytest.mark.parametrize("mode", ValidationMode)
@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        '[2,"1","DataTransfer",' + "[" * 100_000,
        '[2,"1","DataTransfer",{"vendorId":"x","data":' + "[" * 3000 + "]" * 3000 + "}]",
        '[2,"1","Authorize",{"idTag":' + '{"a":' * 900 + "1" + "}" * 900 + "}]",
        '[2,"1","Authorize",{"idTag":' + "9" * 9000 + "}]",
        '[3,"1",{"a":' + "9" * 9000 + "}]",
        '[3,"1",{"a":1e999}]',
        '[4,"1","x","y",{"a":1e999}]',
        '[4,"1","x","y",' + "[" * 3000 + "]" * 3000 + "]",
        "[" + "9" * 9000 + "]",
        '[2,"\ud800","Heartbeat",{}]',
        '[2,"1","Heartbeat",{"\\ud800":1}]',
        '[2,"1","Heartbeat",{"a\x00":1}]',
        "",
        "\x00",
    ],
    ids=lambda text: str(text)[:24].encode("unicode_escape").decode(),
)
def test_nothing_monstrous_raises(text: str, mode: ValidationMode) -> None:
    frames.read(text)
    for version in (V16, V201):
        rpc = Rpc(version, "csms", ids=counter(), mode=mode)
        rpc.call_raw("Unheard-of", {}, 0.0)
        rpc.receive(text, 0.0)


def test_no_depth_of_nesting_raises() -> None:
    rpc = Rpc(V201, "csms", ids=counter(), mode=ValidationMode.LENIENT)
    for depth in range(850, 1050):
        data = "[" * depth + "null" + "]" * depth
        rpc.receive(f'[2,"1","DataTransfer",{{"vendorId":"x","data":{data}}}]', 0.0)
        rpc.receive(f'[2,"1","DataTransfer",{{"vendorId":1,"data":{data}}}]', 0.0)
        rpc.receive(f'[{data},{data},"x"]', 0.0)


def test_each_kind_of_frame_is_read() -> None:
    call = frames.read('[2, "7", "Heartbeat", {"a": 1}]')
    result = frames.read('[3,"7",{"b":2}]')
    error = frames.read('[4,"7","GenericError","why",{"c":3}]')

    assert isinstance(call, frames.Call)
    assert (call.id, call.action, bytes(call.payload)) == ("7", "Heartbeat", b'{"a": 1}')
    assert isinstance(result, frames.CallResult)
    assert (result.id, bytes(result.payload)) == ("7", b'{"b":2}')
    assert isinstance(error, frames.CallError)
    assert (error.id, error.code, error.description) == ("7", "GenericError", "why")
    assert bytes(error.details) == b'{"c":3}'


def test_a_short_callerror_still_refuses() -> None:
    error = frames.read('[4,"7","GenericError"]')

    assert isinstance(error, frames.CallError)
    assert (error.description, bytes(error.details)) == ("", b"{}")


def test_null_stands_for_an_empty_payload() -> None:
    assert frames.object_of(msgspec.Raw(b"null")) == b"{}"
    assert frames.object_of(msgspec.Raw(b'{"a":null}')) == b'{"a":null}'


@pytest.mark.parametrize(
    ("text", "kind", "type_", "id_", "action"),
    [
        ("no json", Kind.NOT_JSON, None, None, None),
        ('[2,"7","Heartbeat",{}', Kind.NOT_JSON, None, None, None),
        ('{"a":1}', Kind.BAD_FRAME, None, None, None),
        ("[]", Kind.BAD_FRAME, None, None, None),
        ('["2","7","Heartbeat",{}]', Kind.BAD_FRAME, None, "7", None),
        ('[2,"7","Heartbeat"]', Kind.BAD_FRAME, 2, "7", "Heartbeat"),
        ('[2,"7","Heartbeat",{},1]', Kind.BAD_FRAME, 2, "7", "Heartbeat"),
        ('[2,"7",7,{}]', Kind.BAD_FRAME, 2, "7", None),
        ('[2,7,"Heartbeat",{}]', Kind.BAD_ID, 2, None, "Heartbeat"),
        ("[3]", Kind.BAD_ID, 3, None, None),
        ('[3,"7"]', Kind.BAD_FRAME, 3, "7", None),
        ('[4,"7"]', Kind.BAD_FRAME, 4, "7", None),
        ('[1,"7"]', Kind.UNKNOWN_TYPE, 1, "7", None),
        ('[6,7,"Heartbeat",{}]', Kind.UNKNOWN_TYPE, 6, None, None),
    ],
)
def test_what_can_be_read_of_no_frame_is_kept(
    text: str, kind: Kind, type_: int | None, id_: str | None, action: str | None
) -> None:
    frame = frames.read(text)

    assert isinstance(frame, frames.Unreadable)
    assert (frame.violation.kind, frame.type, frame.id, frame.action) == (kind, type_, id_, action)


def test_frames_are_written_compactly() -> None:
    assert frames.call("1", "Heartbeat", {}) == '[2,"1","Heartbeat",{}]'
    assert frames.result("1", {"a": [1, "é"]}) == '[3,"1",{"a":[1,"é"]}]'
    assert frames.error("1", "GenericError") == '[4,"1","GenericError","",{}]'
    assert frames.error("1", "X", "y", {"a": 1}) == '[4,"1","X","y",{"a":1}]'
    assert frames.call("1", "Raw", msgspec.Raw(b"[1, 2]")) == '[2,"1","Raw",[1, 2]]'


def test_a_description_is_cut_to_what_the_specification_allows() -> None:
    frame: list[Any] = json.loads(frames.error("1", "GenericError", "x" * 300))

    assert len(frame[3]) == 255


def test_wire_names_our_own_types_and_absence_are_written_as_they_should() -> None:
    request = AuthorizeRequest(
        id_token=IdToken(
            id_token="T",
            type="Central",
            custom_data=CustomData(vendorId="org.example", more=[None]),
        )
    )

    assert json.loads(frames.call("1", "Authorize", request))[3] == {
        "idToken": {
            "idToken": "T",
            "type": "Central",
            "customData": {"vendorId": "org.example", "more": [None]},
        }
    }
    assert frames.result("1", {"at": Timestamp.of(0.0)}) == (
        '[3,"1",{"at":"1970-01-01T00:00:00.000Z"}]'
    )
