"""Which names are secrets': a table of cases. All of OCPP's are in tests/ocpp/test_secrets.py."""

import pytest

from voltyard.kernel.secret_names import is_secret_name, names_none

SECRET = """
    password Password PASSWORD basicAuthPassword BasicAuthPassword SecurityCtrlr.BasicAuthPassword
    basic_auth_password apnPassword APNPassword WiFiPassword ftp_pass ftpPass wifipass userPwd pwd
    dbpwd passphrase WpaPassphrase passcode AuthorizationKey authorizationkey apiKey api_key API-Key
    clientKey client_key privateKey sharedSecret clientSecret secret credentials pin PIN simPin
    SIM_PIN simpin pinCode puk psk WifiPSK token accessToken access_token authToken controlToken
    VOLTYARD_TOKEN passwordHash
"""

OPEN = """
    ping webSocketPingInterval WebSocketPingInterval pinning certificatePinning mapping shipping
    typing spin spinning Compass bypass BypassMode passed passenger passThrough PassThroughEnabled
    MasterPassGroupId masterPassGroupId SupportedFeatureProfiles idToken id_token groupIdToken
    idTokenInfo tokenType token_type PasswordLength passwordLength maxPinAttempts minimumPinLength
    PasswordPolicy publicKey publicKeyWithSignedMeterValue key keyName keyboard monkey chargerKey
    stopTxnAlignedData openingTime shopPingTime spain Pina
"""


@pytest.mark.parametrize("name", SECRET.split())
def test_a_secret_is_known_by_its_name(name: str) -> None:
    assert is_secret_name(name)
    assert not names_none(f'{{"{name}":1}}'.lower())


@pytest.mark.parametrize("name", OPEN.split())
def test_what_only_looks_like_a_secret_is_shown(name: str) -> None:
    assert not is_secret_name(name)


def test_a_frame_of_id_tokens_names_no_secret() -> None:
    frame = '[2,"1","Authorize",{"idToken":{"idToken":"AABBCCDD","type":"ISO14443"}}]'

    assert names_none(frame.lower())


def test_a_name_without_end_is_no_burden() -> None:
    assert not is_secret_name("a" * 1_000_000)
