"""Who may charge without asking: list before cache, dates, groups, and what offline means."""

import pytest

from voltyard.charger.authorization.id_token import IdToken, TokenInfo
from voltyard.charger.authorization.local_authorization import LocalAuthorization
from voltyard.charger.variables.settings import ChargerSettings
from voltyard.charger.variables.standard.authorization import (
    CACHE_ENABLED,
    CACHE_LIFETIME,
    LOCAL_AUTHORIZE_OFFLINE,
    LOCAL_LIST_ENABLED,
    LOCAL_PRE_AUTHORIZE,
    OFFLINE_TX_FOR_UNKNOWN,
)
from voltyard.kernel import limits

CARD = IdToken("Card")
OK = TokenInfo("Accepted")
BLOCKED = TokenInfo("Blocked")
NOW = 1_000.0


@pytest.fixture
def settings() -> ChargerSettings:
    return ChargerSettings()


@pytest.fixture
def authorization(settings: ChargerSettings) -> LocalAuthorization:
    return LocalAuthorization(settings)


def test_online_the_csms_is_asked(authorization: LocalAuthorization) -> None:
    authorization.learn(CARD, OK, NOW)

    assert authorization.decide(CARD, NOW, online=True) == "ask"


def test_online_a_known_card_starts_at_once_with_local_pre_authorize(
    authorization: LocalAuthorization, settings: ChargerSettings
) -> None:
    settings.put(LOCAL_PRE_AUTHORIZE, "true")
    authorization.learn(CARD, OK, NOW)

    assert authorization.decide(IdToken("cARD"), NOW, online=True) == OK


def test_online_an_invalid_cached_card_is_asked_about(
    authorization: LocalAuthorization, settings: ChargerSettings
) -> None:
    settings.put(LOCAL_PRE_AUTHORIZE, "true")
    authorization.learn(CARD, BLOCKED, NOW)

    assert authorization.decide(CARD, NOW, online=True) == "ask"


def test_a_start_button_needs_no_question(authorization: LocalAuthorization) -> None:
    assert authorization.decide(IdToken("", "NoAuthorization"), NOW, online=True) == OK
    assert not authorization.learn(IdToken("", "NoAuthorization"), OK, NOW)


def test_offline_an_unknown_card_is_refused(authorization: LocalAuthorization) -> None:
    assert authorization.decide(CARD, NOW, online=False) == TokenInfo("Invalid")


def test_offline_an_unknown_card_may_charge_if_so_configured(
    authorization: LocalAuthorization, settings: ChargerSettings
) -> None:
    settings.put(OFFLINE_TX_FOR_UNKNOWN, "true")

    assert authorization.decide(CARD, NOW, online=False) == OK


def test_offline_a_blocked_card_is_refused_whatever_is_allowed_to_unknown_ones(
    authorization: LocalAuthorization, settings: ChargerSettings
) -> None:
    settings.put(OFFLINE_TX_FOR_UNKNOWN, "true")
    authorization.learn(CARD, BLOCKED, NOW)

    assert authorization.decide(CARD, NOW, online=False) == BLOCKED


def test_offline_a_cached_card_may_charge_unless_local_authorize_offline_is_false(
    authorization: LocalAuthorization, settings: ChargerSettings
) -> None:
    authorization.learn(CARD, OK, NOW)
    assert authorization.decide(CARD, NOW, online=False) == OK

    settings.put(LOCAL_AUTHORIZE_OFFLINE, "false")

    assert authorization.decide(CARD, NOW, online=False) == TokenInfo("Invalid")


def test_an_entry_past_its_date_is_expired(authorization: LocalAuthorization) -> None:
    authorization.learn(CARD, TokenInfo("Accepted", NOW + 10, "g"), NOW)

    assert authorization.known(CARD, NOW + 9) == TokenInfo("Accepted", NOW + 10, "g")
    assert authorization.known(CARD, NOW + 10) == TokenInfo("Expired", NOW + 10, "g")


def test_a_cached_card_outlives_the_cache_lifetime_as_expired(
    authorization: LocalAuthorization, settings: ChargerSettings
) -> None:
    settings.put(CACHE_LIFETIME, "60")
    authorization.learn(CARD, OK, NOW)

    assert authorization.known(CARD, NOW + 60) == OK
    assert authorization.known(CARD, NOW + 61) == TokenInfo("Expired")


