"""Every place where an operation takes somebody's id, found in the description of the API."""

import copy
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tests import surface

KINDS = frozenset(
    {
        "charger_id",
        "charger_ids",
        "location_id",
        "job_id",
        "day_id",
        "command_id",
        "batch_id",
        "chargeBoxId",
        "chargeBoxIds",
        "transactionId",
        "keyId",
        "organizationId",
        "commandId",
        "webhookId",
        "eventId",
        "fileId",
        "certificateId",
        "refusalId",
    }
)
"""Names under which an operation takes the id of something that belongs to an organization."""

EVERYBODYS = frozenset(
    {"brand_slug", "model_slug", "name", "slug", "fault", "quirk", "personality"}
)
"""Names in paths of what belongs to everybody: the catalogue, presets and quirks. All others are
somebody's."""

MANY = {"charger_ids": "charger_id", "chargeBoxIds": "chargeBoxId"}
"""Names of lists, and of what is in them."""

MADE = {"POST /api/v1/id-tags": "idTag", "POST /ocpp/chargers": "identity"}
"""What can be made under that name only once."""

AFTER: Mapping[str, Mapping[str, int]] = {
    "POST /ocpp/commands/local-auth-list": {"list_version": 1_000_000}
}
"""What must be above the same of every request before it, in the event of a command."""

SAID: Mapping[str, Mapping[str, str]] = {
    "GET /api/v1/chargers/{chargeBoxId}/certificates": {
        "certificateType": "CentralSystemRootCertificate"
    }
}
"""What a query must say to a charger of 1.6, though not to every one."""

NOT_OURS = frozenset(
    {
        # Parts of a charger, and what its messages carry: they mean nothing without the charger.
        *("evse_id", "connector_id", "transaction_id", "evseId", "connectorId"),
        *("vendorId", "messageId", "message_id", "customerId", "requestId", "reservationId"),
        # A place in the one order of everybody's events; the walk of streams has its rules.
        *("last_event_id", "lastEventId"),
        # The answer depends on the key alone; tests/api/csms/test_organizations.py has its rules.
        "X-Organization-Id",
    }
)

_LOOKS_LIKE_AN_ID = re.compile(r"(_ids?|Ids?|-Id)$")


class Request(NamedTuple):
    """What is sent."""

    method: str
    path: str
    query: dict[str, Any]
    body: Any

    def texts(self) -> set[str]:
        """Everything in it that might be echoed."""
        return set(re.findall(r"[\w.\-]+", f"{self.path} {self.query} {self.body}"))


class Operation(NamedTuple):
    """One operation as it is described."""

    method: str
    path: str
    said: dict[str, Any]
    schemas: Mapping[str, Any]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def streams(self) -> bool:
        return "text/event-stream" in self.said["responses"].get("200", {}).get("content", {})

    def with_own(self, own: Mapping[str, str]) -> Request:
        """A request in which everything is the caller's own."""
        path = self.path
        query: dict[str, Any] = dict(SAID.get(self.name, {}))
        for one in self.said.get("parameters", []):
            if one["in"] == "path":
                path = path.replace(f"{{{one['name']}}}", own[one["name"]])
            elif one["in"] == "query" and one["required"]:
                query[one["name"]] = own[one["name"]]
        body = _owned(self._example(), own)
        if self.name in MADE:
            body[MADE[self.name]] = f"made-{uuid.uuid4().hex[:12]}"
        if self.name in AFTER:
            body["event"] |= AFTER[self.name]
        return Request(self.method, path, query, body)

    def with_foreign(
        self, own: Mapping[str, str], foreign: Mapping[str, str]
    ) -> Iterator[tuple[str, Request]]:
        """One request for each place: (the place, all one's own but for what is there)."""
        plain = self.with_own(own)
        path: list[str] = []
        for one in self.said.get("parameters", []):
            name, where = one["name"], one["in"]
            if where == "path" and name not in EVERYBODYS | NOT_OURS:
                path.append(name)
                mixed = {**own, name: foreign[name]}
                yield f"path {name}", self.with_own(mixed)._replace(body=plain.body)
            elif where == "query" and _is_a_place(name):
                yield f"query {name}", plain._replace(query={**plain.query, name: foreign[name]})
        if len(path) > 1:
            mixed = {**own, **{name: foreign[name] for name in path}}
            yield "path, all of it", self.with_own(mixed)._replace(body=plain.body)
        if not self._takes_json:
            return
        for place in self._places(self._content()["schema"], (), ()):
            for body in _bodies(plain.body, place, own, foreign):
                yield f"body {place}", plain._replace(body=body)

    @property
    def _takes_json(self) -> bool:
        return "application/json" in self.said.get("requestBody", {}).get("content", {})

    def _content(self) -> dict[str, Any]:
        content: dict[str, Any] = self.said["requestBody"]["content"]["application/json"]
        return content

    def _example(self) -> Any:
        return copy.deepcopy(self._content()["example"]) if self._takes_json else None

    def _places(
        self, schema: Mapping[str, Any], at: tuple[str | int, ...], seen: tuple[str, ...]
    ) -> Iterator[tuple[str | int, ...]]:
        name = schema.get("$ref", "").rpartition("/")[2]
        if name and name not in seen:
            yield from self._places(self.schemas[name], at, (*seen, name))
        for one in schema.get("anyOf", ()):
            yield from self._places(one, at, seen)
        if "items" in schema:
            yield from self._places(schema["items"], (*at, 0), seen)
        for field, of_field in schema.get("properties", {}).items():
            if _is_a_place(field) and not self._names_what_is_made(field, schema):
                yield (*at, field)
            yield from self._places(of_field, (*at, field), seen)

    def _names_what_is_made(self, field: str, schema: Mapping[str, Any]) -> bool:
        """Organizations may give the same names."""
        of_a_group = field == "charger_ids" and "template" in schema["properties"]
        return of_a_group or (self.name, field) == ("POST /api/v1/chargers", "chargeBoxId")


def operations() -> list[Operation]:
    """All of them under the two prefixes, those that delete last."""
    description = surface.description()
    schemas = description["components"]["schemas"]
    found = [
        Operation(method.upper(), path, said, schemas)
        for path, methods in description["paths"].items()
        for method, said in methods.items()
        if path.startswith(("/ocpp/", "/api/v1/"))
    ]
    return sorted(found, key=lambda one: (one.method == "DELETE", one.path.startswith("/ocpp")))


def _is_a_place(name: str) -> bool:
    if not _LOOKS_LIKE_AN_ID.search(name) or name in NOT_OURS:
        return False
    assert name in KINDS, f"say in KINDS or NOT_OURS what {name} is"
    return True


def _owned(body: Any, own: Mapping[str, str]) -> Any:
    """The example with one's own ids in the place of made-up ones."""
    if isinstance(body, list):
        return [_owned(one, own) for one in body]
    if not isinstance(body, dict):
        return body
    return {
        name: own[name] if name in KINDS and isinstance(value, str) else _owned(value, own)
        for name, value in body.items()
    }


def _bodies(
    body: Any, place: tuple[str | int, ...], own: Mapping[str, str], foreign: Mapping[str, str]
) -> Iterator[Any]:
    """The body with somebody else's id in that place."""
    changed = copy.deepcopy(body)
    holder = changed
    for step in place[:-1]:
        holder = holder[step]
    name = str(place[-1])
    if place[0] == "target" and name != "charger_id":
        # A target is one charger, or a location, of which some chargers may be named.
        holder.clear()
        holder["location_id"] = own["location_id"]
    holder[name] = [foreign[MANY[name]]] if name in MANY else foreign[name]
    yield changed
