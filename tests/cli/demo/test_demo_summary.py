"""How a demo that ends by itself says what it has seen."""

from voltyard.cli.demo.demo import summary


def test_a_session_over_each_version_is_a_success() -> None:
    assert summary({"OCPP2.0.1": 1, "OCPP1.6": 2}) == (
        "completed sessions: 2 over OCPP1.6, 1 over OCPP2.0.1",
        True,
    )


def test_a_demo_that_was_too_short_says_so() -> None:
    told, complete = summary({"OCPP2.0.1": 1})

    assert not complete
    assert told.startswith("completed sessions: 0 over OCPP1.6, 1 over OCPP2.0.1; ")
    assert told.endswith("a version had none yet, which takes some seconds more")
