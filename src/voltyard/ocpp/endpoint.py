"""Where a charger calls: the endpoint of a CSMS, and the charger's name in it."""

from urllib.parse import quote


def with_identity(endpoint: str, identity: str) -> str:
    """The URL a charger calls: endpoint, slash, percent-encoded identity (OCPP-J 3.1.1).

    The endpoint's query stays behind it.
    """
    path, mark, query = endpoint.partition("?")
    return f"{path.rstrip('/')}/{quote(identity, safe='')}{mark}{query}"
