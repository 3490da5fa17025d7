"""What is read is written again, field for field, for every message."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exploring import examples
from tests.ocpp.schemas import Message, messages, valid
from voltyard.kernel.seeds import stream
from voltyard.ocpp.payload import Payload, to_dict, to_json
from voltyard.ocpp.versions import Decoded


def typed(message: Message, text: str) -> Payload:
    decoded = message.version.decode(message.kind, text)
    assert isinstance(decoded, Decoded), decoded
    # Drawn texts are no cards' UIDs, which no schema asks for (ocpp.textual_rules).
    assert all(one.path.endswith("oken.idToken") for one in decoded.violations)
    return decoded.payload


def without_empty_data(payload: Any) -> Any:
    """DataTransfer's data may be any JSON; null there and no data at all are one and the same."""
    return {key: value for key, value in payload.items() if (key, value) != ("data", None)}


@pytest.mark.parametrize("message", messages(), ids=str)
@examples(15)
@given(seed=st.integers(min_value=0, max_value=2**32))
def test_a_message_survives_a_round_trip(message: Message, seed: int) -> None:
    payload = valid(message.agreed, stream(seed))

    once = typed(message, json.dumps(payload))
    text = to_json(once)

    assert json.loads(text) == without_empty_data(payload)
    assert typed(message, text) == once
    assert to_dict(once) == json.loads(text)


@pytest.mark.parametrize("message", messages(), ids=str)
def test_every_field_survives_a_round_trip(message: Message) -> None:
    payload = valid(message.agreed, stream(5, str(message)), full=True)

    assert json.loads(to_json(typed(message, json.dumps(payload)))) == without_empty_data(payload)
