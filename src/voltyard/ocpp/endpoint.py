"""The URL a charger dials: the endpoint of its CSMS and its own identity."""

from urllib.parse import quote


def with_identity(endpoint: str, identity: str) -> str:
    """The URL a charger calls: endpoint, slash, percent-encoded identity (OCPP-J 3.1.1).

    The endpoint's query stays behind it.
    """
    path, mark, query = endpoint.partition("?")
    return f"{path.rstrip('/')}/{quote(identity, safe='')}{mark}{query}"
