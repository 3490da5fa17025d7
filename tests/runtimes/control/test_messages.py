"""Messages between a gateway and workers of older releases."""

from voltyard.runtimes.control import messages
from voltyard.runtimes.control.messages import RequestAnswer, SendCommand


def test_an_order_that_is_not_timed_is_as_an_older_worker_knows_it() -> None:
    order = SendCommand(id=7, deployment_id="dep-1", event_type="plug", payload={"evse_id": 1})

    assert messages.encode(order) == (
        b'{"type":"command","id":7,"deployment_id":"dep-1","event_type":"plug",'
        b'"payload":{"evse_id":1}}'
    )


def test_an_answer_has_nothing_that_an_older_gateway_does_not_know_unless_it_was_asked() -> None:
    assert (
        messages.encode(RequestAnswer(id=7, result={})) == b'{"type":"answer","id":7,"result":{}}'
    )


def test_an_order_of_an_older_gateway_is_not_timed() -> None:
    order = messages.decode_request(
        b'{"type":"command","id":7,"deployment_id":"dep-1","event_type":"plug","payload":{}}'
    )

    assert order == SendCommand(id=7, deployment_id="dep-1", event_type="plug", payload={})


def test_an_answer_of_an_older_worker_is_read() -> None:
    answer = messages.decode_report(
        b'{"type":"answer","id":7,"result":null,"refused":null,"error":null,"samples":null,'
        b'"ended":[],"has_more":false}'
    )

    assert answer == RequestAnswer(id=7)
