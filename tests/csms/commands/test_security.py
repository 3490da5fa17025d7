"""A new password: in force once its charger has taken it, whatever is lost on the way."""

from typing import Any

import pytest

from tests.csms.bench import Peer, Yard
from voltyard.csms.commands.control import RawCall
from voltyard.csms.commands.maintenance import ChangeConfiguration
from voltyard.csms.commands.security import ChangePassword
from voltyard.csms.commands.shared import BackendCommand
from voltyard.csms.security.passwords import authorization_key, new_password
from voltyard.kernel.errors import Invalid, NoAnswer, OutcomeUnknown, PeerError
from voltyard.ports.links import Admitted

OLD = "the-old-password"
NEW = "00112233445566778899aabbccddeeff00112233"


def set_variable(status: str) -> dict[str, Any]:
    return {
        "setVariableResult": [
            {
                "attributeStatus": status,
                "component": {"name": "SecurityCtrlr"},
                "variable": {"name": "BasicAuthPassword"},
            }
        ]
    }


def admits(yard: Yard, password: str | bytes, version: str = "ocpp1.6") -> bool:
    return isinstance(yard.knock("/ocpp/CP1", (version,), "CP1", password), Admitted)


async def sent(yard: Yard, version: str = "ocpp1.6") -> tuple[Any, Any]:
    """A charger with a password, and a new one on its way to it."""
    await yard.register(password=OLD)
    admitted = yard.knock("/ocpp/CP1", (version,), "CP1", OLD)
    assert isinstance(admitted, Admitted)
    peer = Peer(yard, admitted.user, admitted.subprotocol)
    await peer.boot()
    task = await yard.command(ChangePassword(password=NEW))
    await yard.settle()
    return peer, task


@pytest.mark.parametrize(
    ("version", "action", "answer"),
    [
        ("ocpp1.6", "ChangeConfiguration", {"status": "Accepted"}),
        ("ocpp1.6", "ChangeConfiguration", {"status": "RebootRequired"}),
        ("ocpp2.0.1", "SetVariables", set_variable("Accepted")),
    ],
)
async def test_a_password_the_charger_takes_is_the_only_one_from_then_on(
    yard: Yard, version: str, action: str, answer: Any
) -> None:
    peer, task = await sent(yard, version)
    assert peer.asked()[-1][2] == action and NEW in str(peer.asked()[-1][3])
    await peer.answer(answer)
    await task

    assert admits(yard, NEW, version) and not admits(yard, OLD, version)
    again = yard.restarted()
    assert admits(again, NEW, version) and not admits(again, OLD, version)
    assert NEW not in repr(yard.journal.commands) and NEW not in repr(yard.journal.chargers)
    assert NEW not in repr(yard.journal.messages)


@pytest.mark.parametrize(
    ("version", "key", "answer"),
    [
        ("ocpp1.6", "AuthorizationKey", {"status": "Accepted"}),
        ("ocpp2.0.1", "AuthorizationKey", set_variable("Accepted")),
        ("ocpp2.0.1", "SecurityCtrlr.BasicAuthPassword", set_variable("Accepted")),
    ],
)
async def test_one_written_as_any_other_setting_is_in_force_too(
    yard: Yard, version: str, key: str, answer: Any
) -> None:
    await yard.register(password=OLD)
    admitted = yard.knock("/ocpp/CP1", (version,), "CP1", OLD)
    assert isinstance(admitted, Admitted)
    peer = Peer(yard, admitted.user, admitted.subprotocol)
    await peer.boot()
    task = await yard.command(ChangeConfiguration(key=key, value=NEW))
    await yard.settle()
    await peer.answer(answer)
    await task

    assert admits(yard, NEW, version) and not admits(yard, OLD, version)


def raw16(key: str) -> RawCall:
    return RawCall(action="ChangeConfiguration", payload={"key": key, "value": NEW})


def raw201(component: str, variable: str, **more: Any) -> RawCall:
    """Two variables at once, of which the second is that one."""
    beside = {
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "HeartbeatInterval"},
        "attributeValue": "60",
    }
    password = {
        "component": {"name": component},
        "variable": {"name": variable},
        "attributeValue": NEW,
        **more,
    }
    return RawCall(action="SetVariables", payload={"setVariableData": [beside, password]})


def both_set(status: str) -> dict[str, Any]:
    beside = {
        "attributeStatus": "Rejected",
        "component": {"name": "OCPPCommCtrlr"},
        "variable": {"name": "HeartbeatInterval"},
    }
    return {"setVariableResult": [beside, *set_variable(status)["setVariableResult"]]}


