"""Reasons for which handshakes of chargers are refused."""

from enum import StrEnum


class RefusalReason(StrEnum):
    """Reason of a refused handshake. A name never changes once published."""

    NOT_REGISTERED = "not_registered"
    OTHER_SPELLING = "other_spelling"
    WRONG_PATH = "wrong_path"
    UNKNOWN_ORGANIZATION = "unknown_organization"
    NO_PASSWORD = "no_password"
    WRONG_PASSWORD = "wrong_password"
    WRONG_USER_NAME = "wrong_user_name"
    PASSWORD_NOT_SET = "password_not_set"
    TOO_MANY_ATTEMPTS = "too_many_attempts"
    LOWER_PROFILE = "lower_profile"
    CERTIFICATE_MISSING = "certificate_missing"
    CERTIFICATE_INVALID = "certificate_invalid"
    CERTIFICATE_OF_ANOTHER = "certificate_of_another"
    CERTIFICATE_NOT_ON_RECORD = "certificate_not_on_record"
    CERTIFICATE_REVOKED = "certificate_revoked"
    ADDRESS_NOT_ALLOWED = "address_not_allowed"
    FOREIGN_ORIGIN = "foreign_origin"
    OLDER_CONNECTION = "older_connection"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    NO_COMMON_SUBPROTOCOL = "no_common_subprotocol"
    PLAIN_ON_TLS_PORT = "plain_on_tls_port"
    TLS_ON_PLAIN_PORT = "tls_on_plain_port"
    TLS_FAILED = "tls_failed"
    MALFORMED_REQUEST = "malformed_request"
    NOT_A_WEBSOCKET = "not_a_websocket"
    SERVER_BUSY = "server_busy"
