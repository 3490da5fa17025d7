"""Customer information: told, forgotten, in pages, and refused."""

from typing import Any

import pytest

from tests.charger.bench import TAG, TOKEN, Bench, charging
from voltyard.kernel.time import to_rfc3339


def asked(bench: Bench, status: str = "Accepted", **request: Any) -> str:
    """The text that is told."""
    bench.forget()
    answer = bench.call("CustomerInformation", requestId=3, **request)
    assert answer["status"] == status
    pages = bench.said("NotifyCustomerInformation")
    assert [page["seqNo"] for page in pages] == list(range(len(pages)))
    assert all(page["requestId"] == 3 and len(page["data"]) <= 512 for page in pages)
    if status == "Accepted":
        assert [page.get("tbc", False) for page in pages] == [True] * (len(pages) - 1) + [False]
    else:
        assert pages == []
    return "".join(page["data"] for page in pages)


def test_what_is_known_of_a_driver_is_told() -> None:
    bench = charging("2.0.1")
    listed = {"idToken": TOKEN, "idTokenInfo": {"status": "Accepted"}}
    bench.call("SendLocalList", versionNumber=1, updateType="Full", localAuthorizationList=[listed])
    expires = to_rfc3339(bench.now + 3600)
    bench.call("ReserveNow", id=8, expiryDateTime=expires, idToken=TOKEN, evseId=2)

    text = asked(bench, report=True, clear=False, idToken=TOKEN)

    for words in ("transaction", "EVSE 1", "reservation 8 of EVSE 2", "local list"):
        assert words in text
    assert asked(bench, report=True, clear=False, customerIdentifier=TAG.lower()) == text


def test_nothing_is_told_of_others() -> None:
    bench = charging("2.0.1")
    assert asked(bench, report=True, clear=False, customerIdentifier="SOMEBODY") == ""


def test_the_cache_forgets_and_the_rest_does_not() -> None:
    bench = charging("2.0.1")
    other = {"idToken": "OTHER", "type": "Central"}
    bench.call("RequestStartTransaction", idToken=other, remoteStartId=6, evseId=2)
    before = asked(bench, report=True, clear=True, idToken=TOKEN)
    assert "cache since" in before

    after = asked(bench, report=True, clear=False, idToken=TOKEN)

    assert "cache" not in after
    assert "transaction" in after


def test_to_forget_without_a_report_is_confirmed_by_an_empty_one() -> None:
    bench = charging("2.0.1")
    before = bench.remembered
    assert asked(bench, report=False, clear=True, idToken=TOKEN) == ""
    assert bench.remembered > before
    assert len(bench.said("NotifyCustomerInformation")) == 1


@pytest.mark.parametrize(
    "request_, status",
    [
        ({"report": True, "clear": True}, "Invalid"),
        ({"report": True, "clear": False, "idToken": TOKEN, "customerIdentifier": "A"}, "Invalid"),
        ({"report": False, "clear": False, "idToken": TOKEN}, "Rejected"),
    ],
)
def test_a_request_without_a_customer_or_a_wish_is_refused(
    request_: dict[str, Any], status: str
) -> None:
    bench = charging("2.0.1")
    asked(bench, status, **request_)
    assert "cache" in asked(bench, report=True, clear=False, idToken=TOKEN)


def test_long_texts_come_in_pages() -> None:
    bench = Bench("2.0.1", evses=16)
    for evse in range(1, 17):
        expires = to_rfc3339(bench.now + 3600)
        bench.call("ReserveNow", id=evse, expiryDateTime=expires, idToken=TOKEN, evseId=evse)

    text = asked(bench, report=True, clear=False, idToken=TOKEN)

    assert len(bench.said("NotifyCustomerInformation")) > 1
    assert text.count("reservation") == 16