def test_c10_fr_13_of_a_cached_card_with_a_date_the_date_alone_counts(
    authorization: LocalAuthorization, settings: ChargerSettings
) -> None:
    settings.put(CACHE_LIFETIME, "60")
    dated = TokenInfo("Accepted", NOW + 600)
    authorization.learn(CARD, dated, NOW)

    assert authorization.known(CARD, NOW + 599) == dated
    assert authorization.known(CARD, NOW + 600) == TokenInfo("Expired", NOW + 600)


def test_what_unknown_tags_may_do_a_known_one_does_as_itself(
    authorization: LocalAuthorization, settings: ChargerSettings
) -> None:
    settings.put(LOCAL_AUTHORIZE_OFFLINE, "false")
    settings.put(OFFLINE_TX_FOR_UNKNOWN, "true")
    known = TokenInfo("Accepted", None, "family", (2,))
    authorization.learn(CARD, known, NOW)

    assert authorization.decide(CARD, NOW, online=False) == known


def test_the_list_goes_before_the_cache_and_keeps_out_of_it(
    authorization: LocalAuthorization,
) -> None:
    authorization.learn(CARD, OK, NOW)

    assert authorization.replace_list(1, [(CARD, BLOCKED)])

    assert authorization.known(CARD, NOW) == BLOCKED
    assert not authorization.learn(CARD, OK, NOW)
    assert authorization.clear_cache() == 0


def test_a_disabled_list_or_cache_is_not_used(
    authorization: LocalAuthorization, settings: ChargerSettings
) -> None:
    authorization.replace_list(1, [(CARD, BLOCKED)])
    settings.put(LOCAL_LIST_ENABLED, "false")
    authorization.learn(CARD, OK, NOW)
    assert authorization.known(CARD, NOW) == OK

    settings.put(CACHE_ENABLED, "false")

    assert authorization.known(CARD, NOW) is None
    assert not authorization.learn(IdToken("other"), OK, NOW)


def test_a_differential_update_adds_changes_and_removes(authorization: LocalAuthorization) -> None:
    other, third = IdToken("other"), IdToken("third")
    authorization.replace_list(1, [(CARD, OK), (other, OK)])

    assert authorization.update_list(2, [(CARD, None), (other, BLOCKED), (third, OK)])

    assert authorization.known(CARD, NOW) is None
    assert authorization.known(other, NOW) == BLOCKED
    assert authorization.known(third, NOW) == OK
    assert (authorization.list_version, authorization.listed) == (2, 2)


def test_a_doubled_entry_leaves_the_list_as_it_was(authorization: LocalAuthorization) -> None:
    authorization.replace_list(1, [(CARD, OK)])

    assert not authorization.replace_list(2, [(CARD, OK), (IdToken("CARD"), BLOCKED)])
    assert not authorization.update_list(2, [(CARD, None), (CARD, BLOCKED)])

    assert authorization.known(CARD, NOW) == OK
    assert authorization.list_version == 1


def test_a_list_beyond_its_bound_is_refused(authorization: LocalAuthorization) -> None:
    entries = [(IdToken(f"{n}"), OK) for n in range(limits.LOCAL_LIST_ENTRIES)]
    assert authorization.replace_list(1, list(entries))

    assert not authorization.update_list(2, [(CARD, OK)])
    assert not authorization.replace_list(2, [*entries, (CARD, OK)])

    assert authorization.listed == limits.LOCAL_LIST_ENTRIES


def test_a_full_cache_forgets_an_invalid_card_before_the_oldest(
    authorization: LocalAuthorization,
) -> None:
    for n in range(limits.AUTHORIZATION_CACHE_ENTRIES):
        authorization.learn(IdToken(f"{n}"), BLOCKED if n == 5 else OK, NOW)

    authorization.learn(IdToken("new"), OK, NOW)
    authorization.learn(IdToken("newer"), OK, NOW)

    assert authorization.known(IdToken("5"), NOW) is None
    assert authorization.known(IdToken("0"), NOW) is None
    assert authorization.known(IdToken("1"), NOW) == OK
    assert authorization.clear_cache() == limits.AUTHORIZATION_CACHE_ENTRIES
