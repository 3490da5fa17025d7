"""The local list in OCPP 2.0.1."""

from collections.abc import Callable, Mapping
from typing import Any

from voltyard.csms.commands import local_list, results
from voltyard.csms.commands.results import BackendCommandResult
from voltyard.csms.dialect import NextNumber, at
from voltyard.ocpp.id_tokens import fitting_type
from voltyard.ocpp.payload import Payload
from voltyard.ocpp.v201 import messages as m


def _send(command: local_list.SendLocalList, number: NextNumber) -> Payload:
    return m.SendLocalListRequest(
        version_number=command.list_version,
        # D01.FR.04: a full update without a list empties it.
        local_authorization_list=[_entry(entry) for entry in command.entries] or None,
        update_type=command.update_type,
    )


def _entry(entry: local_list.LocalListTag) -> m.AuthorizationData:
    kind = entry.id_tag_type or fitting_type(entry.id_tag)
    token = m.IdToken(id_token=entry.id_tag, type=kind)  # type: ignore[arg-type]
    info = entry.info
    if info is None:
        return m.AuthorizationData(id_token=token)
    parent = info.parent_id_tag
    return m.AuthorizationData(
        id_token=token,
        id_token_info=m.IdTokenInfo(
            status=info.status,
            cache_expiry_date_time=at(info.expires_at),
            group_id_token=m.IdToken(id_token=parent, type="Central") if parent else None,
        ),
    )


REQUESTS: Mapping[type[Any], Callable[[Any, NextNumber], Payload]] = {
    local_list.SendLocalList: _send,
    local_list.GetLocalListVersion: lambda c, number: m.GetLocalListVersionRequest(),
}

RESULTS: Mapping[type[Any], Callable[[Any, Any, Any], BackendCommandResult]] = {
    local_list.GetLocalListVersion: (
        lambda c, request, r: results.LocalListVersionResult(list_version=r.version_number)
    ),
}