async def called(yard: Yard, command: BackendCommand, version: str) -> tuple[Peer, Any]:
    """A charger with a password, and the call on its way."""
    await yard.register(password=OLD)
    admitted = yard.knock("/ocpp/CP1", (version,), "CP1", OLD)
    assert isinstance(admitted, Admitted)
    peer = Peer(yard, admitted.user, admitted.subprotocol)
    await peer.boot()
    task = await yard.command(command)
    await yard.settle()
    assert peer.asked()[-1][2] == command.action  # type: ignore[union-attr]
    return peer, task


@pytest.mark.parametrize(
    ("version", "command", "answer", "is_taken"),
    [
        ("ocpp1.6", raw16("AuthorizationKey"), {"status": "Accepted"}, True),
        ("ocpp1.6", raw16("authorizationkey"), {"status": "RebootRequired"}, True),
        ("ocpp1.6", raw16("AuthorizationKey"), {"status": "Rejected"}, False),
        ("ocpp1.6", raw16("HeartbeatInterval"), {"status": "Accepted"}, False),
        (
            "ocpp2.0.1",
            raw201("SecurityCtrlr", "BasicAuthPassword"),
            both_set("Accepted"),
            True,
        ),
        (
            "ocpp2.0.1",
            raw201("securityctrlr", "basicauthpassword", attributeType="Actual"),
            both_set("RebootRequired"),
            True,
        ),
        (
            "ocpp2.0.1",
            raw201("SecurityCtrlr", "BasicAuthPassword"),
            both_set("Rejected"),
            False,
        ),
        (
            "ocpp2.0.1",
            raw201("SecurityCtrlr", "BasicAuthPassword", attributeType="Target"),
            both_set("Accepted"),
            False,
        ),
        ("ocpp2.0.1", raw201("Other", "BasicAuthPassword"), both_set("Accepted"), False),
    ],
)
async def test_one_in_a_raw_call_is_in_force_once_it_is_taken(
    yard: Yard, version: str, command: RawCall, answer: Any, is_taken: bool
) -> None:
    peer, task = await called(yard, command, version)
    await peer.answer(answer)
    await task

    assert admits(yard, NEW, version) is is_taken
    assert admits(yard, OLD, version) is not is_taken
    assert NEW not in repr(yard.journal.chargers)
    if version == "ocpp1.6" and is_taken:
        assert NEW not in repr(yard.journal.messages) + repr(yard.journal.commands)


async def test_one_in_a_raw_call_is_on_record_before_it_is_sent(yard: Yard) -> None:
    peer, task = await called(yard, raw16("AuthorizationKey"), "ocpp1.6")
    await peer.gone()
    with pytest.raises(OutcomeUnknown):
        await task

    again = yard.restarted()

    assert admits(again, OLD)
    assert admits(again, NEW)


async def test_a_charger_that_answers_a_raw_call_with_nonsense_keeps_its_password(
    yard: Yard,
) -> None:
    peer, task = await called(yard, raw201("SecurityCtrlr", "BasicAuthPassword"), "ocpp2.0.1")
    await peer.answer({"setVariableResult": [7, {"component": "x"}]})
    with pytest.raises(PeerError):
        await task

    assert admits(yard, OLD, "ocpp2.0.1") and not admits(yard, NEW, "ocpp2.0.1")


async def test_a_charger_that_dials_in_anew_is_given_the_password_in_its_new_version(
    yard: Yard,
) -> None:
    await yard.register(password=OLD)
    admitted = yard.knock("/ocpp/CP1", ("ocpp1.6",), "CP1", OLD)
    assert isinstance(admitted, Admitted)
    await Peer(yard, admitted.user, admitted.subprotocol).boot()
    task = await yard.command(ChangePassword(password=NEW))
    newer = yard.knock("/ocpp/CP1", ("ocpp2.0.1",), "CP1", OLD)
    assert isinstance(newer, Admitted)
    peer = Peer(yard, newer.user, newer.subprotocol)
    await yard.settle()

    assert [frame[2] for frame in peer.asked()] == ["SetVariables"]
    await peer.answer(set_variable("Accepted"))
    assert (await task).status == "Accepted"


async def test_the_first_password_of_profile_0_is_asked_for_once_it_was_shown(yard: Yard) -> None:
    await yard.register()
    admitted = yard.knock("/ocpp/CP1", ("ocpp1.6",))
    assert isinstance(admitted, Admitted)
    peer = Peer(yard, admitted.user, admitted.subprotocol)
    await peer.boot()
    task = await yard.command(ChangePassword(password=NEW))
    await yard.settle()
    await peer.answer({"status": "Accepted"})
    await task

    # It may keep the key and not use it before its profile is raised.
    assert isinstance(yard.knock("/ocpp/CP1", ("ocpp1.6",)), Admitted)
    again = yard.restarted()
    assert isinstance(again.knock("/ocpp/CP1", ("ocpp1.6",)), Admitted)
    assert admits(again, NEW)
    assert not isinstance(again.knock("/ocpp/CP1", ("ocpp1.6",)), Admitted)
    assert not admits(again, OLD)


