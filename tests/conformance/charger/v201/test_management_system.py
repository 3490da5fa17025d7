"""The tester's CSMS of 2.0.1: sound answers, and paths of variables."""

from voltyard.conformance.attendants.own import OwnChargers
from voltyard.conformance.cases.case import Cases
from voltyard.conformance.charger.v201.management_system import ManagementSystem, variable_at
from voltyard.conformance.subject import Subject
from voltyard.conformance.wire.message import ReceivedMessage
from voltyard.conformance.wire.record import Record
from voltyard.network.links.memory import MemoryDialler, MemoryNetwork
from voltyard.ocpp.payload import to_json
from voltyard.ocpp.versions import V201, Decoded

CASES = Cases("charger", "2.0.1", "B")


@CASES.case("VY_NONE", "None")
async def none(csms: ManagementSystem) -> None:
    """None."""


def stage() -> ManagementSystem:
    def clock() -> float:
        return 0.0

    attendant = OwnChargers(MemoryDialler(MemoryNetwork()), clock)
    return ManagementSystem(CASES[0], Record(clock), V201, Subject(), attendant, 1.0)


async def test_every_request_of_a_station_has_a_sound_answer() -> None:
    csms = stage()
    token = {"idToken": {"idToken": "04A1B2C3", "type": "ISO14443"}}

    for action, answer in csms.script.items():
        message = ReceivedMessage(action, token, csms.record, 0)
        payload = answer(message) if callable(answer) else answer
        assert isinstance(payload, dict), action
        assert isinstance(V201.decode_response(action, to_json(payload)), Decoded), action


def test_a_path_names_component_variable_and_instance() -> None:
    assert variable_at("A.B[C]", attributeValue="1") == {
        "component": {"name": "A"},
        "variable": {"name": "B", "instance": "C"},
        "attributeValue": "1",
    }