async def test_a_setting_gives_no_password_to_a_charger_that_is_asked_for_none(yard: Yard) -> None:
    await yard.register()
    admitted = yard.knock("/ocpp/CP1", ("ocpp1.6",))
    assert isinstance(admitted, Admitted)
    peer = Peer(yard, admitted.user, admitted.subprotocol)
    await peer.boot()
    task = await yard.command(ChangeConfiguration(key="AuthorizationKey", value=NEW))
    await yard.settle()
    await peer.answer({"status": "Accepted"})
    await task

    assert isinstance(yard.knock("/ocpp/CP1", ("ocpp1.6",)), Admitted)


@pytest.mark.parametrize(
    ("version", "answer"),
    [
        ("ocpp1.6", {"status": "Rejected"}),
        ("ocpp1.6", {"status": "NotSupported"}),
        ("ocpp2.0.1", set_variable("Rejected")),
    ],
)
async def test_a_password_the_charger_refuses_changes_nothing(
    yard: Yard, version: str, answer: Any
) -> None:
    peer, task = await sent(yard, version)
    await peer.answer(answer)
    await task

    assert admits(yard, OLD, version) and not admits(yard, NEW, version)


async def test_so_does_one_it_answers_with_an_error(yard: Yard) -> None:
    peer, task = await sent(yard)
    await peer.refuse("InternalError")
    with pytest.raises(PeerError):
        await task

    assert admits(yard, OLD) and not admits(yard, NEW)


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("how", ["link", "time"])
async def test_where_the_answer_is_lost_both_are_good_until_the_new_one_is_shown(
    yard: Yard, how: str, restarts: bool
) -> None:
    peer, task = await sent(yard)
    if how == "link":
        await peer.gone()
        with pytest.raises(OutcomeUnknown):
            await task
    else:
        yard.pass_time(30)
        with pytest.raises(NoAnswer):
            await task
    here = yard.restarted() if restarts else yard

    assert admits(here, OLD)
    assert admits(here, NEW)
    assert not admits(here, OLD)
    await here.settle()
    assert not admits(here.restarted(), OLD)


async def test_a_server_killed_before_the_answer_lets_in_both(yard: Yard) -> None:
    await sent(yard)

    again = yard.restarted()

    assert admits(again, OLD)
    assert admits(again, NEW)


async def test_a_key_is_good_as_digits_and_as_what_they_stand_for(yard: Yard) -> None:
    peer, task = await sent(yard)
    await peer.answer({"status": "Accepted"})
    await task

    assert admits(yard, NEW) and admits(yard, bytes.fromhex(NEW))
    assert not admits(yard, NEW[:-2]) and not admits(yard, bytes.fromhex(NEW)[:-1])


@pytest.mark.parametrize("given", [NEW, NEW.upper(), NEW[:20].upper() + NEW[20:]])
@pytest.mark.parametrize("shown", [NEW, NEW.upper(), NEW[:20] + NEW[20:].upper()])
async def test_the_case_of_a_keys_digits_does_not_matter(
    yard: Yard, given: str, shown: str
) -> None:
    await yard.register(password=given)

    assert admits(yard, shown) and admits(yard, bytes.fromhex(NEW))
    assert not admits(yard, shown.replace("aa", "ab").replace("AA", "AB"))


async def test_a_password_in_plain_is_as_good_as_the_digits_of_its_bytes(yard: Yard) -> None:
    await yard.register(password="the-Old-password")

    assert admits(yard, b"the-Old-password".hex()) and admits(yard, "the-Old-password")
    assert not admits(yard, "the-old-password") and not admits(yard, b"the-old-password".hex())


@pytest.mark.parametrize(
    ("password", "key"),
    [
        (NEW, NEW),
        (NEW[:32].upper(), NEW[:32].upper()),
        ("a-password-of-20-chr", b"a-password-of-20-chr".hex()),
        ("0123456789abcdef", b"0123456789abcdef".hex()),
    ],
)
def test_a_password_as_an_authorization_key(password: str, key: str) -> None:
    assert authorization_key(password) == key


@pytest.mark.parametrize("password", ["a" * 21, "x" * 40, NEW[:33]])
def test_one_that_cannot_be_a_key_is_refused(password: str) -> None:
    with pytest.raises(Invalid):
        authorization_key(password)


def test_a_new_one_is_a_key_of_twenty_bytes() -> None:
    made = new_password()

    assert authorization_key(made) == made and len(made) == 40
    assert new_password() != made
